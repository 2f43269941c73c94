/** Where padding is the end token and is masked by its token, the end is masked with it (open-r1 issue 492). */
import { phrase, said } from '../../../protocol/sentence.ts';
import { type Check, no, percent, unknown, yes } from './check.ts';
import { ENDS_BY_ITSELF } from './endNeverLearned.ts';

export const padMasksEnd: Check = {
  name: 'padMasksEnd',
  look: ({ facts: { padding }, bottom }) => {
    if (padding?.isEndToken && padding.isToldByToken)
      return yes(phrase('Padding is the end token, and what is padding is left out of the loss by its token.'));
    if (padding)
      return no(phrase('This cannot happen in this engine: what is padding is told by its place, not by its token.'));
    const finished = bottom && 1 - bottom.truncated;
    if (finished === null || finished < ENDS_BY_ITSELF) return unknown;
    return no(said`${percent(finished)} of the completions of the lowest rung end by themselves.`, { finished });
  },
};
