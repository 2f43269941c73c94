import { afterAll, describe, expect, test } from 'vitest';
import { sftConfig } from '../../../src/config/schema.ts';
import { decoderModelConfig } from '../../../src/engine/families/decoder.ts';
import { ExecutorError } from '../../../src/engine/executorError.ts';
import type { ModelConfig } from '../../../src/engine/families/family.ts';
import { families, familyOf, modelOf, parameterCount } from '../../../src/engine/families/index.ts';
import { logitsProgram } from '../../../src/engine/programs/logits.ts';
import { allocateWeights } from '../../../src/engine/programs/state.ts';
import { createOnnxExecutor } from '../../../src/trainer/executors/onnx.ts';
import { runOnce, someWeights, tinyModel, tokens } from '../support.ts';

const executor = await createOnnxExecutor({ threads: 1 });
afterAll(() => executor.dispose());

const config: ModelConfig = {
  model_type: 'decoder',
  hidden_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  intermediate_size: 24,
  vocab_size: 11,
  max_position_embeddings: 32,
};

const failure = (changes: Record<string, number | string | boolean>): ExecutorError => {
  try {
    modelOf({ ...config, ...changes });
  } catch (error) {
    if (error instanceof ExecutorError) return error;
    throw error;
  }
  throw new Error('The config was accepted.');
};

describe('reading config.json', () => {
  test.each([
    [{ hidden_size: 18 }, /hidden_size is 18, expected a multiple of 2 \* num_attention_heads \(8\)/],
    [{ num_key_value_heads: 3 }, /num_key_value_heads is 3, expected a divisor of 4/],
    [{ num_hidden_layers: 0 }, /num_hidden_layers is 0, expected a whole number of at least 1/],
    [{ vocab_size: 'many' }, /vocab_size is "many"/],
    [{ rope_theta: -1 }, /rope_theta is -1, expected a number above 0/],
    [{ tie_word_embeddings: false }, /tie_word_embeddings is false, expected true/],
    [{ model_type: 'gpt5' }, /model_type is "gpt5"/],
  ])('%o is refused with key and value', (changes, message) => {
    const error = failure(changes);
    expect(error.message).toMatch(message);
    expect(error.code).toBe('badCheckpoint');
    expect(error.remedy).toBeTruthy();
  });

  test('a missing key is named', () => {
    const { hidden_size: _, ...rest } = config;
    expect(() => modelOf({ ...rest, model_type: 'decoder' })).toThrow(/hidden_size is missing/);
  });
});

test.each([
  [0.5, [1, 0.3162277638912201, 0.10000000149011612, 0.03162277862429619, 0, 0, 0, 0]],
  [
    0.75,
    [1, 0.3162277638912201, 0.10000000149011612, 0.03162277862429619, 0.009999999776482582, 0.003162277862429619, 0, 0],
  ],
])('at partialRotaryFactor %d the slow pairs stand still, as in transformers 5.23', (partialRotaryFactor, expected) => {
  const { model } = sftConfig.parse({
    recipe: 'sft',
    model: { family: 'decoder', hiddenSize: 64, partialRotaryFactor },
  });
  if (!('family' in model)) throw new Error('The schema made no new model of it.');
  const of = familyOf({ model_type: 'decoder' }).describe(decoderModelConfig(model, 11));
  const { theta, ropeScaling } = of.layers[0]!;
  expected.forEach((frequency, i) => expect(ropeScaling(theta ** ((-2 * i) / of.headDim))).toBeCloseTo(frequency, 7));
});

describe.each(families)('$modelType', (family) => {
  test('is found by its model_type', () => {
    expect(familyOf({ model_type: family.modelType })).toBe(family);
  });
});

describe('decoder', () => {
  const model = tinyModel();

  test('has the parameters of its config, named as Hugging Face names them', () => {
    const [hidden, shared, wide, vocab] = [16, 8, 24, 11];
    const block = 2 * hidden + 2 * hidden * hidden + 2 * hidden * shared + 3 * hidden * wide;
    expect(parameterCount(modelOf(config))).toBe(vocab * hidden + 2 * block + hidden);
    expect(model.parameters.map(({ name }) => name)).toContain('model.layers.1.self_attn.k_proj.weight');
    expect(new Set(model.parameters.map(({ name }) => name)).size).toBe(model.parameters.length);
    for (const { name, decay, shape } of model.parameters) expect(decay, name).toBe(shape.length === 2);
  });

  test('is causal: a later token changes no earlier score, an earlier one changes all later ones', async () => {
    await allocateWeights(executor, model, someWeights(model));
    const [length, vocab] = [6, model.vocabSize];
    const scores = async (ids: Int32Array): Promise<Float32Array[]> => {
      const { logits = new Float32Array() } = await runOnce(executor, logitsProgram(model, 1, length), {
        input_ids: ids,
      });
      return Array.from({ length }, (_, t) => logits.slice(t * vocab, (t + 1) * vocab));
    };
    const ids = tokens(length, vocab);
    const changed = ids.map((id, t) => (t === 3 ? (id + 1) % vocab : id));
    const [before, after] = [await scores(ids), await scores(changed)];
    for (let t = 0; t < length; t++) {
      if (t < 3) expect(after[t]).toEqual(before[t]);
      else expect(after[t]).not.toEqual(before[t]);
    }
  });

  test('weights that do not fit are refused by name', async () => {
    const { 'model.norm.weight': norm, ...rest } = someWeights(model);
    await expect(allocateWeights(executor, model, rest)).rejects.toThrow(/model\.norm\.weight is missing/);
    const wrong = { ...rest, 'model.norm.weight': { shape: [3], values: new Float32Array(3) } };
    await expect(allocateWeights(executor, model, wrong)).rejects.toThrow(
      /model\.norm\.weight has the shape \[3\], expected \[16\]/,
    );
    const more = {
      ...rest,
      'model.norm.weight': norm ?? wrong['model.norm.weight'],
      'lm_head.weight': wrong['model.norm.weight'],
    };
    await expect(allocateWeights(executor, model, more)).rejects.toThrow(
      /lm_head\.weight is not part of a decoder model/,
    );
  });
});
