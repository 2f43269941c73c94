/** Verdicts of graders: what `grade` and `reward` say of one answer, and what a file of them adds up to. */

/** Raised when a verdict may come out differently: scores of different versions are not comparable. */
export const VERIFIER_VERSION = 1;

export const GRADE_VERDICTS = ['correct', 'wrong', 'unparsed', 'gold_unparsed', 'timeout', 'error'] as const;
/** `gold_unparsed` removes the problem; `timeout` and `error` count as not correct and are told apart. */
export type GradeVerdict = (typeof GRADE_VERDICTS)[number];

export const GRADERS = ['math', 'arithmetic', 'exact', 'choice', 'json', 'regex', 'command'] as const;
export type GraderName = (typeof GRADERS)[number];

/** A line of the file that `valley grade` writes. */
export interface GradedRow extends GradeRecord {
  /** Of the input file, from 1. */
  readonly line: number;
  /** As the row tells it; null if it does not. */
  readonly id: string | number | null;
  readonly grader: GraderName;
}

/** Lines that `grade` of the trainer prints: how far it is, at last what came out. */
export type GradeNews = { readonly type: 'grading'; readonly rows: number } | GradeReport;

export interface GradeReport {
  readonly type: 'graded';
  readonly grader: GraderName;
  readonly isStrict: boolean;
  readonly version: number;
  /** Absolute. */
  readonly out: string;
  readonly rows: number;
  readonly verdicts: Readonly<Record<GradeVerdict, number>>;
  /** Correct among the rows whose gold can be read, with Wilson's 95 % interval; null where there is none. */
  readonly accuracy: {
    readonly share: number;
    readonly interval: readonly [number, number];
    readonly n: number;
  } | null;
  /** Rows that could not be graded, by reason. */
  readonly bad: readonly {
    readonly rows: number;
    readonly line: number;
    readonly rule: string;
    readonly detail: string;
  }[];
  readonly seconds: number;
}

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
