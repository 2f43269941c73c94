/** One engine of ours in a process of its own: one round of work for each line on standard input. */
import { createInterface } from 'node:readline';
import { decoderModelConfig } from '../src/engine/families/decoder.ts';
import { modelOf } from '../src/engine/families/index.ts';
import type { Model } from '../src/engine/families/family.ts';
import type { Executor } from '../src/engine/executor.ts';
import { Decoder } from '../src/engine/generation/decoder.ts';
import { generate } from '../src/engine/generation/generate.ts';
import type { GenerationRequest } from '../src/engine/generation/sequence.ts';
import { sizeOf } from '../src/engine/graph/graph.ts';
import { gradientsProgram } from '../src/engine/programs/gradients.ts';
import { allocateTraining, allocateWeights } from '../src/engine/programs/state.ts';
import { Updater } from '../src/engine/programs/update.ts';
import { randomSource } from '../src/engine/random/randomSource.ts';
import { newWeights } from '../src/engine/recipes/startingPoint.ts';
import * as tf from '../src/engine/tf.ts';
import { findAdapter } from '../src/trainer/executors/findAdapter.ts';
import { createOnnxExecutor } from '../src/trainer/executors/onnx.ts';
import { createReferenceExecutor } from '../src/trainer/executors/reference.ts';
import { createTensorflowExecutor } from '../src/trainer/executors/tensorflow.ts';
import { repeatedWeights } from './repeatedWeights.ts';
import type { ModelShape } from './shapes.ts';

interface Spec extends ModelShape {
  readonly kind: 'step' | 'generation' | 'gemm';
  readonly length: number;
  readonly batch: number;
  readonly threads: number;
  /** Of the work in a round; once if left out. */
  readonly repeats?: number;
}

const [engine = 'onnx', text = '{}'] = process.argv.slice(2);
const spec = JSON.parse(text) as Spec;

function benchModel(): Model {
  return modelOf(
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
        rmsNormEps: 1e-5,
        initializerRange: 0.02,
      },
      spec.vocabSize,
    ),
  );
}

/** Forward, backward, clipping and AdamW on the same batch again and again; answers the tokens of a step. */
async function steps(executor: Executor, model: Model): Promise<() => Promise<number>> {
  const { batch, length } = spec;
  await allocateTraining(executor, model);
  const gradients = await executor.compile(gradientsProgram(model, batch, length));
  const settings = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.01, maxGradNorm: 1 };
  const updater = await Updater.open(executor, model, settings);
  const random = randomSource(1, 'bench');
  const ids = Int32Array.from({ length: batch * length }, (_, i) => Math.floor(random.uniform(i) * spec.vocabSize));
  const labels = Int32Array.from(ids, (_, i) => ids[(i + 1) % ids.length] ?? 0);
  let step = 0;
  return async () => {
    await gradients.run({ input_ids: ids, labels, loss_scale: Float32Array.of(1 / ids.length) });
    await updater.run(++step, 1e-3);
    return batch * length;
  };
}

/** Fills every sequence to its full length from one token; an end token that no one samples keeps all of them running. */
async function sequences(executor: Executor, model: Model): Promise<() => Promise<number>> {
  const { batch, length } = spec;
  const never = -1;
  const decoder = new Decoder(executor, model, batch);
  return async () => {
    let given = 0;
    let tokens = 0;
    const next = (): GenerationRequest | null =>
      given < batch ? { prompt: [1], seed: given++, maxNewTokens: length - 1, temperature: 1, topP: 1, topK: 0 } : null;
    for await (const { written } of generate(decoder, never, next)) tokens += written.length;
    return tokens;
  };
}

/** `batch` products of two [length, length] matrices; answers their floating-point operations. */
async function products(executor: Executor): Promise<() => Promise<number>> {
  const { batch, length } = spec;
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
  return async () => {
    await program.run({});
    return batch * 2 * length ** 3;
  };
}

async function prepared(executor: Executor): Promise<() => Promise<number>> {
  if (spec.kind === 'gemm') return products(executor);
  const model = benchModel();
  const isLoaded = model.parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0) > 200e6;
  await allocateWeights(executor, model, isLoaded ? repeatedWeights(model) : newWeights(model, 1));
  return spec.kind === 'step' ? steps(executor, model) : sequences(executor, model);
}

async function webgpuExecutor(): Promise<Executor> {
  const found = await findAdapter();
  if (found.kind !== 'found') throw new Error(`No GPU can be used through WebGPU: ${found.why}.`);
  return createOnnxExecutor({ provider: 'webgpu', adapter: found.adapter.name });
}

function executorCalled(name: string): Promise<Executor> {
  switch (name) {
    case 'onnx':
      return createOnnxExecutor({ threads: spec.threads });
    case 'webgpu':
      return webgpuExecutor();
    case 'tensorflow':
      return createTensorflowExecutor({ device: 'cpu', threads: spec.threads });
    case 'reference':
      return createReferenceExecutor({});
    default:
      throw new Error(`There is no engine ${name}; there are onnx, webgpu, tensorflow and reference.`);
  }
}

function title({ executor, provider, version, adapter }: Executor['identity']): string {
  if (executor !== 'onnx') return `tfjs op by op (${version})`;
  return `Through the Valley (${version}${provider === 'webgpu' ? `, WebGPU on ${adapter}` : ''})`;
}

/** What cannot be had here is the last thing that is said. */
function refuse(error: unknown): never {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

const executor = await executorCalled(engine).catch(refuse);
const work = await prepared(executor);
console.log(JSON.stringify({ ready: title(executor.identity) }));
for await (const _ of createInterface({ input: process.stdin })) {
  const [started, cpuBefore] = [performance.now(), process.cpuUsage()];
  let tokens = 0;
  for (let i = 0; i < (spec.repeats ?? 1); i++) tokens += await work();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const peakMemoryBytes = process.resourceUsage().maxRSS * 1024;
  console.log(JSON.stringify({ tokens, seconds, cpuSeconds: (user + system) / 1e6, peakMemoryBytes }));
}
