/** Measures a checkpoint on held-out problems (section 2.2 of the paper: avg@k at a fixed temperature), nothing else. */
import type { EvaluateConfig } from '../../config/schema.ts';
import type { RunEvent } from '../../protocol/events.ts';
import { Decoder } from '../generation/decoder.ts';
import { allocateWeights } from '../programs/state.ts';
import { taskOf } from '../tasks/index.ts';
import type { RecipeDeps } from './deps.ts';
import { freeAfter } from './freeAfter.ts';
import { Inbox } from './inbox.ts';
import { measure } from './measure.ts';
import { problemSet } from './problemSet.ts';
import { runStarted } from './started.ts';
import { loadedStart } from './startingPoint.ts';
import { Writer } from './writer.ts';

export async function* evaluate(config: EvaluateConfig, deps: RecipeDeps): AsyncGenerator<RunEvent> {
  const { evaluation } = config;
  const { model, tokenizer, weights } = loadedStart(config, deps);
  const task = taskOf(config.task);
  yield runStarted(config, deps, model, { task: task.name, totalSteps: 0, evaluationSteps: [0] });
  yield { type: 'phase.changed', phase: 'preparing' };
  const problems = problemSet(task, 'heldOut', evaluation.seed, evaluation.problems);
  await allocateWeights(deps.executor, model, weights, 'executor');
  const slots = Math.min(evaluation.batchSize, problems.size * evaluation.samplesPerProblem);
  const decoder = new Decoder(deps.executor, model, slots);
  const inbox = new Inbox(deps.takeRequests);
  const writer = new Writer({ decoder, tokenizer, task, inbox, stream: deps.stream });
  let failure: unknown = null;
  try {
    yield { type: 'phase.changed', phase: 'evaluating' };
    const scores = yield* measure(writer, problems, evaluation, task.name, 0);
    yield { type: 'run.finished', reason: scores ? 'completed' : 'stopped' };
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    await freeAfter(decoder, failure);
  }
}
