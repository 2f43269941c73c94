import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { DataFailure } from '../../src/data/dataFailure.ts';
import { realFiles } from '../../src/data/files.ts';
import { openModelFolder, readModelFolder } from '../../src/data/modelFolder.ts';
import { ModelFolderFailure } from '../../src/data/modelFolderFailure.ts';
import { encodeSafetensors, readSafetensors } from '../../src/data/safetensors.ts';
import { modelOf } from '../../src/engine/families/index.ts';
import type { NamedArrays } from '../../src/protocol/savedState.ts';

const fixtures = fileURLToPath(new URL('../fixtures/transformers/', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'valley-models-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

let count = 0;
/** A copy of a fixture that may be spoilt. */
const copyOf = (name: string): string => {
  const folder = join(home, `${name}-${count++}`);
  cpSync(join(fixtures, name), folder, { recursive: true });
  return folder;
};

const read = (folder: string) => readModelFolder(folder, (config) => modelOf(config).parameters);
const failure = (folder: string): DataFailure => {
  try {
    read(folder);
  } catch (error) {
    if (error instanceof DataFailure) return error;
    throw error;
  }
  throw new Error('The folder was read.');
};

const edit = (folder: string, file: string, change: (json: Record<string, unknown>) => unknown): void => {
  const path = join(folder, file);
  writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>)));
};
const INDEX = 'model.safetensors.index.json';
const FIRST = 'model-00001-of-00006.safetensors';
const editMap = (folder: string, change: (map: Record<string, unknown>) => void): void =>
  edit(folder, INDEX, (index) => {
    change(index['weight_map'] as Record<string, unknown>);
    return index;
  });
const rewrite = (folder: string, change: (arrays: NamedArrays) => NamedArrays, file = 'model.safetensors'): void => {
  const arrays = change(readSafetensors(realFiles, join(folder, file)));
  writeFileSync(join(folder, file), Buffer.concat([...encodeSafetensors(arrays)]));
};
const Q = 'model.layers.0.self_attn.q_proj.weight';

type Case = readonly [what: string, fixture: string, spoil: (folder: string) => void, rule: string, message: RegExp];

const spoilt: readonly Case[] = [
  ['nothing', 'llama', (at) => rmSync(at, { recursive: true }), 'notAFolder', /There is no folder/],
  ['no config.json', 'llama', (at) => rmSync(join(at, 'config.json')), 'fileMissing', /config\.json is missing/],
  [
    'a config.json that is no JSON',
    'llama',
    (at) => writeFileSync(join(at, 'config.json'), '{'),
    'notJson',
    /config\.json is not JSON/,
  ],
  [
    'a list as config.json',
    'llama',
    (at) => writeFileSync(join(at, 'config.json'), '[]'),
    'noModelType',
    /names no "model_type"/,
  ],
  [
    'a config.json of 2 MB',
    'llama',
    (at) => writeFileSync(join(at, 'config.json'), ' '.repeat(2 << 20)),
    'fileTooLong',
    /config\.json has 2097152 bytes/,
  ],
  [
    'a generation_config.json that is no JSON',
    'llama',
    (at) => writeFileSync(join(at, 'generation_config.json'), ']'),
    'notJson',
    /generation_config\.json is not JSON/,
  ],
  [
    'quantized weights',
    'llama',
    (at) => edit(at, 'config.json', (c) => ({ ...c, quantization_config: { quant_method: 'gptq' } })),
    'quantized',
    /quantization_config.*"gptq"/,
  ],
  [
    'no weights',
    'llama',
    (at) => renameSync(join(at, 'model.safetensors'), join(at, 'pytorch_model.bin')),
    'noWeights',
    /has neither model\.safetensors nor/,
  ],
  [
    'a folder as weights',
    'llama',
    (at) => (rmSync(join(at, 'model.safetensors')), mkdirSync(join(at, 'model.safetensors'))),
    'fileMissing',
    /is not a file/,
  ],
  [
    'a missing weight',
    'llama',
    (at) => rewrite(at, (all) => Object.fromEntries(Object.entries(all).filter(([name]) => name !== Q))),
    'weightMissing',
    /lacks the weight model\.layers\.0\.self_attn\.q_proj\.weight/,
  ],
  [
    'a layer too many',
    'llama',
    (at) => edit(at, 'config.json', (c) => ({ ...c, num_hidden_layers: 1 })),
    'weightUnknown',
    /has the weight model\.layers\.1/,
  ],
  [
    'a layer too few',
    'llama',
    (at) => edit(at, 'config.json', (c) => ({ ...c, num_hidden_layers: 3 })),
    'weightMissing',
    /lacks the weight model\.layers\.2/,
  ],
  [
    'a bias that llama has not',
    'llama-biases',
    (at) => edit(at, 'config.json', (c) => ({ ...c, attention_bias: false })),
    'weightUnknown',
    /_proj\.bias/,
  ],
  [
    'another width',
    'llama',
    (at) => edit(at, 'config.json', (c) => ({ ...c, intermediate_size: 50 })),
    'weightShape',
    /gate_proj\.weight has the shape \[48, 32\], but config\.json asks for \[50, 32\]/,
  ],
  [
    'a width beyond all measure',
    'llama',
    (at) => edit(at, 'config.json', (c) => ({ ...c, vocab_size: 2 ** 50 })),
    'weightShape',
    /asks for \[1125899906842624, 32\]/,
  ],
  [
    'a head that is not there',
    'llama',
    (at) => edit(at, 'config.json', (c) => ({ ...c, tie_word_embeddings: false })),
    'weightMissing',
    /lacks the weight lm_head\.weight/,
  ],
  [
    'a shard that is missing',
    'qwen3',
    (at) => rmSync(join(at, FIRST)),
    'fileMissing',
    /model-00001-of-00006\.safetensors is missing/,
  ],
  [
    'a weight in another shard than told',
    'qwen3',
    (at) => editMap(at, (map) => (map['model.norm.weight'] = FIRST)),
    'notInShard',
    /says that model\.norm\.weight is in model-00001/,
  ],
  [
    'a weight in two shards',
    'qwen3',
    (at) => rewrite(at, (all) => ({ ...all, 'model.norm.weight': { shape: [1], values: new Float32Array(1) } }), FIRST),
    'inTwoShards',
    /model\.norm\.weight is both in/,
  ],
  ['no map', 'qwen3', (at) => edit(at, INDEX, () => ({})), 'badIndex', /has no object "weight_map"/],
  [
    'a map of 200,000 weights',
    'qwen3',
    (at) =>
      edit(at, INDEX, () => ({
        weight_map: Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [i, FIRST])),
      })),
    'badIndex',
    /names 200000 weights/,
  ],
  ...[
    '../x.safetensors',
    '/x.safetensors',
    'https://x/y.safetensors',
    'a\\b.safetensors',
    'C:x.safetensors',
    '..',
    '.safetensors',
    'x.bin',
    '%2e%2e/x.safetensors',
    'x.safetensors\0',
    5,
    null,
    {},
  ].map((file): Case => [
    `an index that points to ${JSON.stringify(file)}`,
    'qwen3',
    (at) => editMap(at, (map) => (map[Q] = file)),
    'outsideFolder',
    /index\.json: weight_map\.model\.layers\.0\.self_attn\.q_proj\.weight is/,
  ]),
  [
    'a link that leads out',
    'llama',
    (at) => {
      rmSync(join(at, 'model.safetensors'));
      symlinkSync(join(fixtures, 'llama', 'model.safetensors'), join(at, 'model.safetensors'));
    },
    'linkLeadsOut',
    /is a link that leads out of its folder/,
  ],
];

describe('what is wrong is named before a weight is read', () => {
  test.each(spoilt)('%s', (_, fixture, spoil, rule, message) => {
    const folder = copyOf(fixture);
    spoil(folder);
    const error = failure(folder);
    expect(error.message).toMatch(message);
    expect(error.message).toContain(folder);
    expect(error).toMatchObject({
      name: 'ModelFolderFailure',
      code: 'badCheckpoint',
      rule,
      remedy: expect.any(String) as string,
    });
  });

  test('a damaged safetensors file, by file and rule of the format', () => {
    const folder = copyOf('llama');
    const path = join(folder, 'model.safetensors');
    writeFileSync(path, readFileSync(path).subarray(0, -4));
    expect(() => read(folder)).toThrow(/model\.safetensors: The tensors end at byte/);
  });

  test('weights of whole numbers', () => {
    const folder = copyOf('llama');
    const path = join(folder, 'model.safetensors');
    const bytes = readFileSync(path);
    const header = bytes.toString('latin1', 8, 8 + Number(bytes.readBigUInt64LE()));
    writeFileSync(
      path,
      Buffer.concat([
        bytes.subarray(0, 8),
        Buffer.from(header.replace('"BF16"', '"I16" ')),
        bytes.subarray(8 + header.length),
      ]),
    );
    expect(() => read(folder)).toThrow(/is stored as I16; F32, F16, BF16 are read/);
  });

  test('an index that names what every object has', () => {
    const folder = copyOf('qwen3');
    editMap(folder, (map) => Object.defineProperty(map, '__proto__', { value: FIRST, enumerable: true }));
    expect(() => read(folder)).toThrow(ModelFolderFailure);
  });

  test('an unknown family, with the one that was probably meant', () => {
    const folder = copyOf('llama');
    for (const [given, meant] of [
      ['qwen2.5', 'qwen2'],
      ['gemma3', 'gemma3_text'],
      ['Llama3', 'llama'],
    ] as const) {
      edit(folder, 'config.json', (config) => ({ ...config, model_type: given }));
      expect(() => read(folder)).toThrow(
        expect.objectContaining({
          code: 'badCheckpoint',
          remedy: expect.stringContaining(`Did you mean "${meant}"?`) as string,
        }),
      );
    }
  });
});

describe('what is unusual and right is read', () => {
  test('a tied head that is stored once more, and frequencies', () => {
    const folder = copyOf('llama');
    const plain = read(folder).weights;
    rewrite(folder, (arrays) => ({
      ...arrays,
      'lm_head.weight': arrays['model.embed_tokens.weight'] ?? { shape: [0], values: new Float32Array() },
      'model.layers.0.self_attn.rotary_emb.inv_freq': { shape: [1], values: Float32Array.of(1) },
    }));
    expect(read(folder).weights).toEqual(plain);
  });

  test('a cache of huggingface_hub, whose files are links to blobs', () => {
    const cache = join(home, 'models--x--y');
    const [snapshot, blobs] = [join(cache, 'snapshots', 'abc'), join(cache, 'blobs')];
    cpSync(join(fixtures, 'qwen3'), blobs, { recursive: true });
    mkdirSync(snapshot, { recursive: true });
    for (const name of readdirSync(blobs)) symlinkSync(join('..', '..', 'blobs', name), join(snapshot, name));
    expect(read(snapshot)).toEqual(read(join(fixtures, 'qwen3')));
    const link = join(home, 'a-link');
    symlinkSync(snapshot, link);
    expect(read(link).config).toEqual(read(snapshot).config);
  });

  test('generation_config.json; a tokenizer that is not there is null', () => {
    const { generationConfig, tokenizer } = openModelFolder(join(fixtures, 'llama'));
    expect(generationConfig).toMatchObject({ temperature: 0.6, eos_token_id: 2 });
    expect(tokenizer).toBeNull();
  });
});
