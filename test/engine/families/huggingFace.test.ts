/** Every family against transformers: test/fixtures/transformers holds checkpoints that make.py has made with it, and what it computes with them. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { readModelFolder } from '../../../src/data/modelFolder.ts';
import type { Executor } from '../../../src/engine/executor.ts';
import type { Model, ModelConfig } from '../../../src/engine/families/family.ts';
import { families, modelOf, parameterCount, trainedParameters } from '../../../src/engine/families/index.ts';
import { adapterNames, savedAdapted, withAdapters } from '../../../src/engine/families/lora.ts';
import { Decoder } from '../../../src/engine/generation/decoder.ts';
import { generate } from '../../../src/engine/generation/generate.ts';
import { decodeProgram } from '../../../src/engine/programs/decode.ts';
import { gradientsProgram } from '../../../src/engine/programs/gradients.ts';
import { logitsProgram } from '../../../src/engine/programs/logits.ts';
import { gradientName } from '../../../src/engine/programs/names.ts';
import { allocateCache, allocateTraining, allocateWeights, freeCache } from '../../../src/engine/programs/state.ts';
import { Learner } from '../../../src/engine/recipes/learner.ts';
import type { NamedArrays } from '../../../src/protocol/savedState.ts';
import { createOnnxExecutor } from '../../../src/trainer/executors/onnx.ts';
import { createReferenceExecutor } from '../../../src/trainer/executors/reference.ts';
import { tinyConfig } from '../recipes/tinyRun.ts';
import { expectClose, noise, runOnce } from '../support.ts';

interface Expected {
  readonly batch: number;
  readonly length: number;
  readonly training: Readonly<Record<string, number>>;
  /** Base64 of little-endian 32-bit floats, [batch * length, V]. */
  readonly logits: string;
  readonly prompt: readonly number[];
  readonly greedy: readonly number[];
  readonly batches: readonly { readonly ids: readonly number[]; readonly labels: readonly number[] }[];
  readonly losses: readonly number[];
}

const root = fileURLToPath(new URL('../../fixtures/transformers/', import.meta.url));
const names = readdirSync(root, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
const parametersOf = (config: ModelConfig) => modelOf(config).parameters;

const fixtures = names.map((name) => {
  const saved = readModelFolder(root + name, parametersOf);
  const expected = JSON.parse(readFileSync(`${root}${name}/expected.json`, 'utf8')) as Expected;
  const logits = new Float32Array(Uint8Array.from(Buffer.from(expected.logits, 'base64')).buffer);
  return { name, ...saved, model: modelOf(saved.config), expected, logits };
});
type Fixture = (typeof fixtures)[number];

const onnx: Executor = await createOnnxExecutor({ threads: 1 });
const reference: Executor = await createReferenceExecutor();
afterAll(async () => {
  await onnx.dispose();
  await reference.dispose();
});

const idsOf = ({ expected }: Fixture): Int32Array => Int32Array.from(expected.batches[0]?.ids ?? []);

const logitsOf = async (executor: Executor, model: Model, weights: NamedArrays, fixture: Fixture) => {
  const { batch, length } = fixture.expected;
  await allocateWeights(executor, model, weights);
  const { logits } = await runOnce(executor, logitsProgram(model, batch, length), { input_ids: idsOf(fixture) });
  return logits ?? new Float32Array();
};

const largestDifference = (a: Float32Array, b: Float32Array): number => {
  expect(a.length).toBe(b.length);
  return Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN))));
};

test('every family of Hugging Face has a fixture', () => {
  const made = new Set(fixtures.map(({ config }) => config.model_type));
  expect([...made, 'decoder'].toSorted()).toEqual(families.map(({ modelType }) => modelType).toSorted());
});

describe.each(fixtures)('$name', (fixture) => {
  const { model, weights, expected } = fixture;
  const { batch, length } = expected;
  const passes = expected.batches.map(({ ids, labels }) => ({
    inputIds: Int32Array.from(ids),
    labels: Int32Array.from(labels),
    size: batch,
    length,
    tokens: 0,
    labelled: labels.filter((label) => label >= 0).length,
  }));

  test.each([onnx, reference])('logits within 1e-4 of transformers, on $identity.executor', async (executor) => {
    const found = await logitsOf(executor, model, weights, fixture);
    expect(largestDifference(found, fixture.logits)).toBeLessThan(1e-4);
  });

  test('the losses of five steps of AdamW within 1e-4, also where blocks are computed again', async () => {
    for (const activationRecompute of [false, true]) {
      const { training } = tinyConfig({ training: { ...expected.training, activationRecompute, batchSize: batch } });
      const learner = await Learner.open(onnx, model, weights, {}, training, batch);
      for (const [i, pass] of passes.entries()) {
        const { loss } = await learner.step([pass], i + 1, expected.training['learningRate'] ?? 0);
        expect(Math.abs(loss - (expected.losses[i] ?? Number.NaN)), `step ${i + 1}`).toBeLessThan(1e-4);
      }
      await learner.dispose();
    }
  });

  test('token by token over the cache: the same logits within 1e-4', async () => {
    await allocateWeights(onnx, model, weights);
    await allocateCache(onnx, model, batch, length);
    const program = await onnx.compile(decodeProgram(model, batch, length));
    const column = (t: number) => Int32Array.from({ length: batch }, (_, row) => idsOf(fixture)[row * length + t] ?? 0);
    const vocab = model.vocabSize;
    for (let t = 0; t < length; t++) {
      const { logits = new Float32Array() } = await program.run({
        ids: column(t),
        positions: new Int32Array(batch).fill(t),
      });
      for (let row = 0; row < batch; row++) {
        const at = (row * length + t) * vocab;
        const found = logits.subarray(row * vocab, (row + 1) * vocab);
        expect(largestDifference(found, fixture.logits.subarray(at, at + vocab))).toBeLessThan(1e-4);
      }
    }
    await program.dispose();
    await freeCache(onnx, model);
  });

  test('the same tokens as transformers, greedily, through the cache', async () => {
    await allocateWeights(onnx, model, weights);
    expect(await continued(model, expected)).toEqual(expected.greedy);
  });

  test('adapters: merged as unmerged, and all of them learn', async () => {
    const targetModules = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const;
    const adapted = withAdapters(model, { rank: 2, alpha: 3, targetModules: [...targetModules] });
    const added = trainedParameters(adapted).map(({ name, shape }, i) => {
      const values = noise(
        i + 1,
        shape.reduce((a, b) => a * b, 1),
        0.2,
      );
      return [name, { shape, values }] as const;
    });
    const all = { ...weights, ...Object.fromEntries(added) };
    const unmerged = await logitsOf(onnx, adapted, all, fixture);
    const [pass] = passes;
    await allocateTraining(onnx, adapted);
    await runOnce(onnx, gradientsProgram(adapted, batch, length), {
      input_ids: pass?.inputIds ?? new Int32Array(),
      labels: pass?.labels ?? new Int32Array(),
      loss_scale: Float32Array.of(1),
    });
    for (const target of adapted.adapters?.targets ?? [])
      for (const name of Object.values(adapterNames(target)))
        expect(Math.max(...(await onnx.read(gradientName(name))).map(Math.abs)), name).toBeGreaterThan(0);
    const merged = savedAdapted(adapted.adapters!, all, null).weights;
    expectClose(await logitsOf(onnx, model, merged, fixture), unmerged, 1e-5);
    expect(largestDifference(unmerged, fixture.logits)).toBeGreaterThan(1e-2);
  });
});

/** The greedy continuation by way of the key/value cache. */
const continued = async (model: Model, { prompt, greedy }: Expected): Promise<readonly number[]> => {
  const decoder = new Decoder(onnx, model, 2);
  let given = 0;
  const next = () =>
    given++ > 0 ? null : { prompt, seed: 1, maxNewTokens: greedy.length, temperature: 0, topP: 1, topK: 0 };
  const found: number[] = [];
  for await (const { finished } of generate(decoder, [], next))
    found.push(...finished.flatMap(({ generated }) => generated.tokens));
  await decoder.dispose();
  return found;
};

describe('config.json as earlier versions of transformers write it', () => {
  const earlier: Readonly<Record<string, (config: ModelConfig) => Record<string, unknown>>> = {
    llama: ({ rope_parameters: scaling }) => ({ rope_theta: 500, rope_scaling: scaling }),
    'gemma3_text-capped': () => ({
      rope_theta: 1e5,
      rope_local_base_freq: 1e4,
      rope_scaling: { type: 'linear', factor: 8 },
      layer_types: undefined,
      sliding_window_pattern: 2,
    }),
    'qwen2-sliding': () => ({ rope_theta: 1e4, layer_types: undefined }),
  };

  test.each(Object.entries(earlier))('%s: the same logits', async (name, change) => {
    const fixture = fixtures.find((one) => one.name === name);
    if (!fixture) throw new Error(`There is no fixture ${name}.`);
    const config = { ...fixture.config, ...change(fixture.config), rope_parameters: undefined };
    const model = modelOf(JSON.parse(JSON.stringify(config)) as ModelConfig);
    const found = await logitsOf(onnx, model, fixture.weights, fixture);
    expect(largestDifference(found, fixture.logits)).toBeLessThan(1e-4);
  });
});

describe('models that are out there, by the sizes in their config.json', () => {
  const sizes = (values: readonly number[]) => {
    const [
      hidden_size = 0,
      num_hidden_layers = 0,
      num_attention_heads = 0,
      num_key_value_heads = 0,
      intermediate_size = 0,
      vocab_size = 0,
    ] = values;
    return {
      hidden_size,
      num_hidden_layers,
      num_attention_heads,
      num_key_value_heads,
      intermediate_size,
      vocab_size,
      max_position_embeddings: 32768,
    };
  };
  const tied = { tie_word_embeddings: true };
  const llama3 = {
    rope_type: 'llama3',
    factor: 32,
    high_freq_factor: 4,
    low_freq_factor: 1,
    original_max_position_embeddings: 8192,
  };
  const published: readonly (readonly [string, ModelConfig, number])[] = [
    ['Qwen2.5-0.5B', { model_type: 'qwen2', ...sizes([896, 24, 14, 2, 4864, 151_936]), ...tied }, 494_032_768],
    ['Qwen2.5-1.5B', { model_type: 'qwen2', ...sizes([1536, 28, 12, 2, 8960, 151_936]), ...tied }, 1_543_714_304],
    [
      'Qwen3-0.6B',
      { model_type: 'qwen3', ...sizes([1024, 28, 16, 8, 3072, 151_936]), ...tied, head_dim: 128 },
      596_049_920,
    ],
    [
      'Llama-3.2-1B',
      {
        model_type: 'llama',
        ...sizes([2048, 16, 32, 8, 8192, 128_256]),
        ...tied,
        rope_theta: 5e5,
        rope_scaling: llama3,
      },
      1_235_814_400,
    ],
    [
      'gemma-3-270m',
      { model_type: 'gemma3_text', ...sizes([640, 18, 4, 1, 2048, 262_144]), head_dim: 256, sliding_window: 512 },
      268_098_176,
    ],
    [
      'gemma-3-1b',
      { model_type: 'gemma3_text', ...sizes([1152, 26, 4, 1, 6912, 262_144]), head_dim: 256, sliding_window: 512 },
      999_885_952,
    ],
  ];

  test.each(published)('%s has as many parameters as its card says', (_, config, count) => {
    expect(parameterCount(modelOf(config))).toBe(count);
  });
});
