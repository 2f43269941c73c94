/**
 * The side of jax-js: the same decoder, jitted, AdamW, f32, on its WebAssembly backend.
 * serve.ts says how it is asked. Arguments: the spec as JSON, the file of the package's entry and its version. jax-js moves values: each use but the last says `.ref`.
 */
import { openSync, readSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [text = '{}', entry = '@jax-js/jax', version = ''] = process.argv.slice(2);
const { weights: file, tokens: tokensFile, hiddenSize, layers, heads, vocabSize, length, batch } = JSON.parse(text);
const {
  numpy: np,
  nn,
  init,
  defaultDevice,
  jit,
  valueAndGrad,
  blockUntilReady,
} = await import(pathToFileURL(entry).href);
const headDim = hiddenSize / heads;
const [BETA1, BETA2, EPSILON, DECAY, RATE, MAX_NORM] = [0.9, 0.98, 1e-8, 0.01, 1e-3, 1];

const bytesOf = (handle, begin, end) => {
  const bytes = new Uint8Array(end - begin);
  readSync(handle, bytes, 0, bytes.length, begin);
  return bytes;
};

/** Name to [shape, values] of a safetensors file of F32. */
const readWeights = (path) => {
  const handle = openSync(path, 'r');
  const start = 8 + Number(new DataView(bytesOf(handle, 0, 8).buffer).getBigUint64(0, true));
  const header = JSON.parse(Buffer.from(bytesOf(handle, 8, start)).toString());
  const valuesOf = ([begin, end]) => new Float32Array(bytesOf(handle, start + begin, start + end).buffer);
  return Object.entries(header).map(([name, { shape, data_offsets: at }]) => [name, shape, valuesOf(at)]);
};

/** [n, V]; jax-js's own `nn.oneHot` makes a matrix [V, V] on the way. */
const oneHot = (ids) => np.equal(ids.reshape([-1, 1]), np.arange(vocabSize).reshape([1, vocabSize])).astype(np.float32);

const rms = (x, gain) => {
  const scale = np.reciprocal(np.sqrt(np.mean(x.ref.mul(x.ref), -1, { keepdims: true }).add(1e-5)));
  return x.mul(scale).mul(gain.ref);
};
const linear = (x, weight) => np.matmul(x, np.transpose(weight.ref));

const angles = Float32Array.from({ length: length * (headDim / 2) }, (_, i) => {
  const half = headDim / 2;
  return Math.floor(i / half) * 10_000 ** ((-2 * (i % half)) / headDim);
});
const table = (of) => np.array(Float32Array.from(angles, of), { shape: [1, length, 1, headDim / 2] });

/** x [B, T, heads, d]: entry i turns with entry i + d/2. */
const rotary = (x, cosines, sines) => {
  const [a, b] = np.split(x, 2, -1);
  const left = a.ref.mul(cosines.ref).sub(b.ref.mul(sines.ref));
  return np.concatenate([left, b.mul(cosines.ref).add(a.mul(sines.ref))], -1);
};

const layer = (x, weights, at, cosines, sines) => {
  const part = (name) => weights[`model.layers.${at}.${name}.weight`];
  const normed = rms(x.ref, part('input_layernorm'));
  const apart = (name) => linear(normed.ref, part(name)).reshape([batch, length, heads, headDim]);
  const q = rotary(apart('self_attn.q_proj'), cosines, sines);
  const k = rotary(apart('self_attn.k_proj'), cosines, sines);
  const mixed = nn.dotProductAttention(q, k, apart('self_attn.v_proj'), { isCausal: true });
  normed.dispose();
  const middle = x.add(linear(mixed.reshape([batch * length, hiddenSize]), part('self_attn.o_proj')));
  const again = rms(middle.ref, part('post_attention_layernorm'));
  const gate = nn.silu(linear(again.ref, part('mlp.gate_proj')));
  return middle.add(linear(gate.mul(linear(again, part('mlp.up_proj'))), part('mlp.down_proj')));
};

/** The mean loss of the next tokens. Does not use up `weights`; uses up the rest. */
const loss = (weights, ids, labels, cosines, sines) => {
  const embedding = weights['model.embed_tokens.weight'];
  let x = np.matmul(oneHot(ids), embedding.ref);
  for (let at = 0; at < layers; at++) x = layer(x, weights, at, cosines, sines);
  const logits = linear(rms(x, weights['model.norm.weight']), embedding);
  const chosen = np.sum(nn.logSoftmax(logits, -1).mul(oneHot(labels)), -1);
  for (const value of [cosines, sines, ...Object.values(weights)]) value.dispose();
  return np.mean(chosen).neg();
};

/** All arguments are used up; the answer is [loss, weights, m, v]. */
const step = (weights, m, v, count, ids, labels, cosines, sines) => {
  const kept = Object.fromEntries(Object.entries(weights).map(([name, value]) => [name, value.ref]));
  const [value, gradients] = valueAndGrad(loss)(weights, ids, labels, cosines, sines);
  const squares = Object.values(gradients).map((g) => np.sum(g.ref.mul(g.ref)));
  const norm = np.sqrt(squares.reduce((sum, part) => sum.add(part)));
  const factor = np.minimum(np.reciprocal(norm.add(1e-6)).mul(MAX_NORM), 1);
  const corrected = (beta) => np.array(1).sub(np.exp(count.ref.mul(Math.log(beta))));
  const [first, second] = [corrected(BETA1), corrected(BETA2)];
  const after = { weights: {}, m: {}, v: {} };
  for (const [name, gradient] of Object.entries(gradients)) {
    const g = gradient.mul(factor.ref);
    const m1 = m[name].mul(BETA1).add(g.ref.mul(1 - BETA1));
    const v1 = v[name].mul(BETA2).add(g.ref.mul(g).mul(1 - BETA2));
    const move = m1.ref.div(first.ref).div(np.sqrt(v1.ref.div(second.ref)).add(EPSILON));
    const decay = name.includes('norm') ? 1 : 1 - RATE * DECAY;
    after.weights[name] = kept[name].mul(decay).sub(move.mul(RATE));
    [after.m[name], after.v[name]] = [m1, v1];
  }
  for (const value of [factor, first, second, count]) value.dispose();
  return [value, after.weights, after.m, after.v];
};

await init('wasm');
defaultDevice('wasm');
const tokens = new Int32Array(bytesOf(openSync(tokensFile, 'r'), 0, batch * (length + 1) * 4).buffer);
const rows = (shift) =>
  Int32Array.from(
    { length: batch * length },
    (_, i) => tokens[Math.floor(i / length) * (length + 1) + (i % length) + shift],
  );
const ints = (values) => np.array(values, { shape: [values.length], dtype: np.int32 });
const [ids, labels, cosines, sines] = [ints(rows(0)), ints(rows(1)), table(Math.cos), table(Math.sin)];
const arrays = readWeights(file);
let weights = Object.fromEntries(arrays.map(([name, shape, values]) => [name, np.array(values, { shape })]));
let [m, v] = [0, 0].map(() => Object.fromEntries(arrays.map(([name, shape]) => [name, np.zeros(shape)])));
const jitted = jit(step);
const losses = [];

const round = async () => {
  const count = np.array(losses.length + 1, { dtype: np.float32 });
  const [value, ...next] = jitted(weights, m, v, count, ids.ref, labels.ref, cosines.ref, sines.ref);
  await blockUntilReady(next);
  [weights, m, v] = next;
  losses.push(value.item());
};

const timed = async () => {
  const [started, before] = [performance.now(), process.cpuUsage()];
  await round();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(before);
  const peakMemoryBytes = process.resourceUsage().maxRSS * 1024;
  return { tokens: batch * length, seconds, cpuSeconds: (user + system) / 1e6, peakMemoryBytes };
};

console.log(JSON.stringify({ ready: `jax-js ${version}, wasm, Node ${process.versions.node}` }));
for await (const line of createInterface({ input: process.stdin }))
  console.log(JSON.stringify(line === 'check' ? { check: losses.slice(0, 2) } : await timed()));
