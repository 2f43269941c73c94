/**
 * This project's engine in a process of its own (serve.ts says how it is asked). Arguments: `cpu`, `webgpu`, `webgpu16` (training passes in 16 bits) or `tensorflow`, and the spec as JSON; or
 * `inputs` and the spec, which writes the weights and tokens that all engines start from and ends.
 */
import { decoderModelConfig } from '../src/engine/families/decoder.ts';
import { modelOf } from '../src/engine/families/index.ts';
import type { Model } from '../src/engine/families/family.ts';
import type { Executor } from '../src/engine/executor.ts';
import { Decoder } from '../src/engine/generation/decoder.ts';
import { generate } from '../src/engine/generation/generate.ts';
import type { GenerationRequest } from '../src/engine/generation/sequence.ts';
import { gradientsProgram } from '../src/engine/programs/gradients.ts';
import { allocateTraining, allocateWeights } from '../src/engine/programs/state.ts';
import { Updater } from '../src/engine/programs/update.ts';
import { passSizeOf } from '../src/engine/recipes/learner.ts';
import { LossScale } from '../src/engine/recipes/lossScale.ts';
import { microBatches } from '../src/engine/recipes/microBatch.ts';
import * as tf from '../src/engine/tf.ts';
import { english } from '../src/protocol/sentence.ts';
import { findAdapter } from '../src/trainer/executors/findAdapter.ts';
import { createOnnxExecutor } from '../src/trainer/executors/onnx.ts';
import { createTensorflowExecutor } from '../src/trainer/executors/tensorflow.ts';
import { readTokens, readWeights, writeInputs } from './inputFiles.ts';
import { serve, type Served } from './serve.ts';
import type { Spec } from './shapes.ts';

const benchModel = (spec: Spec): Model =>
  modelOf(
    decoderModelConfig(
      {
        family: 'decoder',
        hiddenSize: spec.hiddenSize,
        numHiddenLayers: spec.layers,
        numAttentionHeads: spec.heads,
        numKeyValueHeads: spec.keyValueHeads ?? spec.heads,
        intermediateSize: spec.intermediateSize,
        maxPositionEmbeddings: spec.length,
        ropeTheta: 10_000,
        partialRotaryFactor: 1,
        rmsNormEps: 1e-5,
        initializerRange: 0.02,
      },
      spec.vocabSize,
    ),
  );

/** Forward, backward, clipping and AdamW on the same batch again and again, in the passes that a run takes; in 16 bits with its loss scale. */
const steps = async (executor: Executor, model: Model, spec: Spec): Promise<Served> => {
  const { batch, length } = spec;
  await allocateTraining(executor, model);
  const size = passSizeOf(executor, { size: batch, length }, batch);
  const isAdding = size < batch;
  const scale = new LossScale(executor.identity.precision === 'f16');
  const precision = scale.isOn ? ({ precision: 'float16' } as const) : {};
  const gradients = await executor.compile(gradientsProgram(model, size, length, { isAdding, ...precision }));
  const settings = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.01, maxGradNorm: 1, isScaled: scale.isOn };
  const updater = await Updater.open(executor, model, settings);
  const { ids, labels } = readTokens(spec, spec);
  const losses: number[] = [];
  const round = async (): Promise<number> => {
    let sum = 0;
    for (const [i, part] of microBatches({ size: batch, length, inputIds: ids, labels }, size).entries()) {
      const { loss } = await gradients.run({
        input_ids: part.inputIds,
        labels: part.labels,
        loss_scale: Float32Array.of(scale.value / ids.length),
        ...(isAdding && { accumulate: Float32Array.of(i === 0 ? 0 : 1) }),
      });
      sum += loss?.[0] ?? Number.NaN;
    }
    const norm = await updater.run(losses.length + 1, 1e-3, scale.value);
    if (Number.isFinite(norm)) losses.push(sum / scale.value);
    else if (!scale.skip()) throw new Error(`The gradients of step ${losses.length + 1} are not finite.`);
    return batch * length;
  };
  return { round, check: async () => losses.slice(0, 2) };
};

/** An end token that no one samples keeps all sequences running to their full length. */
const NEVER: readonly number[] = [];

/** Fills every sequence to its full length from token 1. */
const sequences = (executor: Executor, model: Model, { batch, length }: Spec): Served => {
  const request = { prompt: [1], maxNewTokens: length - 1, temperature: 1, topP: 1, topK: 0 };
  const decoder = new Decoder(executor, model, batch);
  const round = async (): Promise<number> => {
    let given = 0;
    let tokens = 0;
    const next = (): GenerationRequest | null => (given < batch ? { ...request, seed: given++ } : null);
    for await (const { written } of generate(decoder, NEVER, next)) tokens += written.length;
    return tokens;
  };
  return { round, check: async () => [await greedy(executor, model, Math.min(32, length - 1))] };
};

/** Mean -log probability of the likeliest tokens behind token 1. */
const greedy = async (executor: Executor, model: Model, maxNewTokens: number): Promise<number> => {
  const requests: GenerationRequest[] = [{ prompt: [1], maxNewTokens, seed: 0, temperature: 0, topP: 1, topK: 0 }];
  let total = 0;
  for await (const { finished } of generate(new Decoder(executor, model, 1), NEVER, () => requests.pop() ?? null))
    for (const { generated } of finished) for (const log of generated.logProbabilities) total -= log;
  return total / maxNewTokens;
};

/** `batch` products of two [length, length] matrices; a "token" is one floating-point operation. */
const products = async (executor: Executor, { batch, length }: Spec): Promise<Served> => {
  const square = [length, length];
  for (const name of ['a', 'b'])
    await executor.allocate(name, square, new Float32Array(length * length).fill(1 / length));
  const program = await executor.compile({
    name: 'gemm',
    inputs: [],
    reads: ['a', 'b'],
    writes: [],
    appends: [],
    returns: ['sum'],
    body: ({ a, b }) => {
      if (!a || !b) throw new Error('The matrices are missing.');
      let product = a;
      for (let i = 0; i < batch; i++) product = tf.matMul(product, b);
      return { sum: tf.sum(product) };
    },
  });
  const round = async (): Promise<number> => {
    await program.run({});
    return batch * 2 * length ** 3;
  };
  return { round, check: async () => [] };
};

const prepared = async (executor: Executor, spec: Spec): Promise<Served> => {
  if (spec.kind === 'gemm') return products(executor, spec);
  const model = benchModel(spec);
  await allocateWeights(executor, model, readWeights(spec), 'executor');
  return spec.kind === 'step' ? steps(executor, model, spec) : sequences(executor, model, spec);
};

const webgpuExecutor = async (precision: 'f32' | 'f16'): Promise<Executor> => {
  const found = await findAdapter();
  if (found.kind !== 'found') throw new Error(`No GPU can be used through WebGPU: ${english(found.why)}.`);
  const { name, hasFloat16 } = found.adapter;
  if (precision === 'f16' && !hasFloat16) throw new Error(`${name} does not compute in 16 bits (shader-f16).`);
  return createOnnxExecutor({ provider: 'webgpu', adapter: name, precision });
};

const executorCalled = (name: string, threads: number): Promise<Executor> => {
  switch (name) {
    case 'cpu':
      return createOnnxExecutor({ threads });
    case 'webgpu':
      return webgpuExecutor('f32');
    case 'webgpu16':
      return webgpuExecutor('f16');
    case 'tensorflow':
      return createTensorflowExecutor({ device: 'cpu', threads });
    default:
      throw new Error(`There is no engine ${name}; there are cpu, webgpu, webgpu16 and tensorflow.`);
  }
};

const title = ({ executor, provider, version, adapter, precision }: Executor['identity']): string => {
  if (executor !== 'onnx') return `tfjs op by op (${version})`;
  const parts = [version, ...(provider === 'webgpu' ? [`WebGPU on ${adapter}`, precision] : [])];
  return `Through the Valley (${parts.join(', ')})`;
};

const [command = '', text = ''] = process.argv.slice(2);
const spec = JSON.parse(text) as Spec;
if (command === 'inputs') {
  writeInputs(spec, benchModel(spec), spec);
} else {
  const executor = await executorCalled(command, spec.threads);
  await serve(title(executor.identity), await prepared(executor, spec), spec.repeats);
}
