/** Packed examples that see each other teach to answer another question. */
import { phrase } from '../../../protocol/sentence.ts';
import { type Check, no, unknown, yes } from './check.ts';

export const packingLeaks: Check = {
  name: 'packingLeaks',
  look: ({ facts: { packing } }) => {
    if (!packing) return unknown;
    if (!packing.isPacked)
      return no(phrase('This cannot happen in this engine: a ladder teaches every example in a row of its own.'));
    return packing.isSeparated
      ? no(phrase('Packed examples do not see each other.'))
      : yes(phrase('Packed examples see those before them in their row.'));
  },
};
