/** What the record of a ladder itself tells of how it was measured; the rest is for whoever knows its data. */
import type { Ladder } from '../../../protocol/ladder.ts';
import type { ValleyFacts } from '../fakeValleys/check.ts';

/** What a record does not tell. */
export type OutsideFacts = Omit<ValleyFacts, 'padding' | 'lengths'>;

/** `evaluation` is the `id` of one of the ladder's. */
export function ladderFacts(ladder: Ladder, evaluation: string, outside: OutsideFacts): ValleyFacts {
  return {
    ...outside,
    // The engine knows by its place what is padding, whichever token stands there.
    padding: { isEndToken: true, isToldByToken: false },
    lengths: lengthsOf(ladder, evaluation),
  };
}

/** Of the long traces, whose answers are the longest. */
function lengthsOf({ plan, cells }: Ladder, evaluation: string): ValleyFacts['lengths'] {
  const how = plan.evaluations.find(({ id }) => id === evaluation);
  const taught = cells.flatMap(({ key, result }) =>
    key.stage === 'sft' && result?.teaching ? [result.teaching.longestTokens] : [],
  );
  return how && taught.length > 0 ? { maxNewTokens: how.maxNewTokens, longestTaught: Math.max(...taught) } : null;
}
