/** What a comparison of two evaluations comes to, in words: panel and command line say it alike. */
import type { Comparison, PairedResult, PairedVerdict } from './comparison.ts';
import { said, type Sentence } from './sentence.ts';

/** A is the one before, B the one after. */
export function verdictSaid({ verdict, matters, difference }: Comparison): Sentence {
  return verdict === null
    ? said`The two cannot be compared: they were not measured in the same way.`
    : pairedVerdictSaid(verdict, points(matters), difference.needed);
}

function pairedVerdictSaid(verdict: PairedVerdict, matters: string, needed: PairedResult['needed']): Sentence {
  switch (verdict) {
    case 'better':
      return said`B is better.`;
    case 'worse':
      return said`B is worse.`;
    case 'noDifference':
      return said`No difference was seen; one of ${matters} points probably would have been.`;
    case 'notEnoughItems':
      return needed === null
        ? said`Not enough items: at least two problems are needed.`
        : said`Not enough items: to see ${matters} points, about ${needed.toLocaleString('en-US')} such problems are needed.`;
    default:
      return verdict satisfies never;
  }
}

/** What can be done about evaluations that were not measured in the same way. */
export const remediesSaid = ({ mismatches }: Comparison): Sentence[] =>
  mismatches.some(({ key }) => key === 'verifier')
    ? [said`Grade the older one anew with the verifier of today: valley regrade RUN.`]
    : [];

/** Hashes by their beginnings. */
export const brief = (value: string): string => value.replace(/[0-9a-f]{64}/g, (hash) => `${hash.slice(0, 12)}…`);

/** A share as points: `5`, `3.2`. */
export const points = (share: number): string => String(Number((share * 100).toFixed(1)));

/** `+23.8`: a difference of shares in points. */
export const signedPoints = (share: number): string => `${share > 0 ? '+' : ''}${(share * 100).toFixed(1)}`;

/** `= 0.0312`, `< 0.0001`. */
export const pText = (p: number): string => (p < 0.0001 ? '< 0.0001' : `= ${p.toFixed(4)}`);
