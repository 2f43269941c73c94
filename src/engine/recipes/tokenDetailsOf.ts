/** What was told of each token of a completion, as it is kept beside it. */
import type { TokenDetails } from '../../protocol/tokenRecords.ts';
import type { Draft } from './writer.ts';

/** The token that ended it included. */
export function tokenDetailsOf({ generated }: Draft): TokenDetails {
  const { tokens, endToken, logProbabilities, details } = generated;
  return {
    tokens: Int32Array.from(endToken === null ? tokens : [...tokens, endToken]),
    logProbabilities: Float32Array.from(logProbabilities),
    entropies: Float32Array.from(details.entropies),
    alternatives: Int32Array.from(details.alternatives),
    alternativeLogProbabilities: Float32Array.from(details.alternativeLogProbabilities),
  };
}
