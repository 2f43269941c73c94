/** What goes to the process that grades and comes back. */
import type { Given, Grader, GraderOptions } from '../../engine/grading/graders/grader.ts';
import type { Judgement } from '../../engine/grading/judgement.ts';

export interface GradingJob extends Given {
  readonly grader: Grader['name'];
  readonly options: GraderOptions;
}

export type FromGrading =
  | { readonly type: 'ready' }
  | { readonly type: 'judged'; readonly judgement: Judgement }
  /** A bug, or a pattern that is none. */
  | { readonly type: 'failed'; readonly message: string };
