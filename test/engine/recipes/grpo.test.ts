import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { grpoConfig } from '../../../src/config/schema.ts';
import type { Executor, Program } from '../../../src/engine/executor.ts';
import { ExecutorError } from '../../../src/engine/executorError.ts';
import { modelOf } from '../../../src/engine/families/index.ts';
import { allocateWeights } from '../../../src/engine/programs/state.ts';
import { batchOf } from '../../../src/engine/recipes/batch.ts';
import { grpo } from '../../../src/engine/recipes/grpo.ts';
import { LogProbabilities } from '../../../src/engine/recipes/logProbabilities.ts';
import { sft } from '../../../src/engine/recipes/sft.ts';
import type { RunEvent } from '../../../src/protocol/events.ts';
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

type Input = Partial<z.input<typeof grpoConfig>>;
const tiny = (changes: Input = {}) =>
  grpoConfig.parse({
    ...{ recipe: 'grpo', seed: 3, model: { checkpoint: 'weak' }, task: { name: 'arithmetic', level: 'addition-2' } },
    data: { problems: 100 },
    rollout: { prompts: 4, numGenerations: 4, maxNewTokens: 24, batchSize: 8 },
    rewards: { correct: 1, format: 0.2 },
    training: { maxSteps: 4, batchSize: 8, learningRate: 0.003 },
    evaluation: { everySteps: 2, problems: 4, maxNewTokens: 24, batchSize: 4 },
    checkpoints: { everySteps: 2 },
    ...changes,
  });

const run = async (changes: Input = {}, resume: SavedState | null = null) => {
  // What is given is the executor's afterwards.
  const made = scene(executor, structuredClone({ model, resume }));
  return { ...made, events: await collect(grpo(tiny(changes), made.deps)) };
};

const stepBefore = (events: readonly RunEvent[], place: number): number =>
  ofType(events.slice(0, place), 'step.finished').at(-1)?.step ?? 0;

const metricsOf = (events: readonly RunEvent[]) => ofType(events, 'step.finished').map(({ metrics }) => metrics);

describe('grpo', () => {
  test('samples, learns, measures and saves between rollouts, and frees what it took', async () => {
    const before = executor.handles();
    const { events, saved } = await run({ policy: { beta: 0.01 } });
    expect(ofType(events, 'run.started')[0]).toMatchObject({
      recipe: 'grpo',
      totalSteps: 4,
      evaluationSteps: [0, 2, 4],
    });
    expect(saved.map(({ state }) => state.step)).toEqual([2, 4]);
    expect(ofType(events, 'run.finished')).toEqual([{ type: 'run.finished', reason: 'completed' }]);
    const [first, second, third] = metricsOf(events);
    expect(Object.keys(first ?? {}).sort()).toEqual([
      ...['clip_ratio/high_mean', 'clip_ratio/low_mean', 'completions/clipped_ratio', 'completions/mean_length'],
      ...['entropy', 'epoch', 'frac_reward_zero_std', 'grad_norm', 'kl', 'learning_rate', 'logp_difference', 'loss'],
      ...['reward', 'reward_std', 'rewards/correct', 'rewards/format', 'tokens_per_second'],
    ]);
    expect(second).not.toHaveProperty('reward');
    expect(third).toHaveProperty('reward');
    // Weights stay where they are computed, for whoever comes next; all else is freed.
    expect(executor.handles()).toBe(before);
  });

  test('the first step after a rollout sees the log-probabilities that sampling told', async () => {
    const metrics = metricsOf((await run()).events);
    for (const at of [0, 2]) expect(metrics[at]?.['logp_difference']).toBeLessThan(1e-5);
    expect(metrics[1]?.['logp_difference']).toBeGreaterThan(1e-5);
    const warmer = metricsOf((await run({ rollout: { ...tiny().rollout, temperature: 0.7 } })).events);
    for (const at of [0, 2]) expect(warmer[at]?.['logp_difference']).toBeLessThan(1e-5);
  });

  test('groups: the same prompt, rewards from their parts, advantages that add up to nothing', async () => {
    const shown = ofType((await run()).events, 'completions.sampled').filter(({ purpose }) => purpose === 'training');
    const groups = new Map<string, NonNullable<(typeof shown)[0]>['completions'][number][]>();
    for (const one of shown.flatMap(({ completions }) => completions))
      groups.set(one.rollout?.group ?? '', [...(groups.get(one.rollout?.group ?? '') ?? []), one]);
    expect(groups.size).toBe(8);
    for (const group of groups.values()) {
      expect(group).toHaveLength(4);
      expect(new Set(group.map(({ prompt }) => prompt)).size).toBe(1);
      expect(new Set(group.map(({ seed }) => seed)).size).toBe(4);
      const sum = group.reduce((total, { rollout }) => total + (rollout?.advantage ?? NaN), 0);
      expect(Math.abs(sum)).toBeLessThan(1e-9);
      for (const { rollout, verdict } of group) {
        expect(rollout?.rewards['correct']).toBe(verdict === 'correct' ? 1 : 0);
        const { correct = NaN, format = NaN } = rollout?.rewards ?? {};
        expect(rollout?.reward).toBeCloseTo(correct + 0.2 * format, 12);
        expect(rollout).toMatchObject({ weights: { correct: 1, format: 0.2 }, isLearned: true });
      }
      const rewards = group.map(({ rollout }) => rollout?.reward ?? NaN);
      const mean = rewards.reduce((total, reward) => total + reward, 0) / 4;
      const rewardStd = Math.sqrt(rewards.reduce((total, reward) => total + (reward - mean) ** 2, 0) / 3);
      for (const { rollout } of group) {
        expect(rollout?.siblings?.count).toBe(4);
        expect(rollout?.siblings?.meanReward).toBeCloseTo(mean, 12);
        expect(rollout?.siblings?.rewardStd).toBeCloseTo(rewardStd, 12);
      }
    }
  });

  test.each([
    { name: 'one policy alone', policy: {} },
    { name: 'held against a reference', policy: { beta: 0.05 } },
  ])('continued from a checkpoint it ends as if never stopped: $name', async ({ policy }) => {
    const whole = await run({ policy });
    const half = whole.saved[0]?.state;
    if (!half) throw new Error('Nothing was saved half way.');
    const rest = await run({ policy }, half);
    const told = ({ events }: typeof whole) =>
      ofType(events, 'step.finished')
        .filter(({ step }) => step > 2)
        .map(({ metrics }) => metrics);
    expect(told(rest)).toEqual(told(whole));
    expect(rest.saved.at(-1)?.state.weights).toEqual(whole.saved.at(-1)?.state.weights);
  });

  test('the divergence from the reference is nothing at first and grows', async () => {
    const metrics = metricsOf((await run({ policy: { beta: 0.05 } })).events);
    expect(Math.abs(metrics[0]?.['kl'] ?? NaN)).toBeLessThan(1e-6);
    expect(metrics.at(-1)?.['kl']).toBeGreaterThan(1e-5);
  });

  test('dynamic sampling leaves out groups that are rewarded alike, and asks for others', async () => {
    const { events } = await run({ rewards: {}, rollout: { ...tiny().rollout, dynamicSampling: true } });
    const shown = ofType(events, 'completions.sampled').filter(({ purpose }) => purpose === 'training');
    // Those that are learned from stand first; of the others a few are shown where there is room.
    for (const { completions } of shown) {
      const isAlike = completions.map(({ rollout }) => rollout?.advantage === 0);
      expect(isAlike).toEqual([...isAlike].sort((a, b) => Number(a) - Number(b)));
    }
    expect(metricsOf(events)[0]?.['frac_reward_zero_std']).toBeGreaterThan(0);
  });

  test('what was clipped of each shown completion adds up to the metric', async () => {
    const { events } = await run({
      // A ratio counts as clipped as soon as it moves: there is something to see in the second of two passes.
      policy: { epsilon: 0, numIterations: 2 },
      rewards: { correct: 0, overlong: 1, overlongShare: 1 },
      training: { maxSteps: 4, batchSize: 16, learningRate: 0.003 },
    });
    const shown = ofType(events, 'completions.sampled').filter(({ purpose }) => purpose === 'training');
    const learned = ofType(events, 'completions.learned');
    expect(learned.map(({ step }) => step)).toEqual([0, 2]);
    for (const [at, { completions }] of shown.entries()) {
      const tokens = completions.reduce((sum, one) => sum + one.tokens, 0);
      const clipped = completions.reduce((sum, one) => sum + (learned[at]?.clipped[one.id] ?? NaN) * one.tokens, 0);
      const shares = metricsOf(events)
        .slice(2 * at, 2 * at + 2)
        .map((one) => (one['clip_ratio/low_mean'] ?? NaN) + (one['clip_ratio/high_mean'] ?? NaN));
      expect(shares[1]).toBeGreaterThan(0.01);
      expect(clipped / tokens).toBeCloseTo(((shares[0] ?? NaN) + (shares[1] ?? NaN)) / 2, 6);
    }
  });

  test('of a cut completion that is masked, and of groups left out, it is told that nothing is learned', async () => {
    const { events } = await run({
      policy: { maskTruncatedCompletions: true },
      rollout: { ...tiny().rollout, maxNewTokens: 4 },
    });
    const shown = ofType(events, 'completions.sampled').filter(({ purpose }) => purpose === 'training');
    for (const { finishReason, rollout } of shown.flatMap(({ completions }) => completions))
      expect(rollout?.isLearned).toBe(finishReason === 'stop');
    const dynamic = await run({ rollout: { ...tiny().rollout, dynamicSampling: true } });
    const kept = ofType(dynamic.events, 'completions.sampled').filter(({ purpose }) => purpose === 'training');
    for (const { rollout } of kept.flatMap(({ completions }) => completions))
      expect(rollout?.isLearned).toBe(rollout?.siblings?.rewardStd !== 0);
  });

  test('a curriculum goes through the levels of the task, while its own level is measured', async () => {
    const curriculum: Input['curriculum'] = { order: 'easyFirst', levels: ['addition-2', 'addition-3'] };
    const { events } = await run({ curriculum });
    const shown = ofType(events, 'completions.sampled').filter(({ purpose }) => purpose === 'training');
    const levels = shown.map(({ completions }) => [...new Set(completions.map(({ rollout }) => rollout?.level))]);
    expect(levels).toEqual([['addition-2'], ['addition-3']]);
    expect(ofType(events, 'evaluation.finished')[0]?.benchmark).toBe('arithmetic/addition-2');
  });

  test('an alarm is announced once, also where the run goes on from a checkpoint', async () => {
    // Every completion is cut, and each step is a rollout: told after ten of them.
    const changes = {
      rollout: { ...tiny().rollout, maxNewTokens: 1 },
      training: { maxSteps: 22, batchSize: 16, learningRate: 0.003 },
      evaluation: { everySteps: 100, atStart: false, problems: 2, maxNewTokens: 4 },
      checkpoints: { everySteps: 6 },
    };
    const whole = await run(changes);
    const alarms = (events: readonly RunEvent[]): number[] =>
      events.flatMap((event, at) =>
        event.type === 'log.written' && event.message.includes('completions/clipped_ratio')
          ? [stepBefore(events, at)]
          : [],
      );
    expect(alarms(whole.events)).toEqual([10]);
    for (const [at, expected] of [
      [0, [10]],
      [1, []],
    ] as const) {
      const half = whole.saved[at]?.state;
      if (!half) throw new Error('Nothing was saved on the way.');
      // Killed a while after the checkpoint was written.
      const end = whole.events.findIndex((event) => event.type === 'step.finished' && event.step === half.step + 2);
      const made = scene(executor, structuredClone({ model, resume: half }));
      const deps = { ...made.deps, past: () => whole.events.slice(0, end + 1) };
      expect(alarms(await collect(grpo(tiny(changes), deps)))).toEqual(expected);
    }
  });

  test('adapters alone learn where the method says so', async () => {
    const { saved } = await run({ training: { maxSteps: 2, batchSize: 8, learningRate: 0.01, method: 'lora' } });
    const state = saved.at(-1)?.state;
    expect(Object.keys(state?.adapter?.weights ?? {}).length).toBeGreaterThan(0);
    expect(state?.weights['model.embed_tokens.weight']?.values).toEqual(
      model.weights['model.embed_tokens.weight']?.values,
    );
  });

  test('a stop while completions are sampled ends the run where the last rollout ended', async () => {
    const made = scene(executor, { model: structuredClone(model) });
    let sampling = 0;
    const events = await collect(grpo(tiny(), made.deps), (event) => {
      if (
        event.type === 'phase.changed' &&
        event.phase === 'sampling' &&
        event.detail === undefined &&
        ++sampling === 2
      )
        made.asked.push({ type: 'stop' });
    });
    expect(ofType(events, 'run.finished')).toEqual([{ type: 'run.finished', reason: 'stopped' }]);
    expect(made.saved.at(-1)).toMatchObject({ cause: 'stopping', state: { step: 2 } });
  });

  test('a checkpoint that is asked for while completions are sampled is saved before the next step', async () => {
    const made = scene(executor, { model: structuredClone(model) });
    const told: string[] = [];
    await collect(grpo(tiny(), made.deps), (event) => {
      if (event.type === 'phase.changed' && event.phase === 'sampling' && event.detail === undefined)
        made.asked.push({ type: 'saveCheckpoint' });
      if (event.type === 'step.finished') told.push(`step ${event.step}`);
      if (event.type === 'checkpoint.saved' && event.cause === 'asked') told.push('asked');
    });
    expect(told).toEqual(['asked', 'step 1', 'step 2', 'asked', 'step 3', 'step 4']);
  });

  test('log-probabilities are computed in smaller passes where memory runs out', async () => {
    const { config, weights } = model;
    const learned = modelOf(config);
    await allocateWeights(executor, learned, weights);
    const tokens = Array.from({ length: 5 }, (_, row) => [2 + row, 3, 4, 5, 6 + row]);
    const batch = batchOf(
      tokens.map((ids) => ({ tokens: ids, isLearned: () => true })),
      0,
    );
    const of = (device: Executor) =>
      new LogProbabilities({
        ...{
          executor: device,
          model: learned,
          temperature: 1,
          isReference: false,
          mostSequences: () => 8,
          mostShapes: 2,
        },
      });
    const small: Executor = Object.assign(Object.create(executor) as Executor, {
      compile: (program: Program) =>
        (program.inputs[0]?.shape[0] ?? 0) > 2
          ? Promise.reject(new ExecutorError('outOfMemory', 'Too much.', 'Take less.'))
          : executor.compile(program),
    });
    const [whole, parts] = [of(executor), of(small)];
    const found = await parts.of(batch);
    expect(found).toHaveLength(batch.size * batch.length);
    (await whole.of(batch)).forEach((value, i) => expect(found[i]).toBeCloseTo(value, 5));
    await whole.dispose();
    await parts.dispose();
  });

  test('defaults of its own hold key by key', () => {
    const { training } = tiny({ training: { maxSteps: 3 } });
    expect(training).toMatchObject({ learningRate: 1e-4, lrSchedulerType: 'constant', weightDecay: 0 });
  });

  test('learns: the reward of a few problems rises', async () => {
    const { events } = await run({
      data: { problems: 8 },
      rollout: { prompts: 8, numGenerations: 8, maxNewTokens: 24, batchSize: 64 },
      rewards: { correct: 0, format: 1 },
      training: { maxSteps: 30, batchSize: 64, learningRate: 0.01, lrSchedulerType: 'constant' },
      evaluation: { everySteps: 100, atStart: false, problems: 2, maxNewTokens: 8 },
    });
    const rewards = metricsOf(events).map(({ reward }) => reward ?? NaN);
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(rewards.slice(-5))).toBeGreaterThan(mean(rewards.slice(0, 5)) + 0.1);
  });
});
