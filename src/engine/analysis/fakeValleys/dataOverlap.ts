/** Where what is measured was learned from, a recovery may be memory. */
import { said } from '../../../protocol/sentence.ts';
import { type Check, no, unknown, yes } from './check.ts';

export const dataOverlap: Check = {
  name: 'dataOverlap',
  look: ({ facts: { overlap } }) => {
    if (!overlap) return unknown;
    const evidence = said`${overlap.shared} of ${overlap.examples} examples ask what is measured.`;
    return (overlap.shared > 0 ? yes : no)(evidence, overlap);
  },
};
