/** A limit below the length of taught answers counts long answers as wrong ones. */
import { said } from '../../../protocol/sentence.ts';
import { type Check, cutByLoops, FEW_CUT, isCutByLoops, no, percent, unknown, yes } from './check.ts';

export const evaluationCap: Check = {
  name: 'evaluationCap',
  look: (input) => {
    const { facts, bottom, looping } = input;
    const { lengths } = facts;
    if (!bottom) return unknown;
    const { truncated } = bottom;
    if (truncated <= FEW_CUT)
      return no(said`Of the completions of the lowest rung, ${percent(truncated)} are cut at the limit.`, {
        truncated,
      });
    if (!lengths) return unknown;
    const evidence = said`Of the completions of the lowest rung, ${percent(truncated)} are cut at ${lengths.maxNewTokens} tokens; the longest answer that was taught has ${lengths.longestTaught}.`;
    if (lengths.maxNewTokens < lengths.longestTaught) return yes(evidence, { truncated, ...lengths });
    if (!isCutByLoops(input)) return { ...unknown, evidence, numbers: { truncated, ...lengths } };
    return no(cutByLoops(truncated, looping ?? 0), { truncated, ...lengths, looping: looping ?? 0 });
  },
};
