import { afterAll, describe, expect, test } from 'vitest';
import type { Executor, Values } from '../../../src/engine/executor.ts';
import type { Model } from '../../../src/engine/families/family.ts';
import { parameterCount, trainedParameters } from '../../../src/engine/families/index.ts';
import { adaptedWeights, adapterNames, savedAdapted, withAdapters } from '../../../src/engine/families/lora.ts';
import { record } from '../../../src/engine/graph/record.ts';
import { IGNORED } from '../../../src/engine/nn/crossEntropy.ts';
import { decodeProgram } from '../../../src/engine/programs/decode.ts';
import { gradientsProgram } from '../../../src/engine/programs/gradients.ts';
import { logitsProgram } from '../../../src/engine/programs/logits.ts';
import { firstMomentName, gradientName, secondMomentName } from '../../../src/engine/programs/names.ts';
import {
  allocateCache,
  allocateTraining,
  allocateWeights,
  readOptimizer,
  readWeights,
} from '../../../src/engine/programs/state.ts';
import { Updater } from '../../../src/engine/programs/update.ts';
import { newWeights } from '../../../src/engine/recipes/startingPoint.ts';
import { createOnnxExecutor } from '../../../src/trainer/executors/onnx.ts';
import { createReferenceExecutor } from '../../../src/trainer/executors/reference.ts';
import { centralDifference, interpret } from '../interpreter.ts';
import { expectClose, runOnce, someWeights, tinyModel, tokens } from '../support.ts';
import type { NamedArrays } from '../../../src/protocol/savedState.ts';

const executors: readonly Executor[] = [await createOnnxExecutor({ threads: 1 }), await createReferenceExecutor()];
afterAll(async () => {
  for (const executor of executors) await executor.dispose();
});

const ALL = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const;
const lora = { rank: 3, alpha: 5, targetModules: [...ALL] };
const base = tinyModel();
const model = withAdapters(base, lora);
const [batch, length] = [2, 5];
const ids = tokens(batch * length, base.vocabSize);
const labels = tokens(batch * length, base.vocabSize, 3).map((label, i) => (i % 3 === 0 ? IGNORED : label));
const inputs: Record<string, Values> = {
  input_ids: ids,
  labels,
  loss_scale: Float32Array.of(0.2),
};

const logitsOf = async (executor: Executor, of: Model, weights: NamedArrays): Promise<Float32Array> => {
  await allocateWeights(executor, of, weights);
  const { logits } = await runOnce(executor, logitsProgram(of, batch, length), { input_ids: ids });
  return logits ?? new Float32Array();
};

const baseOf = (weights: NamedArrays): NamedArrays =>
  Object.fromEntries(Object.entries(weights).filter(([name]) => !name.includes('.lora_')));

test('a fresh adapter starts as PEFT says, by seed and name alone, and changes no score', async () => {
  const fresh = newWeights({ parameters: trainedParameters(model) }, 7);
  expect(fresh).toEqual(newWeights({ parameters: trainedParameters(model).toReversed() }, 7));
  for (const { name, shape } of trainedParameters(model)) {
    const values = [...(fresh[name]?.values ?? [])];
    const [, from = 0] = shape;
    if (name.includes('lora_B')) expect(new Set(values)).toEqual(new Set([0]));
    else {
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(from));
      expect(Math.max(...values.map(Math.abs))).toBeGreaterThan(0.5 / Math.sqrt(from));
    }
  }
  for (const executor of executors) {
    const plain = await logitsOf(executor, base, someWeights(base));
    expect(await logitsOf(executor, model, { ...someWeights(base), ...fresh })).toEqual(plain);
  }
});

test('targets are named by module: shapes, counts and what is frozen', () => {
  const some = withAdapters(base, { rank: 2, alpha: 2, targetModules: ['k_proj', 'down_proj'] });
  // hidden 16, two key/value heads of 4, feed-forward 24, two layers
  expect(parameterCount(some)).toBe(2 * (2 * (16 + 8) + 2 * (24 + 16)));
  const { a, b } = adapterNames('model.layers.1.self_attn.k_proj.weight');
  expect(trainedParameters(some).map(({ name }) => name)).toEqual(expect.arrayContaining([a, b]));
  expect(trainedParameters(some)).toHaveLength(2 * 2 * 2);
  expect(some.parameters.filter(({ isFrozen }) => isFrozen).map(({ name }) => name)).toEqual(
    base.parameters.map(({ name }) => name),
  );
  expect(() => withAdapters({ ...base, parameters: [] }, lora)).toThrow(/No matrix of this decoder model is named/);
});

describe.each(executors)('on $identity.executor', (executor) => {
  test('the merged model equals the unmerged one within 1e-5', async () => {
    const weights = someWeights(model);
    const unmerged = await logitsOf(executor, model, weights);
    const merged = await logitsOf(executor, base, savedAdapted(model.adapters!, weights, null).weights);
    expectClose(merged, unmerged, 1e-5);
    // The adapters matter here, so the comparison does too.
    const plain = await logitsOf(executor, base, baseOf(weights));
    expect(() => expectClose(plain, unmerged, 1e-2)).toThrow();
  });

  test('decoding with adapters equals decoding the merged model within 1e-5', async () => {
    const weights = someWeights(model);
    const last = async (of: Model, given: NamedArrays): Promise<Float32Array> => {
      await allocateWeights(executor, of, given);
      await allocateCache(executor, of, 1, length);
      const program = await executor.compile(decodeProgram(of, 1, length));
      let logits: Float32Array | undefined;
      for (let t = 0; t < length; t++)
        ({ logits } = await program.run({ ids: ids.slice(t, t + 1), positions: Int32Array.of(t) }));
      await program.dispose();
      return logits ?? new Float32Array();
    };
    const merged = await last(base, savedAdapted(model.adapters!, weights, null).weights);
    expectClose(await last(model, weights), merged, 1e-5);
  });

  test('training moves the adapters and no bit of the frozen weights, which have neither gradient nor moments', async () => {
    const fresh = await (executor.identity.executor === 'onnx'
      ? createOnnxExecutor({ threads: 1 })
      : createReferenceExecutor());
    const weights = { ...someWeights(base), ...newWeights({ parameters: trainedParameters(model) }, 1) };
    await allocateWeights(fresh, model, weights);
    await allocateTraining(fresh, model);
    expect(fresh.handles()).toBe(model.parameters.length + 3 * trainedParameters(model).length);
    for (const { name } of base.parameters)
      for (const state of [gradientName(name), firstMomentName(name), secondMomentName(name)])
        expect(fresh.has(state)).toBe(false);
    const settings = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.01, maxGradNorm: 1 };
    const losses: number[] = [];
    for (let step = 1; step <= 12; step++) {
      const { loss } = await runOnce(fresh, gradientsProgram(model, batch, length), inputs);
      losses.push(loss?.[0] ?? Number.NaN);
      const updater = await Updater.open(fresh, model, settings);
      await updater.run(step, 0.05);
      await updater.dispose();
    }
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) / 2);
    const after = await readWeights(fresh, model);
    expect(baseOf(after)).toEqual(someWeights(base));
    const still = trainedParameters(model).filter(
      ({ name }) => String(after[name]?.values) === String(weights[name]?.values),
    );
    expect(still).toEqual([]);
    expect(Object.keys(await readOptimizer(fresh, model))).toHaveLength(2 * trainedParameters(model).length);
    await fresh.dispose();
  });
});

test('the gradients of A and B equal central differences (step 1e-5, float64, within 1e-6)', () => {
  const small = tinyModel({
    hiddenSize: 8,
    numHiddenLayers: 1,
    numAttentionHeads: 2,
    numKeyValueHeads: 1,
    intermediateSize: 6,
  });
  const adapted = withAdapters(small, { ...lora, rank: 2 });
  const weights = someWeights(adapted);
  const trained = trainedParameters(adapted);
  const state = Object.fromEntries([
    ...adapted.parameters.map(({ name, shape }) => [name, shape] as const),
    ...trained.map(({ name, shape }) => [gradientName(name), shape] as const),
  ]);
  const graph = record(gradientsProgram(adapted, batch, length), state);
  const fed: Record<string, ArrayLike<number>> = { ...inputs };
  for (const [name, { values }] of Object.entries(weights)) fed[name] = values;
  for (const { name } of trained) fed[gradientName(name)] = weights[name]?.values ?? [];
  const analytic = interpret(graph, fed);
  expect(Object.keys(analytic)).toHaveLength(trained.length + 1);
  for (const { name } of trained) {
    const values = weights[name]?.values ?? new Float32Array();
    const loss = (changed: Float64Array): number =>
      interpret(graph, { ...fed, [name]: changed }, ['loss'])['loss']?.[0] ?? Number.NaN;
    const checked = Array.from({ length: 4 }, (_, i) => Math.floor((i * values.length) / 4));
    expectClose(
      checked.map((i) => analytic[gradientName(name)]?.[i] ?? Number.NaN),
      checked.map((i) => centralDifference(loss, values, i)),
      1e-6,
    );
  }
});

test('what is saved has the names of PEFT, and comes back bit for bit', () => {
  const weights = someWeights(model);
  const { weights: merged, adapter } = savedAdapted(model.adapters!, weights, '../runs/base');
  expect(Object.keys(merged).toSorted()).toEqual(base.parameters.map(({ name }) => name).toSorted());
  expect(adapter.config).toMatchObject({
    peft_type: 'LORA',
    r: 3,
    lora_alpha: 5,
    target_modules: ALL,
    base_model_name_or_path: '../runs/base',
  });
  expect(adapter.weights['base_model.model.model.layers.1.mlp.up_proj.lora_A.weight']?.shape).toEqual([3, 16]);
  expect(adapter.weights['base_model.model.model.layers.1.mlp.up_proj.lora_B.weight']?.shape).toEqual([24, 3]);
  expect(adaptedWeights(merged, adapter)).toEqual(weights);
});
