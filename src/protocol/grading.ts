/** Verdicts of graders: what `grade` and `reward` say of one answer, and what a file of them adds up to. */

/** Raised when a verdict may come out differently: scores of different versions are not comparable. */
export const VERIFIER_VERSION = 1;

export const GRADE_VERDICTS = ['correct', 'wrong', 'unparsed', 'gold_unparsed', 'timeout', 'error'] as const;
/** `gold_unparsed` removes the problem; `timeout` and `error` count as not correct and are told apart. */
export type GradeVerdict = (typeof GRADE_VERDICTS)[number];

export const GRADERS = ['math', 'arithmetic', 'exact', 'choice', 'json', 'regex', 'command'] as const;
export type GraderName = (typeof GRADERS)[number];

export interface GradeRecord {
  readonly verdict: GradeVerdict;
  /** The answer as the prediction writes it, without its mark; null where none was found. */
  readonly answer: string | null;
  readonly normalisedAnswer: string | null;
  readonly normalisedGold: string | null;
  /** How the verdict was reached: the rule by which both are the same, or why there is none. */
  readonly rule: string;
  readonly ms: number;
  readonly version: number;
}
