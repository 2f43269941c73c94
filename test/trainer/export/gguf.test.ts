/**
 * GGUF files beside llama.cpp: test/fixtures/gguf holds what its own reader computes with the very bytes that are written here (make.py).
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { encodeGguf } from '../../../src/data/gguf.ts';
import { architectureOf, modelOf } from '../../../src/engine/families/index.ts';
import { logitsProgram } from '../../../src/engine/programs/logits.ts';
import { allocateWeights } from '../../../src/engine/programs/state.ts';
import type { GgufType } from '../../../src/protocol/exportReport.ts';
import { createReferenceExecutor } from '../../../src/trainer/executors/reference.ts';
import { characterVocabulary } from '../../../src/trainer/export/ggufCharacters.ts';
import { ggufModel } from '../../../src/trainer/export/ggufModel.ts';
import { folderVocabulary } from '../../../src/trainer/export/ggufTokenizer.ts';
import { characterTokenizer } from '../../../src/engine/tokenizer/characterTokenizer.ts';
import { expectClose, runOnce } from '../../engine/support.ts';
import { fixtureModel, ggufCases, type GgufCase, tokenizerFolder } from './ggufCases.ts';
import { readGguf } from './ggufReader.ts';

interface Recorded {
  readonly sha256: string;
  /** Base64 of little-endian 32-bit floats: of all tokens where matrices have 32 bits, else of the last. */
  readonly logits: string;
}

const fixture = new URL('../../fixtures/gguf/llamaCpp.json', import.meta.url);
/** VALLEY_EXPORTS names a folder for the files, for `make.py` to read. */
const kept = process.env['VALLEY_EXPORTS'];
const recorded = (kept === undefined ? JSON.parse(readFileSync(fileURLToPath(fixture), 'utf8')) : {}) as Readonly<
  Record<string, Recorded>
>;
/** Of the largest logit. ggml rounds activations to the format of the matrices, and looks Gemma's gelu up in a table of float16. */
const TOLERANCE: Readonly<Record<GgufType, number>> = { f32: 2e-5, f16: 5e-3, q8_0: 0.05 };
const GELU_TOLERANCE = 3e-4;

const llama3 = {
  rope_type: 'llama3',
  rope_theta: 500,
  factor: 8,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 16,
};

const executor = await createReferenceExecutor();
afterAll(() => executor.dispose());

const written = ({ name, config, weights, vocabulary }: GgufCase, type: GgufType): Buffer => {
  const { metadata, tensors } = ggufModel(name, architectureOf(config), weights, type);
  return Buffer.concat([...encodeGguf(new Map([...metadata, ...vocabulary]), tensors)]);
};

const logitsOf = async ({ config, weights, ids }: GgufCase): Promise<Float32Array> => {
  const model = modelOf(config);
  await allocateWeights(executor, model, weights);
  const { logits } = await runOnce(executor, logitsProgram(model, 1, ids.length), { input_ids: Int32Array.from(ids) });
  return logits ?? new Float32Array();
};

if (kept !== undefined) {
  mkdirSync(kept, { recursive: true });
  const list = ggufCases.map(({ name, types, ids, texts }) => ({ name, types, ids, texts }));
  writeFileSync(join(kept, 'cases.json'), JSON.stringify(list));
  for (const one of ggufCases)
    for (const type of one.types) writeFileSync(join(kept, `${one.name}.${type}.gguf`), written(one, type));
}

const files = ggufCases.flatMap((one) => one.types.map((type) => ({ name: one.name, type, one })));

test.skipIf(kept !== undefined).each(files)(
  '$name in $type: the bytes that llama.cpp has read, and its logits',
  async ({ name, type, one }) => {
    const bytes = written(one, type);
    expect(readGguf(bytes).tensors.size).toBeGreaterThan(10);
    const { sha256, logits } = recorded[`${name}.${type}`] ?? { sha256: '', logits: '' };
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
    const theirs = new Float32Array(Uint8Array.from(Buffer.from(logits, 'base64')).buffer);
    expect(theirs.length).toBeGreaterThan(0);
    const ours = (await logitsOf(one)).slice(-theirs.length);
    const { activation } = architectureOf(one.config);
    expectClose(ours, theirs, Math.max(TOLERANCE[type], activation === 'gelu' ? GELU_TOLERANCE : 0));
  },
);

describe('the file', () => {
  const llama = ggufCases.find(({ name }) => name === 'llama');
  if (!llama) throw new Error('no llama');

  test('names sizes, format and rotary frequencies, and has rows in order', () => {
    const { metadata, tensors } = readGguf(written(llama, 'q8_0'));
    expect(Object.fromEntries(metadata)).toMatchObject({
      'general.architecture': 'llama',
      'general.file_type': 7,
      'general.name': 'llama',
      'llama.block_count': 2,
      'llama.embedding_length': 32,
      'llama.attention.head_count_kv': 2,
      'llama.rope.freq_base': 500,
      'llama.vocab_size': 97,
      'tokenizer.ggml.model': 'none',
    });
    expect(metadata.has('llama.rope.scaling.type')).toBe(false);
    expect(tensors.get('rope_freqs.weight')).toMatchObject({ shape: [4], type: 0 });
    expect(tensors.get('token_embd.weight')).toMatchObject({ shape: [97, 32], type: 8 });
    expect(tensors.get('blk.1.ffn_down.weight')).toMatchObject({ shape: [32, 48], type: 1 });
    expect(tensors.get('blk.1.ffn_norm.weight')).toMatchObject({ shape: [32], type: 0 });
    expect(tensors.has('output.weight')).toBe(false);
  });

  test('Gemma tells which layers have a window, and slows the others', () => {
    const capped = ggufCases.find(({ name }) => name === 'gemma3_text-capped');
    const { metadata } = readGguf(capped ? written(capped, 'f16') : Buffer.alloc(0));
    expect(Object.fromEntries(metadata)).toMatchObject({
      'gemma3.attention.sliding_window': 5,
      'gemma3.attention.sliding_window_pattern': [true, false],
      'gemma3.rope.scaling.type': 'linear',
      'gemma3.rope.scaling.factor': 8,
      'gemma3.rope.freq_base': 1e5,
      'gemma3.rope.freq_base_swa': 1e4,
      'gemma3.final_logit_softcapping': 20,
    });
  });
});

describe('what llama.cpp has no place for is refused by name', () => {
  const refused = (name: string, changes: object = {}): (() => unknown) => {
    const { config, weights } = fixtureModel(name);
    return () => ggufModel(name, architectureOf({ ...config, ...changes }), weights, 'f16');
  };

  test.each([
    ['qwen2-sliding', {}, /it has a sliding window, and llama\.cpp has no place for that in the family qwen2/],
    ['gemma3_text-capped', {}, /a soft cap of attention scores/],
    ['qwen2-yarn', {}, /scores that are scaled with their frequencies \(YaRN\)/],
    ['gemma3_text', { attention_bias: true }, /a bias of o_proj/],
    ['qwen2', { head_dim: 16 }, /heads of a width of their own/],
    ['qwen3', { rope_parameters: llama3 }, /frequencies that are scaled one by one/],
    [
      'llama',
      { rope_parameters: { rope_type: 'proportional', partial_rotary_factor: 0.5 } },
      /frequencies that stand still/,
    ],
    [
      'gemma3_text',
      { rope_parameters: { sliding_attention: { rope_type: 'linear', factor: 2, rope_theta: 1e4 } } },
      /scaled frequencies in layers with a sliding window/,
    ],
  ])('%s %j', (name, changes, message) => {
    expect(refused(name, changes)).toThrow(message);
  });

  test('a number beyond float16', () => {
    const { config, weights } = fixtureModel('llama');
    const table = weights['model.embed_tokens.weight'];
    if (table) table.values[3] = 1e5;
    const of = architectureOf(config);
    expect(() => ggufModel('x', of, weights, 'f16')).toThrow(/float16 cannot hold/);
    expect(ggufModel('x', of, weights, 'q8_0').tensors.length).toBeGreaterThan(10);
  });
});

describe('tokenizers', () => {
  test.each([
    ['qwen2', 'qwen2', { eos: '<|im_end|>', padding: '<|endoftext|>' }, false],
    ['qwen3', 'qwen2', { eos: '<|im_end|>', padding: '<|endoftext|>' }, false],
    ['llama', 'llama-bpe', { bos: '<|begin_of_text|>', eos: '<|eot_id|>' }, true],
  ])('%s is cut as %s', (name, pre, special, beginsWithBos) => {
    const vocabulary = folderVocabulary(tokenizerFolder(name));
    expect(vocabulary).toMatchObject({ model: 'gpt2', pre, beginsWithBos });
    const texts = Object.entries(vocabulary.special).map(([key, id]) => [key, vocabulary.pieces[id]?.[0]]);
    expect(Object.fromEntries(texts)).toEqual(special);
    expect(vocabulary.template).toContain('message');
  });

  test('a cutting without a name, and merges across lines, are refused', () => {
    const folder = tokenizerFolder('qwen2');
    const { pre_tokenizer: _, ...rest } = folder.tokenizer as Record<string, unknown>;
    const pretokenizers = [
      { type: 'Split', pattern: { Regex: String.raw`\p{L}+|\P{L}` }, behavior: 'Isolated', invert: false },
      { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
    ];
    const changed = { ...folder, tokenizer: { ...rest, pre_tokenizer: { type: 'Sequence', pretokenizers } } };
    expect(() => folderVocabulary(changed)).toThrow(/llama\.cpp has no name for the pre_tokenizer.*p\{L\}/);
    expect(() => folderVocabulary(tokenizerFolder('gemma3_text'))).toThrow(/would not read ".*\\n.*" as the one token/);
  });

  test.each([
    [{ characters: 'ab', words: ['so'] }, '"a"'],
    [{ characters: "1'", words: ['so'] }, `"'"`],
    [{ characters: '1é', words: [] }, '"é"'],
    // "d" and "o" are joined first, so that "od" never comes to be.
    [{ characters: '1', words: ['do', 'odd', 'dodo'] }, '"dodo"'],
  ])('of characters and words %j: refused for %s', (vocabulary, unfit) => {
    const json = characterTokenizer(vocabulary).toJson();
    expect(() => characterVocabulary(json)).toThrow(`llama.cpp would not read ${unfit} as`);
  });

  test('letters are fine where there are no words', () => {
    const { pieces, merges } = characterVocabulary(characterTokenizer({ characters: 'a \n', words: [] }).toJson());
    expect(pieces.map((piece) => piece?.[0])).toEqual(['<pad>', '<end>', 'a', 'Ġ', 'Ċ']);
    expect(merges).toEqual([]);
  });
});
