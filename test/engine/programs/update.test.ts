import { afterAll, describe, expect, test } from 'vitest';
import type { Executor } from '../../../src/engine/executor.ts';
import type { Model } from '../../../src/engine/families/family.ts';
import { firstMomentName, gradientName, secondMomentName } from '../../../src/engine/programs/names.ts';
import { allocateTraining, allocateWeights, readOptimizer, readWeights } from '../../../src/engine/programs/state.ts';
import { Updater, type UpdateSettings } from '../../../src/engine/programs/update.ts';
import { createOnnxExecutor } from '../../../src/trainer/executors/onnx.ts';
import { createReferenceExecutor } from '../../../src/trainer/executors/reference.ts';
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
): Promise<number> => {
  const updater = await Updater.open(executor, model, of);
  const norm = await updater.run(at, learningRate);
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
