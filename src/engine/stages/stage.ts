/** The contract of a step of `prepare`: it looks at the rows that are left, one after the other, and says which are to go. */
import type { PrepareConfig } from '../../config/schema.ts';
import type { LeftOutReason, PreparationStep } from '../../protocol/preparation.ts';
import type { RowTable } from '../rows/rowTable.ts';

export interface StageContext {
  readonly config: PrepareConfig;
  readonly table: RowTable;
  /** Names of the benchmarks, in the order of the config. */
  readonly benchmarks: readonly string[];
  /** The shingles of a row, ascending. */
  readonly shinglesOf: (row: number) => Uint32Array;
}

/** Why a row goes; `detail` as in `LeftOut`. */
export interface Refusal {
  readonly reason: LeftOutReason;
  readonly detail: string;
}

export interface Stage {
  readonly name: PreparationStep;
  isOn(config: PrepareConfig): boolean;
  /** `rows` are those that are left, in their order. The judge is asked about each of them once, in that order; null lets it stay. */
  start(context: StageContext, rows: Uint32Array): (row: number) => Refusal | null;
}

export const refusal = (reason: LeftOutReason, detail = ''): Refusal => ({ reason, detail });
