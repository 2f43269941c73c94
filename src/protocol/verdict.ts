/** What a ladder came to: the verdict with its evidence, as plain data that report and panel show. */
import type { Estimate } from './analysis.ts';
import type { Sentence } from './sentence.ts';

/** The smallest difference of shares that matters, unless someone asks otherwise: five points. */
export const MATTERS = 0.05;

export interface LadderVerdict {
  readonly v: 1;
  readonly model: string;
  /** `id` of the evaluation that all of it is about. */
  readonly evaluation: string;
  readonly benchmark: string;
  readonly problems: number;
  /** Completions per problem. */
  readonly k: number;
  readonly seeds: number;
  /** Differences smaller than this (share) do not matter. */
  readonly matters: number;
  /** Null where the base was not measured: then nothing else is decided. */
  readonly base: Rung | null;
  /** Fine-tuned on long traces, by size. */
  readonly rungs: readonly Rung[];
  /** Their control on short traces, by size. */
  readonly controls: readonly Rung[];
  readonly valley: Finding;
  /** The rung that lies lowest; null where no rung was measured. */
  readonly degradationDepth: Depth | null;
  readonly recovered: Finding;
  /** The first size from which on every rung is level with the base or better; null for none, and where no valley was found. */
  readonly recoverySize: number | null;
  readonly morePays: Finding & { /** Of accuracy, for each doubling of the data. */ readonly slope: Difference | null };
  readonly rl: RlVerdict;
  /** Causes that make a valley where none is. */
  readonly fakeValleys: readonly FakeValleyCheck[];
  /** The most urgent first. */
  readonly next: readonly Advice[];
}

/** One size, over all its seeds. */
export interface Rung {
  /** Examples; 0 for the base. */
  readonly size: number;
  readonly seeds: number;
  /** Over seeds and problems; of the base, which is one model, over problems alone. */
  readonly accuracy: Estimate;
  /** In tokens. */
  readonly meanLength: number;
  /** Right completions per 1,000 tokens. */
  readonly efficiency: number;
  /** Shares of completions cut at the limit, and without an answer. */
  readonly truncated: number;
  readonly noAnswer: number;
  /** Of those that the model ended itself; null for none. */
  readonly accuracyFinished: number | null;
  /** Wrong steps of all that could be checked; null where none could. */
  readonly wrongSteps: number | null;
  /** Steps of a completion that could be checked; null where none could. */
  readonly stepsPerCompletion: number | null;
  /** Null for the base and its like. */
  readonly againstBase: Difference | null;
  /** Null where the control was not measured. */
  readonly againstControl: Difference | null;
}

/** Of shares of right completions, paired by problem and seed. */
export interface Difference {
  readonly value: number;
  /** 95 % over seeds and problems, wider where the largest of several was picked. */
  readonly interval: readonly [low: number, high: number];
  /** 95 % over problems alone: for just these trainings. */
  readonly intervalOfProblems: readonly [low: number, high: number];
  readonly seeds: number;
  readonly problems: number;
  readonly standing: Standing;
}

/** `worse`, `better`: the interval leaves out 0. `level`: worse by less than matters, as good as surely. `open`: none of these. */
export type Standing = 'worse' | 'better' | 'level' | 'open';

export interface Depth {
  readonly size: number;
  /** Its interval and the next one's are for all rungs at once, since the lowest was picked. */
  readonly againstBase: Difference;
  readonly againstControl: Difference | null;
  /** Share of the base's accuracy that is lost; null where that is 0. */
  readonly relative: number | null;
}

export interface Finding {
  readonly holds: 'yes' | 'no' | 'notDecided';
  /** The words of the verdict with their evidence. */
  readonly said: Sentence;
  /** How sure it is that it holds (0..1), seeds and problems considered; null where nothing was measured. */
  readonly confidence: number | null;
  /** Where it is not decided: what would probably decide it. */
  readonly needed: Needed | null;
}

/** Beside those that there are; null where not even very many would do. */
export interface Needed {
  readonly problems: number | null;
  readonly seeds: number | null;
  /** Both are needed; otherwise either would do. */
  readonly isTogether: boolean;
}

export interface RlVerdict {
  readonly shouldStart: Finding;
  /** Size of the rung to start from, 0 for the base; null where it is not decided. */
  readonly from: number | null;
  readonly starts: readonly RlStart[];
}

/** Reinforcement learning from one rung. */
export interface RlStart {
  readonly size: number;
  readonly curve: readonly { readonly step: number; readonly accuracy: number; readonly meanLength: number }[];
  /** Of its last step against the model it began with. */
  readonly gain: Difference | null;
  readonly againstBase: Difference | null;
}

export const FAKE_VALLEYS = [
  'endNeverLearned',
  'padMasksEnd',
  'evaluationCap',
  'truncatedAnswers',
  'packingLeaks',
  'templateMismatch',
  'dataOverlap',
  'tooFewItems',
] as const;
export type FakeValley = (typeof FAKE_VALLEYS)[number];

export interface FakeValleyCheck {
  readonly name: FakeValley;
  /** Whether the cause is there. */
  readonly holds: 'yes' | 'no' | 'unknown';
  readonly evidence: Sentence;
  /** What the evidence counts, by name. */
  readonly numbers: Readonly<Record<string, number>>;
}

/** What to try next. */
export interface Advice {
  readonly kind: AdviceKind;
  readonly said: Sentence;
}

export type AdviceKind =
  | 'mendMeasurement'
  | 'moreProblems'
  | 'moreSeeds'
  | 'moreData'
  | 'shortTraces'
  | 'stopHere'
  | 'startRl'
  | 'measureControl';
