import { afterAll, describe, expect, test } from 'vitest';
import type { Executor } from '../../../src/engine/executor.ts';
import type { Model } from '../../../src/engine/families/family.ts';
import { firstMomentName, gradientName, secondMomentName } from '../../../src/engine/programs/names.ts';
import { allocateTraining, allocateWeights, readOptimizer, readWeights } from '../../../src/engine/programs/state.ts';
import { normProgram, Updater, updateProgram, type UpdateSettings } from '../../../src/engine/programs/update.ts';
import { record } from '../../../src/engine/graph/record.ts';
import { createOnnxExecutor } from '../../../src/trainer/executors/onnx.ts';
import { createReferenceExecutor } from '../../../src/trainer/executors/reference.ts';
import { interpret } from '../interpreter.ts';
import { expectClose, noise, someWeights, tinyModel } from '../support.ts';

const executors: readonly Executor[] = [await createOnnxExecutor({ threads: 1 }), await createReferenceExecutor()];
afterAll(async () => {
  for (const executor of executors) await executor.dispose();
});

const settings: UpdateSettings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1, maxGradNorm: 1e9 };

/** A model that is one number that decays and one that does not. */
const twoNumbers: Model = {
  ...tinyModel(),
  parameters: [
    { name: 'w', shape: [1], init: { kind: 'zeros' }, decay: true },
    { name: 'b', shape: [1], init: { kind: 'zeros' }, decay: false },
  ],
};
const start = { w: { shape: [1], values: Float32Array.of(1) }, b: { shape: [1], values: Float32Array.of(-2) } };

const step = async (
  executor: Executor,
  model: Model,
  of: UpdateSettings,
  at: number,
  learningRate = 0.1,
  lossScale = 1,
): Promise<number> => {
  const updater = await Updater.open(executor, model, of);
  const norm = await updater.run(at, learningRate, lossScale);
  await updater.dispose();
  return norm;
};

const one = async (executor: Executor, name: string): Promise<number> => (await executor.read(name))[0] ?? Number.NaN;

/** torch.optim.AdamW for one number, as its documentation writes it. */
const adamWByHand = (
  gradients: readonly number[],
  from: number,
  { beta1, beta2, epsilon, weightDecay }: UpdateSettings,
  learningRate: number,
): number => {
  let [weight, m, v] = [from, 0, 0];
  gradients.forEach((g, i) => {
    weight -= learningRate * weightDecay * weight;
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    const corrected = m / (1 - beta1 ** (i + 1));
    weight -= (learningRate * corrected) / (Math.sqrt(v / (1 - beta2 ** (i + 1))) + epsilon);
  });
  return weight;
};

/** Numbers like those of a backward pass. */
const gradientsOf = (model: Model) =>
  model.parameters.map(({ name, shape }, i) => ({
    name,
    shape,
    values: noise(
      100 + i,
      shape.reduce((a, b) => a * b, 1),
    ),
  }));

/** A step in the middle of a training: what goes in, and what the recorded program makes of it in float64. */
const inFloat64 = (model: Model, of: UpdateSettings, at: number) => {
  const weights = someWeights(model);
  const state = Object.fromEntries(
    gradientsOf(model).flatMap(({ name, shape, values }, i) => [
      [name, { shape, values: weights[name]?.values ?? values }],
      [gradientName(name), { shape, values: values.map((x) => (of.isScaled ? x * 1024 : x)) }],
      [firstMomentName(name), { shape, values: noise(200 + i, values.length, 0.1) }],
      [secondMomentName(name), { shape, values: noise(300 + i, values.length, 0.01).map(Math.abs) }],
    ]),
  );
  const shapes = Object.fromEntries(Object.entries(state).map(([name, { shape }]) => [name, shape]));
  const values = Object.fromEntries(Object.entries(state).map(([name, array]) => [name, array.values]));
  const norm = interpret(record(normProgram(model, of.maxGradNorm, of.isScaled), shapes), {
    ...values,
    ...(of.isScaled && { loss_scale: [1024] }),
  });
  const inputs = { learning_rate: [0.01], step: [at], clip_factor: norm['clip_factor'] ?? [] };
  const updated = [true, false].map((isDecaying) =>
    interpret(record(updateProgram(model, of, isDecaying), shapes), { ...values, ...inputs }),
  );
  return { state, outputs: Object.assign(norm, ...updated) as Record<string, Float64Array> };
};

test.each([false, true])(
  'the recorded update in float64 is clip_grad_norm_ and AdamW as PyTorch documents them, within 1e-6 (loss scale: %s)',
  (isScaled) => {
    const model = tinyModel();
    const of = { ...settings, maxGradNorm: 0.5, isScaled };
    const at = 7;
    const { state, outputs } = inFloat64(model, of, at);
    const gradients = gradientsOf(model);
    const norm = Math.sqrt(gradients.flatMap(({ values }) => [...values]).reduce((sum, x) => sum + x * x, 0));
    expectClose(outputs['grad_norm'] ?? [], [norm], 1e-6);
    const factor = Math.min(1, of.maxGradNorm / (norm + 1e-6));
    model.parameters.forEach(({ name, decay }, p) => {
      const [weight, m, v] = [name, firstMomentName(name), secondMomentName(name)].map(
        (key) => state[key]?.values ?? [],
      );
      const expected = Array.from(weight ?? [], (w, i) => {
        const g = (gradients[p]?.values[i] ?? NaN) * factor;
        const [m1, v1] = [
          of.beta1 * (m?.[i] ?? NaN) + (1 - of.beta1) * g,
          of.beta2 * (v?.[i] ?? NaN) + (1 - of.beta2) * g * g,
        ];
        const kept = w * (1 - (decay ? 0.01 * of.weightDecay : 0));
        return kept - (0.01 * (m1 / (1 - of.beta1 ** at))) / (Math.sqrt(v1 / (1 - of.beta2 ** at)) + of.epsilon);
      });
      expectClose(outputs[name] ?? [], expected, 1e-6);
    });
  },
);

describe.each(executors)('Updater on $identity.executor', (executor) => {
  test('takes the first step as computed by hand: the sign of the gradient times the rate, after decay', async () => {
    await allocateWeights(executor, twoNumbers, start);
    await allocateTraining(executor, twoNumbers);
    await executor.allocate(gradientName('w'), [1], Float32Array.of(3));
    await executor.allocate(gradientName('b'), [1], Float32Array.of(-4));
    expect(await step(executor, twoNumbers, settings, 1)).toBeCloseTo(5, 6);
    expect(await one(executor, 'w')).toBeCloseTo(1 - 0.1 * 0.1 * 1 - 0.1, 6);
    expect(await one(executor, 'b')).toBeCloseTo(-2 + 0.1, 6);
    expect(await one(executor, firstMomentName('w'))).toBeCloseTo(0.3, 6);
    expect(await one(executor, secondMomentName('w'))).toBeCloseTo(0.009, 6);
  });

  test("follows PyTorch's formula over 30 steps within 1e-6", async () => {
    await allocateWeights(executor, twoNumbers, start);
    await allocateTraining(executor, twoNumbers);
    const [ofW, ofB] = [Array.from(noise(1, 30)), Array.from(noise(2, 30, 1e-3))];
    for (let i = 0; i < 30; i++) {
      await executor.allocate(gradientName('w'), [1], Float32Array.of(ofW[i] ?? 0));
      await executor.allocate(gradientName('b'), [1], Float32Array.of(ofB[i] ?? 0));
      await step(executor, twoNumbers, settings, i + 1, 0.01);
    }
    expectClose([await one(executor, 'w')], [adamWByHand(ofW, 1, settings, 0.01)], 1e-6);
    expectClose([await one(executor, 'b')], [adamWByHand(ofB, -2, { ...settings, weightDecay: 0 }, 0.01)], 1e-6);
  });

  test('shortens long gradients to the limit as clip_grad_norm_ does and leaves short ones', async () => {
    const moments = async (maxGradNorm: number): Promise<number> => {
      await allocateWeights(executor, twoNumbers, start);
      await allocateTraining(executor, twoNumbers);
      await executor.allocate(gradientName('w'), [1], Float32Array.of(3));
      await executor.allocate(gradientName('b'), [1], Float32Array.of(4));
      expect(await step(executor, twoNumbers, { ...settings, maxGradNorm }, 1)).toBeCloseTo(5, 5);
      return one(executor, firstMomentName('w'));
    };
    expect(await moments(0.5)).toBeCloseTo((0.1 * 3 * 0.5) / (5 + 1e-6), 7);
    expect(await moments(50)).toBeCloseTo(0.1 * 3, 7);
  });

  test('takes a loss scale off: gradients times 2^16 and that scale make the same step', async () => {
    const model = tinyModel();
    const scale = 2 ** 16;
    const after = async (factor: number) => {
      await allocateWeights(executor, model, someWeights(model));
      await allocateTraining(executor, model);
      for (const { name, values, shape } of gradientsOf(model))
        await executor.allocate(
          gradientName(name),
          shape,
          values.map((x) => x * factor),
        );
      const isScaled = factor !== 1;
      const norm = [await step(executor, model, { ...settings, maxGradNorm: 0.5, isScaled }, 1, 0.1, factor)];
      return { norm, weights: await readWeights(executor, model), moments: await readOptimizer(executor, model) };
    };
    const [bare, scaled] = [await after(1), await after(scale)];
    expectClose(scaled.norm, bare.norm, 1e-6);
    for (const kind of ['weights', 'moments'] as const)
      for (const [name, { values }] of Object.entries(bare[kind]))
        expectClose(scaled[kind][name]?.values ?? [], values, 1e-6);
  });

  test.each([false, true])('is the step of its recording in float64 within 1e-5 (loss scale: %s)', async (isScaled) => {
    const model = tinyModel();
    const of = { ...settings, maxGradNorm: 0.5, isScaled };
    const exact = inFloat64(model, of, 7);
    await allocateWeights(executor, model, someWeights(model));
    await allocateTraining(executor, model);
    for (const [name, { values, shape }] of Object.entries(exact.state)) await executor.allocate(name, shape, values);
    await step(executor, model, of, 7, 0.01, isScaled ? 1024 : 1);
    for (const name of Object.keys(exact.outputs))
      if (executor.has(name)) expectClose(await executor.read(name), exact.outputs[name] ?? [], 1e-5);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('changes nothing where a gradient holds %s', async (broken) => {
    const model = tinyModel();
    await allocateWeights(executor, model, someWeights(model));
    await allocateTraining(executor, model);
    const [{ name, shape } = { name: '', shape: [] }] = model.parameters;
    const gradient = noise(
      1,
      shape.reduce((a, b) => a * b, 1),
    );
    gradient[3] = broken;
    await executor.allocate(gradientName(name), shape, gradient);
    const before = [await readWeights(executor, model), await readOptimizer(executor, model)];
    expect(Number.isFinite(await step(executor, model, settings, 1))).toBe(false);
    expect([await readWeights(executor, model), await readOptimizer(executor, model)]).toEqual(before);
  });
});
