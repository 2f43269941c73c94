/** The steps of a trace: what it computes, what is wrong with it, and what it did about that. */
import { calculationsIn } from './calculations/calculations.ts';
import { repairsIn } from './repairs.ts';

export interface TraceSteps {
  /** Calculations that could be checked. */
  readonly count: number;
  /** Numbers (from 0) of wrong ones, ascending; so are the next two. */
  readonly wrong: readonly number[];
  /** Of the wrong ones: a reflection found the right result later. */
  readonly repaired: readonly number[];
  /** Right ones that a reflection replaced by a wrong result. */
  readonly broken: readonly number[];
  /** The first wrong one, and the first that nothing repaired; null for none. */
  readonly firstError: number | null;
  readonly firstStanding: number | null;
  /** False where the trace was too much to be checked to its end. */
  readonly isComplete: boolean;
}

export function traceSteps(trace: string): TraceSteps {
  const { list, isComplete } = calculationsIn(trace);
  const { repaired, broken } = repairsIn(trace, list);
  const wrong = list.flatMap(({ isRight }, index) => (isRight ? [] : [index]));
  const mended = new Set(repaired);
  return {
    ...{ count: list.length, wrong, repaired, broken, isComplete },
    firstError: wrong[0] ?? null,
    firstStanding: wrong.find((index) => !mended.has(index)) ?? null,
  };
}
