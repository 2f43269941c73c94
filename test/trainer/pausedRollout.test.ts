/** A rollout may be paused between decode steps: nothing is learned meanwhile, wishes are met, and the run ends as if it had never rested. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { grpoConfig } from '../../src/config/schema.ts';
import type { Executor } from '../../src/engine/executor.ts';
import { grpo } from '../../src/engine/recipes/grpo.ts';
import { sft } from '../../src/engine/recipes/sft.ts';
import type { RunEvent } from '../../src/protocol/events.ts';
import type { SavedState } from '../../src/protocol/savedState.ts';
import { Desk } from '../../src/trainer/commands.ts';
import { createOnnxExecutor } from '../../src/trainer/executors/onnx.ts';
import { pullRecipe } from '../../src/trainer/recipeLoop.ts';
import { collect, scene, tinyConfig } from '../engine/recipes/tinyRun.ts';

let executor: Executor;
let model: SavedState;
beforeAll(async () => {
  executor = await createOnnxExecutor({ threads: 1 });
  const { deps, saved } = scene(executor);
  await collect(
    sft(
      tinyConfig({
        training: { maxSteps: 2, batchSize: 8 },
        evaluation: { everySteps: 9, atStart: false, problems: 2 },
      }),
      deps,
    ),
  );
  const last = saved.at(-1);
  if (!last) throw new Error('Nothing was saved.');
  model = last.state;
});
afterAll(() => executor.dispose());

const config = grpoConfig.parse({
  ...{ recipe: 'grpo', seed: 3, model: { checkpoint: 'weak' }, task: { name: 'arithmetic', level: 'addition-2' } },
  data: { problems: 100 },
  rollout: { prompts: 4, numGenerations: 4, maxNewTokens: 24, batchSize: 4 },
  rewards: { correct: 1, repetition: 1 },
  training: { maxSteps: 4, batchSize: 8, learningRate: 0.003 },
  evaluation: { everySteps: 9, atStart: false, problems: 2, maxNewTokens: 4 },
  checkpoints: { everySteps: 100 },
});

/** All that is said; `at` hears each event and may leave wishes on the desk. */
async function play(at: (event: RunEvent, desk: Desk) => void) {
  const desk = new Desk();
  const made = scene(executor, { model: structuredClone(model) });
  const events: RunEvent[] = [];
  const say = (event: RunEvent): Promise<void> => {
    events.push(event);
    at(event, desk);
    return Promise.resolve();
  };
  const deps = { ...made.deps, takeRequests: () => desk.take() };
  const reason = await pullRecipe(grpo(config, deps), { desk, poll: () => undefined, say });
  return { reason, events, saved: made.saved };
}

const isInRollout = (event: RunEvent): boolean =>
  event.type === 'phase.changed' && event.phase === 'sampling' && event.detail !== undefined;
const typesOf = (events: readonly RunEvent[]) =>
  events
    .map((event) => (event.type === 'phase.changed' ? event.phase : event.type))
    .filter((type, i, all) => type !== all[i - 1]);

test('it rests between decode steps, and goes on to the same weights', async () => {
  const whole = await play(() => undefined);
  let pauses = 0;
  const paused = await play((event, desk) => {
    if (isInRollout(event) && ++pauses <= 3) desk.accept({ type: 'pause' });
    if (event.type === 'run.paused') setTimeout(() => desk.accept({ type: 'resume' }), 20);
  });
  const types = typesOf(paused.events);
  expect(types.slice(types.indexOf('sampling'), types.indexOf('step.finished'))).toEqual([
    ...['sampling', 'run.paused', 'run.resumed', 'sampling', 'run.paused', 'run.resumed', 'sampling'],
    ...['run.paused', 'run.resumed', 'sampling', 'completions.sampled', 'training'],
  ]);
  expect(paused.reason).toBe('completed');
  expect(paused.saved.at(-1)?.state.weights).toEqual(whole.saved.at(-1)?.state.weights);
});

test('what is asked for while it rests comes before a step: the sample at once, the checkpoint after the rollout', async () => {
  let isAsked = false;
  const { events, saved } = await play((event, desk) => {
    if (isInRollout(event) && !desk.isPaused && !isAsked) desk.accept({ type: 'pause' });
    if (event.type !== 'run.paused' || isAsked) return;
    isAsked = true;
    setTimeout(() => {
      desk.accept({ type: 'sample', prompt: '1+1=', temperature: 0, maxNewTokens: 4, seed: 1 });
      desk.accept({ type: 'saveCheckpoint' });
    }, 20);
    setTimeout(() => desk.accept({ type: 'resume' }), 40);
  });
  const told = events.flatMap((event) => {
    if (event.type === 'completions.sampled') return [event.purpose];
    return event.type === 'checkpoint.saved' || event.type === 'step.finished' ? [event.type] : [];
  });
  expect(told.slice(0, 4)).toEqual(['interactive', 'checkpoint.saved', 'training', 'step.finished']);
  expect(saved[0]).toMatchObject({ cause: 'asked', state: { step: 0 } });
});
