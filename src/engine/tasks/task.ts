/** The contract of a task: problems by number, chains of thought that solve them, and a judge that is never fooled by form. */
import type { TaskConfig } from '../../config/schema.ts';
import type { Grade } from '../grading/exactAnswer.ts';
import type { Vocabulary } from '../tokenizer/characterTokenizer.ts';

/** `train` and `heldOut` have no problem in common, for any two seeds. */
export type Split = 'train' | 'heldOut';

export interface Problem {
  readonly prompt: string;
  /** The right answer. */
  readonly gold: string;
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

export interface Task {
  /** Task and level, e.g. `arithmetic/addition-3`. */
  readonly name: string;
  /** What prompts and written completions are made of; the same for all levels and styles. */
  readonly vocabulary: Vocabulary;
  /** The problem with this number (from 0): a function of its arguments alone. Problems may repeat. */
  problem(split: Split, seed: number, index: number): Problem;
  /** A right completion in the configured style; `index` chooses among its chances (slips, reflections). */
  completion(problem: Problem, seed: number, index: number): string;
  /** The problem that a prompt states; null if it is none of this task. */
  parse(prompt: string): Problem | null;
  /** The chain of thought inside a completion, without the answer. */
  trace(completion: string): string;
  grade(problem: Problem, completion: string): Grade;
  /** Checks what the trace claims; `problem` null checks each claim by itself. */
  checkSteps(problem: Problem | null, trace: string): StepCheck;
}

export type TaskFactory = (config: TaskConfig) => Task;
