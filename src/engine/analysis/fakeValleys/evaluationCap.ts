/** A limit below the length of taught answers counts long answers as wrong ones. */
import { said } from '../../../protocol/sentence.ts';
import { type Check, no, percent, unknown, yes } from './check.ts';

/** Fewer completions that are cut do not make a valley. */
const FEW = 0.02;

export const evaluationCap: Check = {
  name: 'evaluationCap',
  look: ({ facts: { lengths }, bottom }) => {
    if (!bottom) return unknown;
    const { truncated } = bottom;
    if (truncated <= FEW)
      return no(said`Of the completions of the lowest rung, ${percent(truncated)} are cut at the limit.`, {
        truncated,
      });
    if (!lengths) return unknown;
    const evidence = said`Of the completions of the lowest rung, ${percent(truncated)} are cut at ${lengths.maxNewTokens} tokens; the longest answer that was taught has ${lengths.longestTaught}.`;
    return (lengths.maxNewTokens < lengths.longestTaught ? yes : no)(evidence, { truncated, ...lengths });
  },
};
