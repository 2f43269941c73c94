/** What `compare` of the trainer answers: two evaluations of the same problems side by side, or why they cannot be. */
import type { RunError } from './events.ts';

export type ComparisonReport =
  | { readonly type: 'compared'; readonly comparisons: readonly Comparison[] }
  | { readonly type: 'refused'; readonly error: RunError };

/** One benchmark that both have. */
export interface Comparison {
  readonly benchmark: string;
  readonly before: ComparedSide;
  readonly after: ComparedSide;
  /** Completions per problem. */
  readonly k: number;
  readonly items: {
    /** Problems that both answered, each k times: what all numbers are made of. */
    readonly shared: number;
    readonly onlyBefore: number;
    readonly onlyAfter: number;
  };
  /** What was not the same when they were measured: with any, no verdict is given. */
  readonly mismatches: readonly Mismatch[];
  readonly flips: Readonly<Record<Flip, number>>;
  /** Those that are fixed or broken. */
  readonly flipped: readonly FlippedItem[];
  readonly difference: PairedResult;
  /** The smallest difference of shares that matters, as it was asked. */
  readonly matters: number;
  /** Null where the two were not measured in the same way. */
  readonly verdict: PairedVerdict | null;
}

export interface ComparedSide {
  /** Absolute. */
  readonly runFolder: string;
  readonly step: number;
  /** Of the shared problems. */
  readonly accuracy: { readonly value: number; readonly interval: readonly [low: number, high: number] };
  /** In tokens, of the shared problems. */
  readonly meanLength: number;
}

/** A key of the evaluations' identity, or of the resolved config where one tells none, and both of its values; ? where one is not told. */
export interface Mismatch {
  readonly key: string;
  readonly before: string;
  readonly after: string;
}

export type Flip = 'fixed' | 'broken' | 'unchanged';

export interface FlippedItem {
  readonly flip: Flip;
  readonly prompt: string;
  readonly gold: string;
  /** Shares of right completions. */
  readonly before: number;
  readonly after: number;
}

/**
 * `better`, `worse`: p is below 0.05 and the interval leaves out 0. `notEnoughItems`: neither, and a difference as large as
 * one that matters would probably not have been seen. `noDifference`: neither, though it would.
 */
export type PairedVerdict = 'better' | 'worse' | 'noDifference' | 'notEnoughItems';

export interface PairedResult {
  /** Problems. */
  readonly n: number;
  /** Of the shares of right answers, after minus before. */
  readonly difference: number;
  /** 95 %; null for fewer than two problems. */
  readonly interval: readonly [low: number, high: number] | null;
  readonly test: 'mcNemar' | 'signFlip';
  /** Two-sided. */
  readonly p: number;
  /** The smallest true difference that n such problems show four times in five; null for fewer than two. */
  readonly smallest: number | null;
  /** How many problems would show a difference that matters four times in five; null for fewer than two. */
  readonly needed: number | null;
  readonly verdict: PairedVerdict;
}
