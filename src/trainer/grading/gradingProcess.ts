/** A process that grades one answer after the other; whoever waits too long for it kills it. Arguments: the pid of who asks, and the milliseconds of processor time that one answer may take. */
import { isMainThread } from 'node:worker_threads';
import { graders } from '../../engine/grading/graders/index.ts';
import { startWatch, watch, type WorkCount } from '../watchdog.ts';
import type { FromGrading, GradingJob } from './gradingMessages.ts';

if (isMainThread) serve();
else watch();

function serve(): void {
  const [parent, cpuMs] = process.argv.slice(2).map(Number);
  if (parent === undefined || cpuMs === undefined) throw new Error('gradingProcess needs a pid and a limit.');
  const count: WorkCount = new Int32Array(new SharedArrayBuffer(4));
  startWatch(new URL(import.meta.url), parent, { count, cpuMs });
  process.on('message', (job: GradingJob) => {
    Atomics.add(count, 0, 1);
    const answer = answerTo(job);
    Atomics.add(count, 0, 1);
    say(answer);
  });
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
