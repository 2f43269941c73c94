/** What pre-flight found out about a config and its data: plain data that command line and editor show in the reader's language. */
import type { LeftOut } from './preparation.ts';
import type { Sentence } from './sentence.ts';

export interface PreflightReport {
  readonly v: 1;
  readonly source: PreflightSource;
  /** Tokens of an example that are trained on at most. */
  readonly mostTokens: number;
  readonly statistics: ExampleStatistics;
  readonly work: PreflightWork;
  readonly memory: { readonly bytes: number; readonly machineBytes: number } | null;
  readonly disk: PreflightDisk | null;
  /** Examples that ask what the run is measured on. */
  readonly overlap: Affected;
  /** The gravest first. */
  readonly findings: readonly PreflightFinding[];
  /** Of reinforcement learning: `statistics` are of problems, with the shortest completions that are paid; tokens of `work` are the most there can be. */
  readonly policy?: { /** Of a rollout. */ readonly completions: number };
}

/** The same of benchmarks that are to be measured. */
export interface EvaluationPreflight {
  readonly v: 1;
  readonly kind: 'evaluation';
  /** Those that can be measured, in the order of the config. */
  readonly benchmarks: readonly PreflightBenchmark[];
  /** The gravest first. */
  readonly findings: readonly PreflightFinding[];
}

export interface PreflightBenchmark {
  readonly name: string;
  readonly problems: number;
  readonly samplesPerProblem: number;
  /** In tokens; 0 where the task writes its prompts. */
  readonly longestPrompt: number;
  readonly temperature: number;
  readonly maxNewTokens: number;
}

/** Where the examples come from. */
export interface PreflightSource {
  /** Name of the task, or the data file as the config writes it. */
  readonly name: string;
  /** Rows that were looked at, bad ones too. */
  readonly looked: number;
  /** Rows there are; null where a file does not tell before it is read to its end. */
  readonly rows: number | null;
  /** Whether `rows` is reckoned from the size of the file. */
  readonly isEstimate: boolean;
}

/** How many examples, and where the first of them stands. */
export interface Affected {
  readonly count: number;
  /** E.g. `train.jsonl:17`; empty for none. */
  readonly first: string;
}

export interface ExampleStatistics {
  /** Examples that became tokens. */
  readonly examples: number;
  /** Lengths in tokens as the data have them, before anything is cut. */
  readonly prompt: LengthStatistics;
  readonly completion: LengthStatistics;
  readonly total: LengthStatistics;
  /** Examples that are trained on, after those that are too long are left out (`onLongExample: "drop"`). */
  readonly trained: number;
  /** Tokens of those, as far as they are trained on. */
  readonly tokens: number;
  /** Tokens of those that carry loss. */
  readonly learned: number;
  readonly tooLong: Affected;
  /** Of those: learned tokens of the answer lie beyond the limit. */
  readonly answerLost: Affected;
  /** Of those: only the end token lies beyond it. */
  readonly endLost: Affected;
  /** No token within the limit carries loss. */
  readonly nothingLearned: Affected;
  /** Long enough, but no token that ends a completion carries loss. */
  readonly endUnlearned: Affected;
  /** What template and tokenizer did to examples. */
  readonly chat: readonly (Affected & {
    readonly kind: string;
    readonly severity: PreflightFinding['severity'];
    readonly said: Sentence;
  })[];
  /** Rows that became no example, by reason. */
  readonly bad: readonly LeftOut[];
}

export interface LengthStatistics {
  readonly sum: number;
  readonly median: number;
  readonly p90: number;
  readonly p99: number;
  readonly longest: number;
  /** Lengths of `from` tokens and more, and fewer than `below`, which the next bar starts with. */
  readonly histogram: readonly { readonly from: number; readonly below: number; readonly count: number }[];
}

export interface PreflightWork {
  readonly steps: number;
  /** Examples that are learned from, reckoned for the whole file, and the share of them that is held out to measure with. */
  readonly examples: number;
  readonly heldOutShare: number;
  /** Passes over the data. */
  readonly epochs: number;
  /** Tokens of all steps, and those of them that carry loss; reckoned from the examples looked at. */
  readonly tokens: number;
  readonly learned: number;
  /** By rule of thumb, without evaluations; null where the device's speed is not known. */
  readonly seconds: { readonly least: number; readonly most: number } | null;
}

export interface PreflightDisk {
  /** Of one checkpoint. */
  readonly checkpointBytes: number;
  /** Checkpoints that are kept, and one that is being written. */
  readonly checkpoints: number;
  readonly budgetBytes: number;
  readonly freeBytes: number;
}

export interface PreflightFinding {
  readonly topic: PreflightTopic;
  /** `error`: ruins the run. `warning`: may. `hint`: good to know. */
  readonly severity: 'error' | 'warning' | 'hint';
  /** The key of the config that governs it. */
  readonly path: readonly (string | number)[];
  readonly said: Sentence;
  /** What to do; null where nothing is to be done. */
  readonly remedy: Sentence | null;
}

export type PreflightTopic =
  | 'noExamples'
  | 'badRows'
  | 'tooLong'
  | 'fewExamples'
  | 'answerLost'
  | 'nothingLearned'
  | 'endUnlearned'
  | 'template'
  | 'evaluationCut'
  | 'unverifiable'
  | 'overlap'
  | 'memory'
  | 'disk'
  | 'benchmark';

/** A line of the tool's output while it looks; its last line is the report. */
export interface PreflightProgress {
  readonly type: 'progress';
  readonly done: number;
  readonly total: number;
}
