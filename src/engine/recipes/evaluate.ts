/** Measures a checkpoint on held-out problems (section 2.2 of the paper: avg@k at a fixed temperature), rows or benchmarks, nothing else. */
import type { EvaluateConfig } from '../../config/schema.ts';
import type { RunEvent } from '../../protocol/events.ts';
import { Decoder } from '../generation/decoder.ts';
import { allocateWeights } from '../programs/state.ts';
import { openedBenchmarks, type PlannedBenchmark, ungraded } from './benchmarkList.ts';
import type { RecipeDeps } from './deps.ts';
import { freeAfter } from './freeAfter.ts';
import { Inbox } from './inbox.ts';
import { measuredName, measuredOf } from './material.ts';
import { measureAll } from './measure.ts';
import { runStarted } from './started.ts';
import { loadedStart, type StartingPoint } from './startingPoint.ts';
import { Writer } from './writer.ts';

export async function* evaluate(config: EvaluateConfig, deps: RecipeDeps): AsyncGenerator<RunEvent> {
  const start = loadedStart(config, deps);
  const { model, tokenizer, weights } = start;
  const { executor, kept, modelHash } = deps;
  yield runStarted(config, deps, model, { task: measuredName(config), totalSteps: 0, evaluationSteps: [0] });
  yield { type: 'phase.changed', phase: 'preparing' };
  const inbox = new Inbox(deps.takeRequests);
  const planned = yield* plan(config, start, deps, inbox);
  const [first] = planned ?? [];
  if (!planned || !first) return yield { type: 'run.finished', reason: 'stopped' };
  await allocateWeights(executor, model, weights, 'executor');
  const decoder = new Decoder(executor, model, slotsFor(planned, config.evaluation.batchSize));
  const judge = config.benchmarks ? ungraded : first.measured.judge;
  const { chatPrompt } = first.measured;
  const writer = new Writer({ decoder, tokenizer, judge, inbox, stream: deps.stream, chatPrompt });
  const instruments = { executor, model, tokenizer, inbox, writer, kept, modelHash };
  let failure: unknown = null;
  try {
    yield { type: 'phase.changed', phase: 'evaluating' };
    let isWhole = true;
    for (const { measured, settings } of planned)
      isWhole &&= (yield* measureAll(instruments, measured, settings, 0)) !== null;
    yield { type: 'run.finished', reason: isWhole ? 'completed' : 'stopped' };
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    await freeAfter(decoder, failure);
  }
}

/** What is measured, in its order. Null where someone asked to stop while it was read. */
async function* plan(
  config: EvaluateConfig,
  start: StartingPoint,
  deps: RecipeDeps,
  inbox: Inbox,
): AsyncGenerator<RunEvent, readonly PlannedBenchmark[] | null> {
  if (config.benchmarks) return yield* openedBenchmarks(config, start, { ...deps, inbox });
  const measured = yield* measuredOf(config, start, { ...deps, inbox });
  return measured && [{ measured, settings: config.evaluation }];
}

const slotsFor = (planned: readonly PlannedBenchmark[], batchSize: number): number =>
  Math.max(
    1,
    ...planned.map(({ measured, settings }) =>
      Math.min(batchSize, measured.questions.size * settings.samplesPerProblem),
    ),
  );
