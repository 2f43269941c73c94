/** Measures a checkpoint on held-out problems (section 2.2 of the paper: avg@k at a fixed temperature) or rows, nothing else. */
import type { EvaluateConfig } from '../../config/schema.ts';
import type { RunEvent } from '../../protocol/events.ts';
import { Decoder } from '../generation/decoder.ts';
import { allocateWeights } from '../programs/state.ts';
import type { RecipeDeps } from './deps.ts';
import { freeAfter } from './freeAfter.ts';
import { Inbox } from './inbox.ts';
import { measuredOf, materialName } from './material.ts';
import { measureAll } from './measure.ts';
import { runStarted } from './started.ts';
import { loadedStart } from './startingPoint.ts';
import { Writer } from './writer.ts';

export async function* evaluate(config: EvaluateConfig, deps: RecipeDeps): AsyncGenerator<RunEvent> {
  const { evaluation } = config;
  const start = loadedStart(config, deps);
  const { model, tokenizer, weights } = start;
  const { executor } = deps;
  yield runStarted(config, deps, model, { task: materialName(config), totalSteps: 0, evaluationSteps: [0] });
  yield { type: 'phase.changed', phase: 'preparing' };
  const inbox = new Inbox(deps.takeRequests);
  const benchmark = yield* measuredOf(config, start, { ...deps, inbox });
  if (!benchmark) return yield { type: 'run.finished', reason: 'stopped' };
  const { judge, questions, chatPrompt } = benchmark;
  await allocateWeights(executor, model, weights, 'executor');
  const slots = Math.max(1, Math.min(evaluation.batchSize, questions.size * evaluation.samplesPerProblem));
  const decoder = new Decoder(executor, model, slots);
  const writer = new Writer({ decoder, tokenizer, judge, inbox, stream: deps.stream, chatPrompt });
  let failure: unknown = null;
  try {
    yield { type: 'phase.changed', phase: 'evaluating' };
    const scores = yield* measureAll({ executor, model, tokenizer, inbox, writer }, benchmark, evaluation, 0);
    yield { type: 'run.finished', reason: scores ? 'completed' : 'stopped' };
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    await freeAfter(decoder, failure);
  }
}
