/** Training in 16 bits: the scale of the loss, skipped steps, and what a continued run knows of them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Executor } from '../../../src/engine/executor.ts';
import { LossScale } from '../../../src/engine/recipes/lossScale.ts';
import { sft } from '../../../src/engine/recipes/sft.ts';
import type { RunEvent } from '../../../src/protocol/events.ts';
import { createOnnxExecutor } from '../../../src/trainer/executors/onnx.ts';
import { faulty, type Faults } from '../../support/faultyExecutor.ts';
import { collect, ofType, scene, tinyConfig } from './tinyRun.ts';

describe('the scale', () => {
  const settings = { initial: 64, growthInterval: 3 };

  test('halves at an overflow, doubles after so many good steps in a row', () => {
    const scale = new LossScale(true, {}, settings);
    const values = ['good', 'good', 'bad', 'good', 'good', 'good', 'good', 'good', 'good', 'bad'].map((step) => {
      if (step === 'good') scale.succeed();
      else expect(scale.skip()).toBe(true);
      return scale.value;
    });
    expect(values).toEqual([64, 64, 32, 32, 32, 64, 64, 64, 128, 64]);
    expect(scale.skippedSteps).toBe(2);
  });

  test('starts and grows as torch.amp.GradScaler does', () => {
    const scale = new LossScale(true);
    expect(scale.value).toBe(65_536);
    for (let step = 0; step < 1999; step++) scale.succeed();
    expect(scale.value).toBe(65_536);
    scale.succeed();
    expect(scale.value).toBe(131_072);
  });

  test('stays between 1 and 2^24; at 1 an overflow is not its fault', () => {
    const low = new LossScale(true, { lossScale: 2 });
    expect([low.skip(), low.value, low.skip(), low.value]).toEqual([true, 1, false, 1]);
    const high = new LossScale(true, { lossScale: 2 ** 24 }, { initial: 1, growthInterval: 1 });
    high.succeed();
    expect(high.value).toBe(2 ** 24);
  });

  test('goes on from what it told', () => {
    const scale = new LossScale(true, {}, settings);
    scale.succeed();
    scale.skip();
    scale.succeed();
    expect(scale.counters).toEqual({ lossScale: 32, goodSteps: 1, skippedSteps: 1 });
    const again = new LossScale(true, scale.counters, settings);
    for (const one of [scale, again]) for (let step = 0; step < 2; step++) one.succeed();
    expect([again.value, again.counters]).toEqual([64, scale.counters]);
  });

  test('in 32 bits does nothing, but remembers which steps were skipped before', () => {
    expect(new LossScale(false).counters).toEqual({});
    const later = new LossScale(false, { lossScale: 32, goodSteps: 1, skippedSteps: 3 });
    expect([later.value, later.skippedSteps, later.skip(), later.counters]).toEqual([1, 3, false, { skippedSteps: 3 }]);
  });
});

describe('a training in 16 bits', () => {
  let small: Executor;
  let full: Executor;
  beforeAll(async () => {
    small = await createOnnxExecutor({ threads: 1, precision: 'f16' });
    full = await createOnnxExecutor({ threads: 1 });
  });
  afterAll(async () => {
    await small.dispose();
    await full.dispose();
  });

  const config = (training: object = {}) =>
    tinyConfig({
      training: { maxSteps: 8, batchSize: 8, learningRate: 0.01, warmupRatio: 0.3, ...training },
      sampling: { everySteps: 100 },
      evaluation: { everySteps: 100, atStart: false, problems: 1, maxNewTokens: 2, batchSize: 1 },
    });
  const steps = (events: readonly RunEvent[]) => ofType(events, 'step.finished').map(({ metrics }) => metrics);
  const withFaults = (faults: Faults) => faulty(small, faults);

  test('has the losses of one in 32 bits within 1e-3, and tells its scale', async () => {
    const [half, whole] = [
      await collect(sft(config(), scene(small).deps)),
      await collect(sft(config(), scene(full).deps)),
    ];
    steps(half).forEach((metrics, i) => {
      expect(Math.abs((metrics['loss'] ?? NaN) / (steps(whole)[i]?.['loss'] ?? NaN) - 1)).toBeLessThan(1e-3);
      expect(metrics).toMatchObject({ loss_scale: 65_536, skipped_steps: 0 });
    });
    expect(steps(half).map(({ loss }) => loss)).not.toEqual(steps(whole).map(({ loss }) => loss));
    expect(steps(whole)[0]).not.toHaveProperty('loss_scale');
  });

  test('an overflow skips its step: weights and moments untouched, scale halved, told once, no update counted', async () => {
    const { executor, updates } = withFaults({ overflowAtUpdate: [3] });
    const story = scene(executor);
    const events = await collect(sft(config(), story.deps), (event) => {
      if (event.type === 'step.finished' && (event.step === 2 || event.step === 3))
        story.asked.push({ type: 'saveCheckpoint' });
    });
    expect(updates).toEqual([1, 2, 3, 4, 5, 6, 7]);
    const told = steps(events);
    expect(told.map((metrics) => metrics['loss_scale'])).toEqual([65_536, 65_536, 65_536, ...Array(5).fill(32_768)]);
    expect(told.map((metrics) => metrics['skipped_steps'])).toEqual([0, 0, 1, 1, 1, 1, 1, 1]);
    expect(told.map(({ grad_norm: norm }) => norm === null)).toEqual([false, false, true, ...Array(5).fill(false)]);
    expect(ofType(events, 'log.written').map(({ message }) => message)).toEqual([
      expect.stringMatching(/^Step 3 was skipped: at the loss scale 65536 .* the scale is 32768 now\.$/),
    ]);
    const [second, third] = story.saved.filter(({ cause }) => cause === 'asked').map(({ state }) => state);
    expect([second?.step, third?.step]).toEqual([2, 3]);
    expect(third?.weights).toEqual(second?.weights);
    expect(third?.optimizer).toEqual(second?.optimizer);
  });

  test('a continued run has the scale and the counts: bit for bit the uninterrupted one', async () => {
    const whole = scene(withFaults({ overflowAtUpdate: [2, 3] }).executor);
    await collect(sft(config(), whole.deps));
    const first = scene(withFaults({ overflowAtUpdate: [2, 3] }).executor);
    await collect(sft(config(), first.deps), (event) => {
      if (event.type === 'step.finished' && event.step === 4) first.asked.push({ type: 'stop' });
    });
    const left = first.saved.at(-1)?.state;
    expect(left).toMatchObject({ step: 4, counters: { lossScale: 16_384, goodSteps: 1, skippedSteps: 2 } });
    const second = scene(withFaults({}).executor, { resume: left ?? null });
    await collect(sft(config(), second.deps));
    expect(second.saved.at(-1)?.state).toEqual(whole.saved.at(-1)?.state);
  });

  test('continued in 32 bits, it counts the same updates', async () => {
    const first = scene(withFaults({ overflowAtUpdate: [2] }).executor);
    await collect(sft(config({ maxSteps: 4 }), first.deps));
    const { executor, updates } = faulty(full, {});
    const later = scene(executor, { resume: first.saved.at(-1)?.state ?? null });
    await collect(sft(config({ maxSteps: 6 }), later.deps));
    expect(updates).toEqual([4, 5]);
    expect(later.saved.at(-1)?.state.counters).toMatchObject({ skippedSteps: 1 });
  });

  test('gradients that overflow at any scale end the run in words, with the weights before them', async () => {
    const resume = scene(small);
    await collect(sft(config({ maxSteps: 1 }), resume.deps));
    const state = resume.saved.at(-1)?.state;
    if (!state) throw new Error('Nothing was saved.');
    const spent = { ...state, counters: { ...state.counters, lossScale: 2 } };
    const { deps } = scene(withFaults({ overflowAtUpdate: [1, 2] }).executor, { resume: spent });
    await expect(collect(sft(config(), deps))).rejects.toMatchObject({
      code: 'diverged',
      message: expect.stringContaining('The length of the gradient at step 3'),
      remedy: expect.stringContaining('Set training.precision to "float32"'),
    });
  });
});
