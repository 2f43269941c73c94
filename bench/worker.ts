/** One engine of ours in a process of its own: one round of work for each line on standard input. */
import { createInterface } from 'node:readline';
import { decoderModelConfig } from '../src/engine/families/decoder.ts';
import { modelOf } from '../src/engine/families/index.ts';
import type { Model } from '../src/engine/families/family.ts';
import type { Executor } from '../src/engine/executor.ts';
import { Decoder } from '../src/engine/generation/decoder.ts';
import { generate } from '../src/engine/generation/generate.ts';
import type { GenerationRequest } from '../src/engine/generation/sequence.ts';
import { gradientsProgram } from '../src/engine/programs/gradients.ts';
import { allocateTraining, allocateWeights } from '../src/engine/programs/state.ts';
import { updateProgram } from '../src/engine/programs/update.ts';
import { randomSource } from '../src/engine/random/randomSource.ts';
import { newWeights } from '../src/engine/recipes/startingPoint.ts';
import { createOnnxExecutor } from '../src/trainer/executors/onnx.ts';
import { createReferenceExecutor } from '../src/trainer/executors/reference.ts';
import type { ModelShape } from './shapes.ts';

interface Spec extends ModelShape {
  readonly kind: 'step' | 'generation';
  readonly length: number;
  readonly batch: number;
  readonly threads: number;
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
        numKeyValueHeads: spec.heads,
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
  const update = await executor.compile(
    updateProgram(model, { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.01, maxGradNorm: 1 }),
  );
  const random = randomSource(1, 'bench');
  const ids = Int32Array.from({ length: batch * length }, (_, i) => Math.floor(random.uniform(i) * spec.vocabSize));
  const labels = Int32Array.from(ids, (_, i) => ids[(i + 1) % ids.length] ?? 0);
  let step = 0;
  return async () => {
    await gradients.run({
      input_ids: ids,
      labels,
      loss_scale: Float32Array.of(1 / ids.length),
      accumulate: Float32Array.of(0),
    });
    await update.run({ learning_rate: Float32Array.of(1e-3), step: Float32Array.of(++step) });
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

const executor =
  engine === 'onnx' ? await createOnnxExecutor({ threads: spec.threads }) : await createReferenceExecutor({});
const model = benchModel();
await allocateWeights(executor, model, newWeights(model, 1));
const work = spec.kind === 'step' ? await steps(executor, model) : await sequences(executor, model);
const label = engine === 'onnx' ? 'Through the Valley' : 'tfjs, op by op';
console.log(JSON.stringify({ ready: `${label} (${executor.identity.version})` }));
for await (const _ of createInterface({ input: process.stdin })) {
  const started = performance.now();
  const tokens = await work();
  const seconds = (performance.now() - started) / 1000;
  console.log(JSON.stringify({ tokens, seconds, peakMemoryBytes: process.resourceUsage().maxRSS * 1024 }));
}
