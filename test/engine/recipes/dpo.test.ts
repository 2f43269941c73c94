/** Preferences in a small run: sums written rightly are preferred to those with a zero too many behind the answer. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { dpoConfig } from '../../../src/config/schema.ts';
import { plainExample } from '../../../src/engine/chat/plainExample.ts';
import type { Executor, Program } from '../../../src/engine/executor.ts';
import { ExecutorError } from '../../../src/engine/executorError.ts';
import { modelOf } from '../../../src/engine/families/index.ts';
import { sizeOf } from '../../../src/engine/graph/graph.ts';
import { preferenceObjective } from '../../../src/engine/programs/preference.ts';
import { dpo } from '../../../src/engine/recipes/dpo.ts';
import type { RowsSource } from '../../../src/engine/recipes/rowsSource.ts';
import { passBytes, trainingMemory } from '../../../src/engine/recipes/trainingMemory.ts';
import { sft } from '../../../src/engine/recipes/sft.ts';
import { ExampleTable, packExample, type RowText } from '../../../src/engine/rows/exampleTable.ts';
import { taskOf } from '../../../src/engine/tasks/index.ts';
import { characterTokenizerFrom } from '../../../src/engine/tokenizer/characterTokenizer.ts';
import type { Metrics, RunEvent } from '../../../src/protocol/events.ts';
import type { SavedState } from '../../../src/protocol/savedState.ts';
import { createOnnxExecutor } from '../../../src/trainer/executors/onnx.ts';
import { collect, ofType, scene, tinyConfig } from './tinyRun.ts';

let executor: Executor;
let model: SavedState;
beforeAll(async () => {
  executor = await createOnnxExecutor({ threads: 1 });
  const { deps, saved } = scene(executor);
  const training = { maxSteps: 60, batchSize: 16, learningRate: 0.02 };
  await collect(sft(tinyConfig({ training, evaluation: { everySteps: 100, atStart: false, problems: 2 } }), deps));
  const last = saved.at(-1);
  if (!last) throw new Error('Nothing was saved.');
  model = last.state;
});
afterAll(() => executor.dispose());

/** Of each problem of the task its right completion, and the same with a zero behind it. */
function pairsOf(count: number): RowsSource {
  const task = taskOf({ ...tinyConfig().task });
  const tokenizer = characterTokenizerFrom(model.tokenizer);
  const table = new ExampleTable();
  const packed = Array.from({ length: count }, (_, at) => {
    const problem = task.problem('train', 7, at);
    const { prompt } = problem;
    const chosen = task.completion(problem, 7, at);
    return [chosen, `${chosen}0`].map((completion) => {
      const row = { prompt, completion, answer: problem.gold, isCorrect: null, difficulty: null };
      const encoded = plainExample(tokenizer, row, 'completion');
      return packExample(row, encoded, at + 1, (text) => Buffer.byteLength(text));
    });
  }).flat();
  const source = { path: 'pairs.jsonl', format: 'preference', columns: {}, sha256: 'ab'.repeat(32), isCached: false };
  return {
    table,
    async *read() {
      yield { type: 'opened', source };
      if (table.count === 0) for (const { facts } of packed) table.append(facts);
      yield { type: 'rows', bad: [], examples: packed.length, done: 1, total: 1 };
    },
    exampleAt: (example) => ({ tokens: packed[example]!.tokens }),
    textAt: (example) => JSON.parse(packed[example]!.text) as RowText,
  };
}

type Input = Partial<z.input<typeof dpoConfig>>;
const tiny = (changes: Input = {}) =>
  dpoConfig.parse({
    ...{ recipe: 'dpo', seed: 3, model: { checkpoint: 'weak' }, data: { path: 'pairs.jsonl' } },
    preference: { beta: 0.5 },
    training: { maxSteps: 8, batchSize: 8, learningRate: 0.003 },
    sampling: { everySteps: 4, completions: 2, maxNewTokens: 16 },
    evaluation: { everySteps: 4, problems: 6, maxNewTokens: 16, batchSize: 4 },
    checkpoints: { everySteps: 4 },
    ...changes,
  });

const run = async (changes: Input = {}, resume: SavedState | null = null, on: Executor = executor) => {
  // What is given is the executor's afterwards.
  const made = scene(on, structuredClone({ model, resume }));
  const events = await collect(dpo(tiny(changes), { ...made.deps, rows: pairsOf(60) }));
  return { ...made, events };
};

const metricsOf = (events: readonly RunEvent[]): Metrics[] =>
  ofType(events, 'step.finished').map(({ metrics }) => metrics);
const scoresOf = (events: readonly RunEvent[]) =>
  ofType(events, 'evaluation.finished').map(({ scores }) =>
    Object.fromEntries(scores.map(({ name, value }) => [name, value])),
  );

describe('dpo', () => {
  test('learns, measures, shows and saves, and frees what it took', async () => {
    const before = executor.handles();
    const { events, saved } = await run();
    expect(ofType(events, 'run.started')[0]).toMatchObject({
      ...{ recipe: 'dpo', task: 'pairs.jsonl', totalSteps: 8, evaluationSteps: [0, 4, 8] },
    });
    expect(saved.map(({ state }) => state.step)).toEqual([4, 8]);
    expect(ofType(events, 'stage.finished')[0]).toMatchObject({ rowsIn: 60, statistics: { rows: 60, problems: 58 } });
    const metrics = metricsOf(events);
    expect(Object.keys(metrics[0] ?? {}).sort()).toEqual([
      ...['epoch', 'grad_norm', 'learning_rate', 'logps/chosen', 'logps/rejected', 'loss', 'num_tokens'],
      ...['rewards/accuracies', 'rewards/chosen', 'rewards/margins', 'rewards/rejected', 'tokens_per_second'],
    ]);
    // 55 pairs are learned, 8 a step: of the 58 problems 5 are held out.
    expect(metrics.at(-1)?.['epoch']).toBeCloseTo(64 / 55, 10);
    expect(ofType(events, 'completions.sampled').filter(({ purpose }) => purpose === 'training')).toHaveLength(2);
    expect(executor.handles()).toBe(before);
  });

  test('a stop is heard while the reference is asked of held-out pairs', async () => {
    const made = scene(executor, structuredClone({ model }));
    const events = await collect(dpo(tiny(), { ...made.deps, rows: pairsOf(60) }), (event) => {
      if (event.type === 'phase.changed' && event.phase === 'evaluating') made.asked.push({ type: 'stop' });
    });
    expect(events.at(-1)).toEqual({ type: 'run.finished', reason: 'stopped' });
    expect(ofType(events, 'evaluation.progressed')).toEqual([]);
  });

  test('begins where both completions are worth nothing, and comes to tell them apart', async () => {
    const { events } = await run();
    const metrics = metricsOf(events);
    expect(metrics[0]?.loss).toBeCloseTo(Math.LN2, 5);
    for (const name of ['rewards/chosen', 'rewards/rejected', 'rewards/margins'])
      expect(metrics[0]?.[name]).toBeCloseTo(0, 4);
    expect(metrics.at(-1)?.['rewards/accuracies']).toBeGreaterThan(0.9);
    const [untouched, , last] = scoresOf(events);
    // The answers of rows come first, as in every training on rows.
    expect(Object.keys(last ?? {}).filter((name) => name.startsWith('eval_') || name === 'accuracy')).toEqual([
      ...['accuracy', 'eval_rewards/accuracies', 'eval_rewards/margins', 'eval_loss'],
    ]);
    expect(untouched?.['eval_loss']).toBeCloseTo(Math.LN2, 5);
    expect(last?.['eval_loss']).toBeLessThan(0.6);
    expect(last?.['eval_rewards/margins']).toBeGreaterThan(0.2);
    expect(last?.['eval_rewards/accuracies']).toBeGreaterThan(0.8);
  });

  test.each([{}, { method: 'lora', lora: { rank: 2 } }] as const)(
    'continued in the middle ends in the same bytes: %o',
    async (more) => {
      const changes: Input = { training: { maxSteps: 8, batchSize: 8, learningRate: 0.003, ...more } };
      const whole = await run(changes);
      const half = whole.saved[0]?.state ?? null;
      expect(half?.step).toBe(4);
      const rest = await run(changes, half);
      expect(rest.saved.at(-1)?.state.weights).toEqual(whole.saved.at(-1)?.state.weights);
      expect(metricsOf(rest.events)).toEqual(
        metricsOf(whole.events)
          .slice(4)
          .map((metrics) => ({ ...metrics, tokens_per_second: null })),
      );
      expect(scoresOf(rest.events)).toEqual(scoresOf(whole.events).slice(-1));
    },
  );

  test('adapters are held against the frozen model itself: no second copy of it', async () => {
    const allocated: string[] = [];
    const watched: Executor = new Proxy(executor, {
      get: (target, key: keyof Executor) => {
        if (key !== 'allocate') return typeof target[key] === 'function' ? target[key].bind(target) : target[key];
        return (...given: Parameters<Executor['allocate']>) => {
          allocated.push(given[0]);
          return target.allocate(...given);
        };
      },
    });
    const { events } = await run(
      { training: { maxSteps: 4, batchSize: 8, learningRate: 0.01, method: 'lora' } },
      null,
      watched,
    );
    expect(metricsOf(events)[0]?.loss).toBeCloseTo(Math.LN2, 5);
    expect(allocated.filter((name) => name.startsWith('reference'))).toEqual([]);
    await run({}, null, watched);
    expect(allocated.filter((name) => name.startsWith('reference')).length).toBeGreaterThan(0);
  });

  test('where memory runs out passes become smaller in whole pairs, with the same step', async () => {
    const sizes: number[] = [];
    const narrow: Executor = new Proxy(executor, {
      get: (target, key: keyof Executor) => {
        if (key !== 'compile') return typeof target[key] === 'function' ? target[key].bind(target) : target[key];
        return (program: Program) => {
          const size = /^gradients\/preference.*\/(\d+)x\d+/.exec(program.name)?.[1];
          if (size !== undefined) sizes.push(Number(size));
          if (Number(size) > 4) throw new ExecutorError('outOfMemory', 'too large');
          return target.compile(program);
        };
      },
    });
    const whole = await run();
    const narrowed = await run({}, null, narrow);
    expect(sizes.every((size) => size % 2 === 0)).toBe(true);
    expect(Math.min(...sizes)).toBe(4);
    expect(narrowed.saved.at(-1)?.state.counters['microBatchSize']).toBe(2);
    for (const [i, metrics] of metricsOf(narrowed.events).entries())
      expect(metrics.loss).toBeCloseTo(metricsOf(whole.events)[i]?.loss ?? Number.NaN, 4);
  });

  test('its memory is estimated with the copy of the reference, and with both sequences of a pair', () => {
    const bare = modelOf(model.config);
    const bytes = 4 * bare.parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    const training = { maxSteps: 8, batchSize: 8, learningRate: 0.003 };
    const identity = { ...executor.identity, provider: 'webgpu' };
    const needs = (more: object) =>
      trainingMemory(bare, tiny({ training: { ...training, ...more } }), { identity }, [32]);
    expect(needs({}).weights).toBe(2 * bytes);
    expect(needs({ method: 'lora' }).weights).toBe(bytes);
    // Of one pair at a time the pass has two sequences.
    const pass = passBytes(bare, 2, 32, {}, preferenceObjective(tiny().preference));
    expect(needs({ microBatchSize: 1 }).activations / pass).toBeCloseTo(1.22, 10);
    expect(needs({}).activations / needs({ microBatchSize: 1 }).activations).toBeGreaterThan(4);
  });

  test('IPO and smoothed labels begin at their own losses', async () => {
    const training = { maxSteps: 1, batchSize: 8, learningRate: 0.003 };
    const first = async (preference: NonNullable<Input['preference']>) =>
      metricsOf((await run({ training, preference })).events)[0]?.loss;
    expect(await first({ lossType: 'ipo', beta: 0.5 })).toBeCloseTo(1, 4);
    expect(await first({ beta: 0.5, labelSmoothing: 0.3 })).toBeCloseTo(Math.LN2, 5);
  });
});
