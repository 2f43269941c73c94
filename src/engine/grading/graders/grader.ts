/** The contract of a grader: whether a prediction gives the gold answer of its row. */
import type { GraderName } from '../../../protocol/grading.ts';
import type { Judgement } from '../judgement.ts';

export interface Given {
  /** What a model wrote, whole. */
  readonly prediction: string;
  /** The right answer, as the data set writes it. */
  readonly gold: string;
}

/** Plain data: it crosses to the thread that can be killed. */
export interface GraderOptions {
  /** As `reward()`: only what is marked as a final answer, and nothing that is merely near. */
  readonly isStrict: boolean;
  /** A regular expression of the user; null for graders that need none. */
  readonly pattern: string | null;
}

export interface Grader {
  readonly name: Exclude<GraderName, 'command'>;
  /** Decides by rules that take microseconds, whatever the texts; null leaves it to `judge`. */
  quick(given: Given, options: GraderOptions): Judgement | null;
  /** May take long where texts or patterns are hostile: to be called where it can be killed. */
  judge(given: Given, options: GraderOptions): Judgement;
}

/** A judgement whose texts need no normalisation. */
export const plainJudgement = (
  verdict: Judgement['verdict'],
  rule: string,
  answer: string | null,
  gold: string | null,
): Judgement => ({ verdict, answer, normalisedAnswer: answer, normalisedGold: gold, rule });
