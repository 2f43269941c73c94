import { afterAll, describe, expect, test } from 'vitest';
import type { Executor, Values } from '../../../src/engine/executor.ts';
import type { Model } from '../../../src/engine/families/family.ts';
import { trainedParameters } from '../../../src/engine/families/index.ts';
import { withAdapters } from '../../../src/engine/families/lora.ts';
import { peakBytes } from '../../../src/engine/graph/liveness.ts';
import { record } from '../../../src/engine/graph/record.ts';
import { IGNORED } from '../../../src/engine/nn/crossEntropy.ts';
import { gradientsProgram } from '../../../src/engine/programs/gradients.ts';
import type { LossSettings } from '../../../src/engine/programs/languageLoss.ts';
import { gradientName } from '../../../src/engine/programs/names.ts';
import { allocateTraining, allocateWeights } from '../../../src/engine/programs/state.ts';
import { createOnnxExecutor } from '../../../src/trainer/executors/onnx.ts';
import { createReferenceExecutor } from '../../../src/trainer/executors/reference.ts';
import { expectClose, runOnce, someWeights, tinyModel, tokens } from '../support.ts';

const executors: readonly Executor[] = [await createOnnxExecutor({ threads: 1 }), await createReferenceExecutor()];
afterAll(async () => {
  for (const executor of executors) await executor.dispose();
});

const [batch, length] = [2, 6];
const plain = tinyModel();
const adapted = withAdapters(plain, { rank: 2, alpha: 4, targetModules: ['q_proj', 'up_proj'] });
const labels = tokens(batch * length, plain.vocabSize, 3).map((label, i) => (i % 4 === 0 ? IGNORED : label));
const inputs: Record<string, Values> = {
  input_ids: tokens(batch * length, plain.vocabSize),
  labels,
  loss_scale: Float32Array.of(0.1),
};

const resultOf = async (executor: Executor, model: Model, settings: LossSettings) => {
  await allocateWeights(executor, model, someWeights(model));
  await allocateTraining(executor, model);
  const { loss = new Float32Array() } = await runOnce(
    executor,
    gradientsProgram(model, batch, length, settings),
    inputs,
  );
  const gradients = new Map<string, Float32Array>();
  for (const { name } of trainedParameters(model)) gradients.set(name, await executor.read(gradientName(name)));
  return { loss, gradients };
};

const settings: readonly (readonly [string, LossSettings])[] = [
  ['blocks computed again', { isRecomputed: true }],
  ['logits in chunks of five rows, the last of two', { mostLogits: 5 * plain.vocabSize }],
  ['both, a row at a time', { isRecomputed: true, mostLogits: 1 }],
];
const models = [
  ['all weights', plain],
  ['adapters', adapted],
] as const;
const cases = executors.flatMap((executor) =>
  models.flatMap(([of, model]) => settings.map(([name, setting]) => ({ executor, of, model, name, setting }))),
);

test.each(cases)(
  '$executor.identity.executor, $of, $name: the same loss and gradients within 1e-5',
  async ({ executor, model, setting }) => {
    const truth = await resultOf(executor, model, {});
    const { loss, gradients } = await resultOf(executor, model, setting);
    expectClose(loss, truth.loss, 1e-5);
    expect([...gradients.keys()]).toEqual([...truth.gradients.keys()]);
    for (const [name, gradient] of gradients) expectClose(gradient, truth.gradients.get(name) ?? [], 1e-5);
  },
);

test.each(executors)('$identity.executor: leaves as many tensors as the plain loss', async (executor) => {
  const before = executor.handles();
  await resultOf(executor, plain, { isRecomputed: true, mostLogits: 1 });
  const after = executor.handles();
  await resultOf(executor, plain, { isRecomputed: true, mostLogits: 1 });
  expect(executor.handles()).toBe(after);
  expect(after).toBeGreaterThanOrEqual(before);
});

describe('the recorded graph', () => {
  const peakOf = (model: Model, rows: number, columns: number, setting: LossSettings): number => {
    const state = [
      ...model.parameters.map(({ name, shape }) => [name, shape] as const),
      ...model.parameters.map(({ name, shape }) => [gradientName(name), shape] as const),
    ];
    return peakBytes(record(gradientsProgram(model, rows, columns, setting), Object.fromEntries(state)));
  };

  test('needs less than half the memory with six blocks computed again', () => {
    const deep = tinyModel({ numHiddenLayers: 6, maxPositionEmbeddings: 64 });
    expect(peakOf(deep, 8, 64, { isRecomputed: true })).toBeLessThan(peakOf(deep, 8, 64, {}) / 2);
  });

  test('never holds all logits of a large vocabulary', () => {
    const wordy = tinyModel({ numHiddenLayers: 1, maxPositionEmbeddings: 64 }, 3000);
    const whole = 4 * 8 * 64 * 3000;
    expect(peakOf(wordy, 8, 64, {})).toBeGreaterThan(whole);
    expect(peakOf(wordy, 8, 64, { mostLogits: 32 * 3000 })).toBeLessThan(whole / 2);
  });
});
