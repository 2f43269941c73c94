/** Where what is measured was learned from, a recovery may be memory. */
import { said } from '../../../protocol/sentence.ts';
import { type Check, no, unknown, type ValleyFacts, yes } from './check.ts';

const inside = ({ problems, contained }: NonNullable<ValleyFacts['overlap']>) =>
  said`No example asks what is measured, but ${contained} of ${problems} measured problems stand inside answers of the largest rung: a recovery may be memory.`;

export const dataOverlap: Check = {
  name: 'dataOverlap',
  look: ({ facts: { overlap } }) => {
    if (!overlap) return unknown;
    const evidence = said`${overlap.shared} of ${overlap.examples} examples ask what is measured.`;
    if (overlap.shared > 0) return yes(evidence, overlap);
    return overlap.contained > 0
      ? { holds: 'unknown', evidence: inside(overlap), numbers: overlap }
      : no(evidence, overlap);
  },
};
