/** A thread that grades one answer after the other; whoever waits too long for it ends it. */
import { parentPort } from 'node:worker_threads';
import { graders } from '../../engine/grading/graders/index.ts';
import type { FromGrading, GradingJob } from './gradingMessages.ts';

const port = parentPort;
if (port === null) throw new Error('gradingThread works only as a thread.');
const say = (message: FromGrading): void => port.postMessage(message);

port.on('message', (job: GradingJob) => say(answerTo(job)));
say({ type: 'ready' });

function answerTo({ grader, options, prediction, gold }: GradingJob): FromGrading {
  try {
    const found = graders.find(({ name }) => name === grader);
    if (!found) throw new Error(`There is no grader "${grader}": list it in graders/index.ts.`);
    return { type: 'judged', judgement: found.judge({ prediction, gold }, options) };
  } catch (error) {
    return { type: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}
