/**
 * tfjs's own backends in a process of their own: the same decoder as anybody would write it in tfjs, AdamW, f32. Arguments: the backend
 * (`cpu` or `wasm`), the spec as JSON, and for `wasm` the folder of its package.
 *
 * tfjs-backend-wasm 4.22 has no kernel for the gradient of `tf.gather` (UnsortedSegmentSum) nor for LogSoftmax, so the embedding is a product
 * with one-hot rows and the loss is written with exp, sum and log. Its `tf.oneHot` writes whole numbers even where floats are asked for, so a
 * cast follows. The cpu backend does the same work.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as tf from '../src/engine/tf.ts';
import { readTokens, readWeights } from './inputFiles.ts';
import { serve } from './serve.ts';
import type { Spec } from './shapes.ts';

const ADAM = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, decay: 0.01, rate: 1e-3, maxNorm: 1 };

type Named = Record<string, tf.Tensor>;

const of = (tensors: Named, name: string): tf.Tensor => {
  const tensor = tensors[name];
  if (!tensor) throw new Error(`There is no tensor "${name}".`);
  return tensor;
};

const rms = (x: tf.Tensor, gain: tf.Tensor): tf.Tensor =>
  tf.mul(tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), 1e-5))), gain);

const linear = (x: tf.Tensor, weight: tf.Tensor): tf.Tensor =>
  tf.matMul(x as tf.Tensor2D, weight as tf.Tensor2D, false, true);

const silu = (x: tf.Tensor): tf.Tensor => tf.mul(x, tf.sigmoid(x));

/** [T, d/2] of position / 10000^(2i/d). */
const table = (spec: Spec, turn: (angle: number) => number): tf.Tensor => {
  const half = spec.hiddenSize / spec.heads / 2;
  const angles = Array.from(
    { length: spec.length * half },
    (_, i) => Math.floor(i / half) * 10_000 ** (-(i % half) / half),
  );
  return tf.tensor(angles.map(turn), [spec.length, half]);
};

/** float32 [n, V]. */
const oneHot = (ids: Int32Array, classes: number): tf.Tensor =>
  tf.cast(tf.oneHot(tf.tensor1d(ids, 'int32'), classes), 'float32');

/** The model and its batch, bound to a spec. */
class Decoder {
  readonly #spec: Spec;
  readonly #cosines: tf.Tensor;
  readonly #sines: tf.Tensor;
  readonly #mask: tf.Tensor;
  readonly #ids: tf.Tensor;
  readonly #labels: tf.Tensor;

  constructor(spec: Spec) {
    this.#spec = spec;
    const { length } = spec;
    [this.#cosines, this.#sines] = [table(spec, Math.cos), table(spec, Math.sin)];
    this.#mask = tf.tensor(
      Float32Array.from({ length: length ** 2 }, (_, i) => (i % length > Math.floor(i / length) ? -1e9 : 0)),
      [length, length],
    );
    const { ids, labels } = readTokens(spec, spec);
    this.#ids = oneHot(ids, spec.vocabSize);
    this.#labels = oneHot(labels, spec.vocabSize);
  }

  /** The mean loss of the next tokens, []. */
  loss(weights: Named): tf.Scalar {
    const table = of(weights, 'model.embed_tokens.weight');
    let x = tf.matMul(this.#ids as tf.Tensor2D, table as tf.Tensor2D) as tf.Tensor;
    for (let layer = 0; layer < this.#spec.layers; layer++) x = this.#block(x, `model.layers.${layer}`, weights);
    const logits = linear(rms(x, of(weights, 'model.norm.weight')), table);
    const low = tf.sub(logits, tf.max(logits, -1, true));
    const logs = tf.sub(low, tf.log(tf.sum(tf.exp(low), -1, true)));
    return tf.neg(tf.mean(tf.sum(tf.mul(logs, this.#labels), -1)));
  }

  #block(x: tf.Tensor, layer: string, weights: Named): tf.Tensor {
    const part = (name: string): tf.Tensor => of(weights, `${layer}.${name}.weight`);
    const mixed = this.#attention(rms(x, part('input_layernorm')), part);
    const middle = tf.add(x, linear(mixed, part('self_attn.o_proj')));
    const normed = rms(middle, part('post_attention_layernorm'));
    const gated = tf.mul(silu(linear(normed, part('mlp.gate_proj'))), linear(normed, part('mlp.up_proj')));
    return tf.add(middle, linear(gated, part('mlp.down_proj')));
  }

  #attention(x: tf.Tensor, part: (name: string) => tf.Tensor): tf.Tensor {
    const { batch, length, heads, hiddenSize } = this.#spec;
    const headDim = hiddenSize / heads;
    const apart = (name: string): tf.Tensor =>
      tf.transpose(tf.reshape(linear(x, part(`self_attn.${name}`)), [batch, length, heads, headDim]), [0, 2, 1, 3]);
    const [q, k] = [this.#turned(apart('q_proj')), this.#turned(apart('k_proj'))];
    const scores = tf.add(tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(headDim)), this.#mask);
    const mixed = tf.matMul(tf.softmax(scores), apart('v_proj')); // [B, heads, T, d]
    return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch * length, hiddenSize]);
  }

  #turned(x: tf.Tensor): tf.Tensor {
    const [a, b] = tf.split(x, 2, -1) as [tf.Tensor, tf.Tensor];
    const left = tf.sub(tf.mul(a, this.#cosines), tf.mul(b, this.#sines));
    return tf.concat([left, tf.add(tf.mul(b, this.#cosines), tf.mul(a, this.#sines))], -1);
  }
}

interface Moments {
  readonly weights: Named;
  readonly m: Named;
  readonly v: Named;
}

/** Clipping and AdamW: the next weights and moments; norms do not decay. */
const updated = ({ weights, m, v }: Moments, gradients: Named, count: number): Moments => {
  const squares = Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient)));
  const norm = tf.sqrt(squares.reduce((sum, part) => tf.add(sum, part)));
  const factor = tf.minimum(tf.div(ADAM.maxNorm, tf.add(norm, 1e-6)), 1);
  const after: Moments = { weights: {}, m: {}, v: {} };
  for (const [name, gradient] of Object.entries(gradients)) {
    const g = tf.mul(gradient, factor);
    const first = tf.add(tf.mul(of(m, name), ADAM.beta1), tf.mul(g, 1 - ADAM.beta1));
    const second = tf.add(tf.mul(of(v, name), ADAM.beta2), tf.mul(tf.square(g), 1 - ADAM.beta2));
    const root = tf.sqrt(tf.div(second, 1 - ADAM.beta2 ** count));
    const move = tf.div(tf.div(first, 1 - ADAM.beta1 ** count), tf.add(root, ADAM.epsilon));
    const kept = tf.mul(of(weights, name), name.includes('norm') ? 1 : 1 - ADAM.rate * ADAM.decay);
    after.weights[name] = tf.sub(kept, tf.mul(move, ADAM.rate));
    [after.m[name], after.v[name]] = [first, second];
  }
  return after;
};

/** `tf.valueAndGrads` over named weights. */
const valueAndGradients = (decoder: Decoder, weights: Named): { value: tf.Scalar; gradients: Named } => {
  const names = Object.keys(weights);
  const loss = (...values: tf.Tensor[]): tf.Scalar =>
    decoder.loss(Object.fromEntries(names.map((name, i) => [name, values[i] ?? of(weights, name)])));
  const { value, grads } = tf.valueAndGrads(loss)(names.map((name) => of(weights, name)));
  const gradients = names.map((name, i) => [name, grads[i] ?? tf.zerosLike(of(weights, name))] as const);
  return { value: value as tf.Scalar, gradients: Object.fromEntries(gradients) };
};

const steps = (spec: Spec) => {
  const decoder = new Decoder(spec);
  const given = Object.entries(readWeights(spec));
  const named = (make: (shape: number[], values: Float32Array) => tf.Tensor): Named =>
    Object.fromEntries(given.map(([name, { shape, values }]) => [name, make([...shape], values)]));
  let state: Moments = {
    weights: named((shape, values) => tf.tensor(values, shape)),
    m: named((shape) => tf.zeros(shape)),
    v: named((shape) => tf.zeros(shape)),
  };
  const losses: number[] = [];
  const round = async (): Promise<number> => {
    const { value, after } = tf.tidy(() => {
      const { value, gradients } = valueAndGradients(decoder, state.weights);
      return { value, after: { ...updated(state, gradients, losses.length + 1) } };
    }) as unknown as { value: tf.Scalar; after: Moments };
    tf.dispose({ ...state });
    state = after;
    losses.push((await value.data())[0] ?? Number.NaN);
    value.dispose();
    return spec.batch * spec.length;
  };
  return { round, check: async () => losses.slice(0, 2) };
};

/** The name of the engine once its backend is ready. */
const prepared = async (backend: string, folder: string): Promise<string> => {
  if (backend === 'cpu') {
    const { version_cpu: version } = await import('@tensorflow/tfjs-backend-cpu');
    await tf.setBackend('cpu');
    return `tfjs-backend-cpu ${version}`;
  }
  const own = createRequire(join(folder, 'package.json'));
  const wasm = own(folder) as { setWasmPaths(prefix: string): void; version_wasm: string };
  wasm.setWasmPaths(join(folder, 'dist', '/'));
  if (!(await tf.setBackend('wasm'))) throw new Error('tfjs-backend-wasm could not be started.');
  return `tfjs-backend-wasm ${wasm.version_wasm}`;
};

const [backend = 'cpu', text = '{}', folder = ''] = process.argv.slice(2);
const name = await prepared(backend, folder);
const spec = JSON.parse(text) as Spec;
await serve(name, steps(spec), spec.repeats);
