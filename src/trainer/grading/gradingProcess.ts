/** A process that grades one answer after the other; whoever waits too long for it kills it. Argument: the pid of who asks. */
import { isMainThread } from 'node:worker_threads';
import { graders } from '../../engine/grading/graders/index.ts';
import { endWithParent, watchParent } from '../watchParent.ts';
import type { FromGrading, GradingJob } from './gradingMessages.ts';

if (isMainThread) serve();
else endWithParent();

function serve(): void {
  watchParent(new URL(import.meta.url), Number(process.argv[2]));
  process.on('message', (job: GradingJob) => say(answerTo(job)));
  // Whoever asked is gone.
  process.on('disconnect', () => process.exit(0));
  say({ type: 'ready' });
}

function say(message: FromGrading): void {
  process.send?.(message);
}

function answerTo({ grader, options, prediction, gold }: GradingJob): FromGrading {
  try {
    const found = graders.find(({ name }) => name === grader);
    if (!found) throw new Error(`There is no grader "${grader}": list it in graders/index.ts.`);
    return { type: 'judged', judgement: found.judge({ prediction, gold }, options) };
  } catch (error) {
    return { type: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}
