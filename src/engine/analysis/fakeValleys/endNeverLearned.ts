/** A model whose examples have no end that is learned writes on to the limit. */
import { said } from '../../../protocol/sentence.ts';
import { type Check, cutByLoops, isCutByLoops, no, percent, unknown, yes } from './check.ts';

/** So many completions that end by themselves show that the end was learned. */
export const ENDS_BY_ITSELF = 0.95;
const MOST_UNLEARNED = 0.1;

export const endNeverLearned: Check = {
  name: 'endNeverLearned',
  look: (input) => {
    const { facts, bottom, looping } = input;
    const { ends } = facts;
    const finished = bottom && 1 - bottom.truncated;
    if (finished !== null && finished >= ENDS_BY_ITSELF)
      return no(said`${percent(finished)} of the completions of the lowest rung end by themselves.`, { finished });
    if (!ends) return unknown;
    const evidence = said`${ends.unlearned} of ${ends.examples} examples do not teach the token that ends a completion.`;
    if (ends.unlearned > MOST_UNLEARNED * ends.examples) return yes(evidence, ends);
    // That it was taught is no proof that it was learned.
    if (!bottom || !isCutByLoops(input)) return { ...unknown, evidence, numbers: ends };
    return no(cutByLoops(bottom.truncated, looping ?? 0), { ...ends, looping: looping ?? 0 });
  },
};
