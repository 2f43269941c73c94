/** What the recipe `prepare` tells of its steps: plain data that CLI and panel show as one table. */

/** The steps in their order; the last is that of a training on rows, which has no other. */
export const PREPARATION_STEPS = [
  'read',
  'exactDuplicates',
  'decontamination',
  'correctness',
  'length',
  'repetition',
  'language',
  'nearDuplicates',
  'tracesPerProblem',
  'sampling',
  'encoding',
] as const;
export type PreparationStep = (typeof PREPARATION_STEPS)[number];

/** What is left after a step. */
export interface RowStatistics {
  /** Examples: a row of the data may hold several. */
  readonly rows: number;
  /** Different prompts. */
  readonly problems: number;
  /** Tokens of all rows. */
  readonly tokens: number;
  /** Length of a row in tokens. */
  readonly median: number;
  readonly p90: number;
  readonly longest: number;
  /** Rows whose length lies below an edge and not below the one before; `null` has no end. */
  readonly histogram: readonly { readonly below: number | null; readonly rows: number }[];
}

/** Why a step left rows out, and where the first of them stands. */
export interface LeftOut {
  readonly reason: LeftOutReason;
  /** What the reason is about: the name of a benchmark, a language; empty where it is clear. */
  readonly detail: string;
  readonly rows: number;
  /** The first such row, e.g. `data/train.jsonl:17`. */
  readonly first: string;
}

export const LEFT_OUT_REASONS = [
  'notUtf8',
  'notJson',
  'tooLong',
  'tooDeep',
  'notAnObject',
  'missingColumn',
  'wrongType',
  'empty',
  'exactDuplicate',
  'nearDuplicate',
  'benchmarkProblem',
  'benchmarkWords',
  'wrongAnswer',
  'unverified',
  'tooFewTokens',
  'tooManyTokens',
  'repetitive',
  'otherLanguage',
  'otherTrace',
  'notDrawn',
  'raised',
  'noAnswer',
  'promptDiffers',
  'answerLost',
  'unknownCharacter',
  'nothingLearned',
  'unverifiable',
  'samePair',
] as const;
export type LeftOutReason = (typeof LEFT_OUT_REASONS)[number];

/** How a source is read. */
export interface SourceReading {
  /** As the config writes it. */
  readonly path: string;
  readonly format: string;
  /** The column of each role. */
  readonly columns: Readonly<Record<string, string>>;
  /** SHA-256 of the file. */
  readonly sha256: string;
  readonly isCached: boolean;
}

/** A file that was written. */
export interface PreparedSubset {
  /** Name below the run folder, e.g. `data/8000.jsonl`. */
  readonly file: string;
  readonly sha256: string;
  readonly statistics: RowStatistics;
  /** Share of long traces; null where the config does not tell long from short. */
  readonly longShare: number | null;
  /** Whether all rows of the next smaller subset are in it. */
  readonly isNested: boolean;
}
