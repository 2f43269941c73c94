import { afterAll, describe, test } from 'vitest';
import type { Executor, Values } from '../../../src/engine/executor.ts';
import { record } from '../../../src/engine/graph/record.ts';
import { IGNORED } from '../../../src/engine/nn/crossEntropy.ts';
import { gradientsProgram } from '../../../src/engine/programs/gradients.ts';
import { logitsProgram } from '../../../src/engine/programs/logits.ts';
import { gradientName } from '../../../src/engine/programs/names.ts';
import { allocateTraining, allocateWeights } from '../../../src/engine/programs/state.ts';
import { createOnnxExecutor } from '../../../src/trainer/executors/onnx.ts';
import { createReferenceExecutor } from '../../../src/trainer/executors/reference.ts';
import { centralDifference, interpret } from '../interpreter.ts';
import { expectClose, runOnce, someWeights, tinyModel, tokens } from '../support.ts';

const executors: readonly Executor[] = [await createOnnxExecutor({ threads: 1 }), await createReferenceExecutor()];
afterAll(async () => {
  for (const executor of executors) await executor.dispose();
});

const model = tinyModel();
const [batch, length] = [2, 5];
const ids = tokens(batch * length, model.vocabSize);
const labels = tokens(batch * length, model.vocabSize, 3).map((label, i) => (i % 3 === 0 ? IGNORED : label));
const labelled = labels.filter((label) => label >= 0).length;
const inputs = (accumulate: 0 | 1 = 0, scale = 1 / labelled): Record<string, Values> => ({
  input_ids: ids,
  labels,
  loss_scale: Float32Array.of(scale),
  accumulate: Float32Array.of(accumulate),
});
const weightNames = model.parameters.map(({ name }) => name);

const prepare = async (executor: Executor): Promise<void> => {
  await allocateWeights(executor, model, someWeights(model));
  await allocateTraining(executor, model);
};

const gradientsOf = async (executor: Executor): Promise<Record<string, Float32Array>> =>
  Object.fromEntries(
    await Promise.all(weightNames.map(async (name) => [name, await executor.read(gradientName(name))] as const)),
  );

describe('gradientsProgram', () => {
  test.each([
    ['whole', {}],
    ['blocks computed again, logits a row at a time', { isRecomputed: true, mostLogits: 1 }],
  ] as const)(
    '%s: equals central differences of the whole decoder loss (step 1e-5, float64, within 1e-6)',
    (_, settings) => {
      const small = tinyModel({
        hiddenSize: 8,
        numHiddenLayers: 1,
        numAttentionHeads: 2,
        numKeyValueHeads: 1,
        intermediateSize: 6,
      });
      const weights = someWeights(small);
      const state = Object.fromEntries(
        small.parameters.flatMap(({ name, shape }) => [
          [name, shape],
          [gradientName(name), shape],
        ]),
      );
      const graph = record(gradientsProgram(small, batch, length, settings), state);
      const fed: Record<string, ArrayLike<number>> = { ...inputs() };
      for (const [name, { values }] of Object.entries(weights)) {
        fed[name] = values;
        fed[gradientName(name)] = values;
      }
      const analytic = interpret(graph, fed);
      for (const [name, { values }] of Object.entries(weights)) {
        const loss = (changed: Float64Array): number =>
          interpret(graph, { ...fed, [name]: changed }, ['loss'])['loss']?.[0] ?? Number.NaN;
        const checked = Array.from({ length: 6 }, (_, i) => Math.floor((i * values.length) / 6));
        const differences = checked.map((i) => centralDifference(loss, values, i));
        expectClose(
          checked.map((i) => analytic[gradientName(name)]?.[i] ?? Number.NaN),
          differences,
          1e-6,
        );
      }
    },
  );

  test('ONNX Runtime and the reference agree within 1e-5 on the loss and on every gradient', async () => {
    const results = [];
    for (const executor of executors) {
      await prepare(executor);
      const { loss } = await runOnce(executor, gradientsProgram(model, batch, length), inputs());
      results.push({ loss: loss ?? [], gradients: await gradientsOf(executor) });
    }
    const [fast, truth] = results;
    expectClose(fast?.loss ?? [], truth?.loss ?? [], 1e-5);
    for (const name of weightNames) expectClose(fast?.gradients[name] ?? [], truth?.gradients[name] ?? [], 1e-5);
  });

  test.each(executors)(
    '$identity.executor: the loss is the mean of the labelled tokens, computed by hand from the logits',
    async (executor) => {
      await prepare(executor);
      const { loss } = await runOnce(executor, gradientsProgram(model, batch, length), inputs());
      const { logits = new Float32Array() } = await runOnce(executor, logitsProgram(model, batch, length), {
        input_ids: ids,
      });
      let sum = 0;
      labels.forEach((label, row) => {
        if (label < 0) return;
        const scores = Array.from(logits.subarray(row * model.vocabSize, (row + 1) * model.vocabSize));
        sum += Math.log(scores.reduce((total, x) => total + Math.exp(x), 0)) - (scores[label] ?? 0);
      });
      expectClose(loss ?? [], [sum / labelled], 1e-5);
    },
  );

  test.each(executors)(
    '$identity.executor: passes add up where asked, and start afresh even over what is not a number',
    async (executor) => {
      await prepare(executor);
      const compiled = await executor.compile(gradientsProgram(model, batch, length, { isAdding: true }));
      for (const { name, shape } of model.parameters) {
        const broken = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(Number.NaN);
        await executor.allocate(gradientName(name), shape, broken);
      }
      await compiled.run(inputs(0));
      const once = await gradientsOf(executor);
      await compiled.run(inputs(1));
      const twice = await gradientsOf(executor);
      for (const name of weightNames)
        expectClose(
          twice[name] ?? [],
          (once[name] ?? new Float32Array()).map((x) => 2 * x),
          1e-6,
        );
      await compiled.dispose();
    },
  );

  test('padding on the right changes no gradient', async () => {
    const [executor] = executors;
    if (!executor) throw new Error('No executor.');
    await prepare(executor);
    await runOnce(executor, gradientsProgram(model, batch, length), inputs());
    const narrow = await gradientsOf(executor);
    const longer = length + 3;
    const widen = (values: Int32Array, filler: number): Int32Array =>
      Int32Array.from({ length: batch * longer }, (_, i) =>
        i % longer < length ? (values[Math.floor(i / longer) * length + (i % longer)] ?? 0) : filler,
      );
    const padded = { ...inputs(), input_ids: widen(ids, 1), labels: widen(labels, IGNORED) };
    await runOnce(executor, gradientsProgram(model, batch, longer), padded);
    const wide = await gradientsOf(executor);
    for (const name of weightNames) expectClose(wide[name] ?? [], narrow[name] ?? [], 1e-5);
  });
});
