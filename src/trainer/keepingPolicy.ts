/** Which checkpoints go when a new one is there: a pure decision over what lies on the disk. */
import type { CheckpointsConfig } from '../config/schema.ts';
import type { CheckpointRemoved } from '../protocol/events.ts';

export type KeepingPolicy = Pick<CheckpointsConfig, 'keepLast' | 'keepBest' | 'diskBudgetMB'>;

/** What the decision rests on. */
export interface Candidate {
  readonly name: string;
  readonly step: number;
  readonly bytes: number;
  readonly pinned: boolean;
  /** Higher is better; null if it was not evaluated. */
  readonly score: number | null;
}

export interface Removal<T extends Candidate> {
  readonly checkpoint: T;
  readonly reason: CheckpointRemoved['reason'];
}

/** However small the budget, and whatever the configuration says. */
export const ALWAYS_KEPT = 2;

/**
 * Kept are: the newest `keepLast`, the best `keepBest` beside them, pinned ones and `saved` (the one just written).
 * If those take more than the disk budget, more go: the oldest first, the best after the others; never pinned ones, `saved` and the newest two.
 */
export function removalsBy<T extends Candidate>(
  policy: KeepingPolicy,
  candidates: readonly T[],
  saved: string,
): readonly Removal<T>[] {
  const newest = candidates.toSorted((a, b) => b.step - a.step);
  const best = bestOf(newest.slice(policy.keepLast), policy.keepBest);
  const untouchable = new Set(newest.filter((one, rank) => rank < ALWAYS_KEPT || one.pinned || one.name === saved));
  const kept = newest.filter((one, rank) => untouchable.has(one) || rank < policy.keepLast || best.includes(one));
  const byPolicy = newest.filter((one) => !kept.includes(one));
  const overBudget = trim(kept, untouchable, best, policy.diskBudgetMB * 1e6);
  return [
    ...byPolicy.map((checkpoint) => ({ checkpoint, reason: 'policy' as const })),
    ...overBudget.map((checkpoint) => ({ checkpoint, reason: 'diskBudget' as const })),
  ];
}

/** The highest scores; of equal ones the newer. */
function bestOf<T extends Candidate>(newestFirst: readonly T[], count: number): readonly T[] {
  return newestFirst
    .filter(({ score }) => score !== null)
    .toSorted((a, b) => Number(b.score) - Number(a.score))
    .slice(0, count);
}

function trim<T extends Candidate>(
  kept: readonly T[],
  untouchable: ReadonlySet<T>,
  best: readonly T[],
  budget: number,
): readonly T[] {
  const oldestFirst = kept.filter((one) => !untouchable.has(one)).toReversed();
  const order = [
    ...oldestFirst.filter((one) => !best.includes(one)),
    ...best.filter((one) => !untouchable.has(one)).toReversed(),
  ];
  let bytes = kept.reduce((sum, one) => sum + one.bytes, 0);
  return order.filter((one) => {
    if (bytes <= budget) return false;
    bytes -= one.bytes;
    return true;
  });
}
