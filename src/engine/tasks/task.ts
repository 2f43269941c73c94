/** The contract of a task: problems by number, chains of thought that solve them, and a judge that is never fooled by form. */
import type { Grade } from '../grading/exactAnswer.ts';
import type { Vocabulary } from '../tokenizer/characterTokenizer.ts';

/** `train` and `heldOut` have no problem in common, for any two seeds. */
export type Split = 'train' | 'heldOut';

/** What a model is asked. */
export interface Question {
  readonly prompt: string;
  /** The right answer; null where nobody knows it. */
  readonly gold: string | null;
  /** The prompt as the model reads it, where a chat template wrote it. */
  readonly tokens?: readonly number[];
  /** How hard it is, where that is told. */
  readonly level?: string | null;
}

export interface Problem extends Question {
  readonly gold: string;
}

/** A prompt and what is to be written after it. */
export interface Written {
  readonly prompt: string;
  readonly completion: string;
}

/** Verdict on the steps written in a trace, as in `Completion.steps`. */
export interface StepCheck {
  /** Steps that claim something. */
  readonly count: number;
  /** Steps that are wrong and were not taken back. */
  readonly wrong: number;
  /** Index (from 0) of the first of those. */
  readonly firstError: number | null;
}

/** Reads what a model has written. */
export interface Judge {
  /** Task and level, e.g. `arithmetic/addition-3`, or the name of a file of rows. */
  readonly name: string;
  /** Who judges, with a version: told with each completion, as other versions may judge otherwise. */
  readonly verifier?: string;
  /** The problem that a prompt states; null if it is none of this task. */
  parse(prompt: string): Question | null;
  /** The chain of thought inside a completion, without the answer. */
  trace(completion: string): string;
  /** Null where there is no right answer to compare with. */
  grade(question: Question, completion: string): Grade | null;
  /** Checks what the trace claims; `question` null checks each claim by itself. Null where claims cannot be checked. */
  checkSteps(question: Question | null, trace: string): StepCheck | null;
}

export interface Task extends Judge {
  /** What prompts and written completions are made of; the same for all levels and styles. */
  readonly vocabulary: Vocabulary;
  /** The problem with this number (from 0): a function of its arguments alone. Problems may repeat. */
  problem(split: Split, seed: number, index: number): Problem;
  /** A right completion in the configured style; `index` chooses among its chances (slips, reflections). */
  completion(problem: Problem, seed: number, index: number): string;
  /** A text to be learned in place of the problem, stating none; null for the problem itself. Left out where there are none. */
  note?(problem: Problem, seed: number, index: number): Written | null;
  parse(prompt: string): Problem | null;
  grade(problem: Problem, completion: string): Grade;
  checkSteps(problem: Problem | null, trace: string): StepCheck;
}
