/** What is written as GGUF and read by llama.cpp: each family's fixture, its tokenizers, and a model made here. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readModelFolder } from '../../../src/data/modelFolder.ts';
import { readTokenizerFolder, type TokenizerFolder } from '../../../src/data/tokenizerFolder.ts';
import type { GgufValue } from '../../../src/data/gguf.ts';
import type { ModelConfig } from '../../../src/engine/families/family.ts';
import { decoderModelConfig } from '../../../src/engine/families/decoder.ts';
import { modelOf } from '../../../src/engine/families/index.ts';
import { VOCABULARY } from '../../../src/engine/tasks/arithmeticTraces.ts';
import { BpeTokenizer } from '../../../src/engine/tokenizer/bpeTokenizer.ts';
import { characterTokenizer } from '../../../src/engine/tokenizer/characterTokenizer.ts';
import { GGUF_TYPES, type GgufType } from '../../../src/protocol/exportReport.ts';
import type { NamedArrays } from '../../../src/protocol/savedState.ts';
import { characterVocabulary } from '../../../src/trainer/export/ggufCharacters.ts';
import { folderVocabulary, vocabularyMetadata } from '../../../src/trainer/export/ggufTokenizer.ts';
import { someWeights, tokens } from '../../engine/support.ts';

export interface GgufCase {
  readonly name: string;
  readonly config: ModelConfig;
  readonly weights: NamedArrays;
  readonly vocabulary: ReadonlyMap<string, GgufValue>;
  readonly types: readonly GgufType[];
  /** What llama.cpp computes logits of. */
  readonly ids: readonly number[];
  /** What llama.cpp is to cut, and the tokens of it here. */
  readonly texts: readonly { readonly text: string; readonly ids: readonly number[] }[];
}

const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const read = (path: string): unknown => JSON.parse(readFileSync(fixtures + path, 'utf8'));
export const parametersOf = (config: ModelConfig) => modelOf(config).parameters;
export const fixtureModel = (name: string) => readModelFolder(`${fixtures}transformers/${name}`, parametersOf);

/** Without what llama.cpp has no place for. */
const MODELS: Readonly<Record<string, Readonly<Record<string, boolean | null>>>> = {
  llama: {},
  'llama-biases': {},
  qwen2: {},
  'qwen2-sliding': { use_sliding_window: false, layer_types: null },
  qwen3: {},
  gemma3_text: {},
  'gemma3_text-capped': { attn_logit_softcapping: null },
};

const family = ([name, changes]: [string, object]): GgufCase => {
  const { config, weights } = fixtureModel(name);
  const { batches, length } = read(`transformers/${name}/expected.json`) as {
    batches: readonly { readonly ids: readonly number[] }[];
    length: number;
  };
  return {
    name,
    config: { ...config, ...changes },
    weights,
    vocabulary: new Map([['tokenizer.ggml.model', { type: 'string', value: 'none' }]]),
    types: GGUF_TYPES,
    ids: batches[0]?.ids.slice(0, length) ?? [],
    texts: [],
  };
};

const SIZES = {
  family: 'decoder',
  hiddenSize: 32,
  numHiddenLayers: 1,
  numAttentionHeads: 2,
  numKeyValueHeads: 1,
  intermediateSize: 64,
  maxPositionEmbeddings: 256,
  ropeTheta: 10_000,
  partialRotaryFactor: 1,
  rmsNormEps: 1e-5,
  initializerRange: 0.02,
} as const;

const made = (name: string, size: number, rest: Pick<GgufCase, 'vocabulary' | 'types' | 'texts'>): GgufCase => {
  const config = decoderModelConfig(SIZES, size);
  return { name, config, weights: someWeights(modelOf(config)), ids: [...tokens(24, size)], ...rest };
};

export const tokenizerFolder = (name: string) => readTokenizerFolder(`${fixtures}tokenizers/${name}`);

/** Without merges across line breaks, which the published tokenizers of the family have not either. */
const withinLines = (folder: TokenizerFolder): TokenizerFolder => {
  const { model, ...rest } = folder.tokenizer as {
    readonly model: { readonly merges: readonly (readonly string[])[] };
  };
  const merges = model.merges.filter((merge) => !/\n[^\n]|[^\n]\n/.test(merge.join('')));
  return { ...folder, tokenizer: { ...rest, model: { ...model, merges } } };
};

/** llama.cpp does not normalize texts (NFC): they are given as they come out. Its pieces end at NUL, and Gemma has some with it. A few rows more than pieces, as the published models have them. */
const tokenizer = (name: string): GgufCase => {
  const folder = withinLines(tokenizerFolder(name));
  const own = new BpeTokenizer(folder);
  const texts = (read('tokenizers/texts.json') as readonly { readonly text: string }[])
    .map(({ text }) => text.normalize('NFC'))
    .filter((text) => name !== 'gemma3_text' || !text.includes('\0'));
  const vocabulary = folderVocabulary(folder);
  const size = vocabulary.pieces.length + 5;
  return made(`tokenizer-${name}`, size, {
    vocabulary: vocabularyMetadata(vocabulary, size),
    types: ['q8_0'],
    texts: texts.map((text) => ({ text, ids: own.encodeAs(text, 'template') })),
  });
};

const OWN_TEXTS = [
  '12+34=46\n',
  'Okay\n7+5=13\nWait check 7+5=12 no redo\n#12',
  'so #46',
  '((1-2)*3)/4 = 5',
  'ok ok\nok',
];

const decoder = (): GgufCase => {
  const own = characterTokenizer(VOCABULARY);
  const size = own.vocabularySize;
  return made('decoder', size, {
    vocabulary: vocabularyMetadata(characterVocabulary(own.toJson()), size),
    types: GGUF_TYPES,
    texts: OWN_TEXTS.map((text) => ({ text, ids: own.encode(text) })),
  });
};

export const ggufCases: readonly GgufCase[] = [
  ...Object.entries(MODELS).map(family),
  ...['qwen2', 'qwen3', 'llama', 'gemma3_text'].map(tokenizer),
  decoder(),
];
