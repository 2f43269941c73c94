/** A model in llama.cpp's words: what its metadata says of the architecture, and its weights by llama.cpp's names. */
import { DataFailure } from '../../data/dataFailure.ts';
import type { GgufMetadata, GgufTensor, GgufValue } from '../../data/gguf.ts';
import { refuseBeyondHalf } from '../../data/modelExport.ts';
import { Q8_BLOCK } from '../../data/q8.ts';
import {
  type Architecture,
  EMBEDDING,
  FINAL_NORM,
  headName,
  namesOf,
  parametersOf,
} from '../../engine/families/architecture.ts';
import { biasName } from '../../engine/families/weights.ts';
import type { GgufType } from '../../protocol/exportReport.ts';
import type { NamedArray, NamedArrays } from '../../protocol/savedState.ts';
import { phrase, said, type Sentence } from '../../protocol/sentence.ts';

/** What llama.cpp's reader of an architecture has a place for (src/models/*.cpp there). */
interface Reader {
  readonly architecture: string;
  /** Queries and keys turn in neighbours, not in halves of a head. */
  readonly turnsNeighbours: boolean;
  /** Frequencies may be slowed one by one, by the tensor `rope_freqs`. */
  readonly hasFactors: boolean;
  readonly hasWindows: boolean;
  readonly hasLogitCap: boolean;
  /** Whether heads may be wider or narrower than hidden / heads. */
  readonly hasOwnHeads: boolean;
  readonly hasBiases: { readonly output: boolean; readonly feedForward: boolean };
}

const NO_BIASES = { output: false, feedForward: false };
const LLAMA: Reader = {
  architecture: 'llama',
  turnsNeighbours: true,
  hasFactors: true,
  hasWindows: false,
  hasLogitCap: false,
  hasOwnHeads: true,
  hasBiases: { output: true, feedForward: true },
};
const PLAIN = { ...LLAMA, turnsNeighbours: false, hasFactors: false, hasBiases: NO_BIASES };
const READERS: Readonly<Record<string, Reader>> = {
  decoder: LLAMA,
  llama: LLAMA,
  qwen2: { ...PLAIN, architecture: 'qwen2', hasOwnHeads: false },
  qwen3: { ...PLAIN, architecture: 'qwen3' },
  gemma3_text: { ...PLAIN, architecture: 'gemma3', hasWindows: true, hasLogitCap: true },
};

/** `llama_ftype`. */
const FILE_TYPES: Readonly<Record<GgufType, number>> = { f32: 0, f16: 1, q8_0: 7 };
const QUANTIZATION_VERSION = 2;

export interface GgufModel {
  readonly metadata: GgufMetadata;
  readonly tensors: readonly GgufTensor[];
}

/** Throws `DataFailure` for what llama.cpp would compute otherwise, or could not load, and for numbers beyond float16. */
export function ggufModel(name: string, of: Architecture, weights: NamedArrays, type: GgufType): GgufModel {
  const reader = readerOf(of);
  const slowed = slowing(of);
  refuseUnfit(of, reader, slowed);
  const factors = isEven(slowed) ? [] : [ropeFactors(slowed)];
  return {
    metadata: metadataOf(name, of, reader, slowed, type),
    tensors: [...factors, ...tensorsOf(of, reader, weights, type)],
  };
}

function readerOf({ modelType }: Architecture): Reader {
  const reader = READERS[modelType];
  if (reader) return reader;
  throw new Error(`The family ${modelType} has no reader in GGUF yet.`);
}

/** How many times slower each frequency of the layers that see everything turns: 1 for none. */
function slowing({ layers, headDim }: Architecture): readonly number[] {
  const { theta, ropeScaling } = fullLayer(layers);
  return Array.from({ length: headDim / 2 }, (_, i) => {
    const frequency = theta ** ((-2 * i) / headDim);
    return frequency / ropeScaling(frequency);
  });
}

type Layers = Architecture['layers'];

function fullLayer(layers: Layers): Layers[number] {
  const found = layers.find(({ window }) => window === null) ?? layers[0];
  if (found) return found;
  throw new Error('A model has at least one layer.');
}

const slidingLayer = (layers: Layers): Layers[number] | undefined => layers.find(({ window }) => window !== null);

const NEARLY = 1e-9;
const isEven = (slowed: readonly number[]): boolean =>
  slowed.every((factor) => Math.abs(factor - (slowed[0] ?? 1)) < NEARLY * factor);

function refuseUnfit(of: Architecture, reader: Reader, slowed: readonly number[]): void {
  const { layers, biases, caps, queryHeads, headDim, hidden } = of;
  const sliding = slidingLayer(layers);
  const refusals: readonly (readonly [boolean, Sentence])[] = [
    [sliding !== undefined && !reader.hasWindows, phrase('a sliding window')],
    [
      sliding !== undefined && sliding.ropeScaling(1) !== 1,
      phrase('scaled frequencies in layers with a sliding window'),
    ],
    [layers.some(({ scoreScale }) => scoreScale !== 1), phrase('scores that are scaled with their frequencies (YaRN)')],
    [!isEven(slowed) && !reader.hasFactors, phrase('frequencies that are scaled one by one')],
    [slowed.includes(Infinity), phrase('frequencies that stand still')],
    [biases.output && !reader.hasBiases.output, phrase('a bias of o_proj')],
    [biases.feedForward && !reader.hasBiases.feedForward, phrase('biases of the feed-forward layer')],
    [queryHeads * headDim !== hidden && !reader.hasOwnHeads, phrase('heads of a width of their own')],
    [caps.scores !== null, phrase('a soft cap of attention scores')],
    [caps.logits !== null && !reader.hasLogitCap, phrase('a soft cap of logits')],
  ];
  const found = refusals.find(([isUnfit]) => isUnfit);
  if (!found) return;
  throw new DataFailure(
    'badConfig',
    said`The model cannot become a GGUF file: it has ${found[1]}, and llama.cpp has no place for that in the family ${of.modelType}.`,
    'Export it as a folder of Hugging Face instead.',
  );
}

function metadataOf(
  name: string,
  of: Architecture,
  { architecture }: Reader,
  slowed: readonly number[],
  type: GgufType,
): GgufMetadata {
  const { theta } = fullLayer(of.layers);
  const own: Readonly<Record<string, GgufValue>> = {
    context_length: count(of.positions),
    embedding_length: count(of.hidden),
    block_count: count(of.layers.length),
    feed_forward_length: count(of.intermediate),
    vocab_size: count(of.vocab),
    'attention.head_count': count(of.queryHeads),
    'attention.head_count_kv': count(of.keyValueHeads),
    'attention.key_length': count(of.headDim),
    'attention.value_length': count(of.headDim),
    'attention.layer_norm_rms_epsilon': real(of.epsilon),
    'rope.dimension_count': count(of.headDim),
    'rope.freq_base': real(theta),
    ...linearScaling(slowed),
    ...slidingWindow(of.layers),
    ...(of.caps.logits === null ? {} : { final_logit_softcapping: real(of.caps.logits) }),
  };
  return new Map<string, GgufValue>([
    ['general.architecture', text(architecture)],
    ['general.type', text('model')],
    ['general.name', text(name)],
    ['general.file_type', count(FILE_TYPES[type])],
    ['general.quantization_version', count(QUANTIZATION_VERSION)],
    ...Object.entries(own).map(([key, value]) => [`${architecture}.${key}`, value] as const),
  ]);
}

const count = (value: number): GgufValue => ({ type: 'uint32', value });
const real = (value: number): GgufValue => ({ type: 'float32', value });
const text = (value: string): GgufValue => ({ type: 'string', value });

function linearScaling(slowed: readonly number[]): Readonly<Record<string, GgufValue>> {
  const [factor = 1] = slowed;
  if (!isEven(slowed) || factor === 1) return {};
  return { 'rope.scaling.type': text('linear'), 'rope.scaling.factor': real(factor) };
}

function slidingWindow(layers: Layers): Readonly<Record<string, GgufValue>> {
  const sliding = slidingLayer(layers);
  if (!sliding) return {};
  return {
    'attention.sliding_window': count(sliding.window ?? 0),
    'attention.sliding_window_pattern': { type: 'bools', value: layers.map(({ window }) => window !== null) },
    'rope.freq_base_swa': real(sliding.theta),
  };
}

const ropeFactors = (slowed: readonly number[]): GgufTensor => ({
  name: 'rope_freqs.weight',
  shape: [slowed.length],
  type: 'f32',
  values: () => Float32Array.from(slowed),
});

function tensorsOf(of: Architecture, reader: Reader, weights: NamedArrays, type: GgufType): readonly GgufTensor[] {
  const named = ggufNames(of);
  return parametersOf(of).map(({ name, shape }) => {
    const [weight, ggufName] = [weights[name], named.get(name)];
    if (!weight || ggufName === undefined) throw new Error(`The weight ${name} has no place in GGUF.`);
    const stored = typeOf(shape, type);
    if (stored === 'f16') refuseBeyondHalf(name, weight.values);
    return { name: ggufName, shape, type: stored, values: changed(name, weight, of, reader) };
  });
}

/** As llama.cpp's own converter: vectors in 32 bits, and matrices whose rows are not whole blocks in 16. */
function typeOf(shape: readonly number[], type: GgufType): GgufType {
  if (shape.length === 1) return 'f32';
  return type === 'q8_0' && (shape.at(-1) ?? 0) % Q8_BLOCK !== 0 ? 'f16' : type;
}

/** GGUF's names by ours. */
function ggufNames(of: Architecture): ReadonlyMap<string, string> {
  const named = new Map([
    [EMBEDDING, 'token_embd.weight'],
    [FINAL_NORM, 'output_norm.weight'],
  ]);
  if (!of.embedding.isTied) named.set(headName(of), 'output.weight');
  of.layers.forEach((_, layer) => {
    for (const [part, ggufPart] of partsOf(of)) {
      const name = namesOf(layer, of)[part];
      named.set(name, `blk.${layer}.${ggufPart}.weight`);
      named.set(biasName(name), `blk.${layer}.${ggufPart}.bias`);
    }
  });
  return named;
}

type Part = keyof ReturnType<typeof namesOf>;

const PARTS: readonly (readonly [Part, string])[] = [
  ['attentionNorm', 'attn_norm'],
  ['q', 'attn_q'],
  ['k', 'attn_k'],
  ['v', 'attn_v'],
  ['o', 'attn_output'],
  ['qNorm', 'attn_q_norm'],
  ['kNorm', 'attn_k_norm'],
  ['feedForwardNorm', 'ffn_norm'],
  ['gate', 'ffn_gate'],
  ['up', 'ffn_up'],
  ['down', 'ffn_down'],
];
const RESULT_NORMS: readonly (readonly [Part, string])[] = [
  ['attentionResultNorm', 'post_attention_norm'],
  ['feedForwardResultNorm', 'post_ffw_norm'],
];

const partsOf = ({ norms }: Architecture) => (norms.ofResults ? [...PARTS, ...RESULT_NORMS] : PARTS);

/** The numbers of a weight as llama.cpp wants them. */
function changed(name: string, { values, shape }: NamedArray, of: Architecture, reader: Reader): () => Float32Array {
  if (/norm\.weight$/.test(name)) {
    const factor = /\.q_norm\./.test(name) ? queryFactor(of) : 1;
    const offset = of.norms.learned === 'offset' ? 1 : 0;
    return () => (offset === 0 && factor === 1 ? values : values.map((value) => Math.fround(value + offset) * factor));
  }
  if (reader.turnsNeighbours && /\.[qk]_proj\./.test(name)) return () => interleaved(values, shape[1] ?? 1, of);
  return () => values;
}

/** llama.cpp knows Gemma 3 of 62 layers by their number, and scales its scores otherwise than by the heads' width. */
const LARGEST_GEMMA = 62;

/** What scores are multiplied by beyond what llama.cpp does itself: it fits into the norm of the queries. */
function queryFactor({ queryScale, layers, hidden, queryHeads, headDim, modelType }: Architecture): number {
  const isLargest = modelType === 'gemma3_text' && layers.length === LARGEST_GEMMA;
  return isLargest ? queryScale * Math.sqrt(Math.floor(hidden / queryHeads) / headDim) : queryScale;
}

/** Rows (of a matrix, or the numbers of a bias) of each head: the first of both halves, the second of both halves … */
function interleaved(values: Float32Array, width: number, { headDim }: Architecture): Float32Array {
  const out = new Float32Array(values.length);
  const half = headDim / 2;
  for (let row = 0; row * width < values.length; row++) {
    const inHead = row % headDim;
    const to = row - inHead + 2 * (inHead % half) + Math.floor(inHead / half);
    out.set(values.subarray(row * width, (row + 1) * width), to * width);
  }
  return out;
}
