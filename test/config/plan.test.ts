import { expect, test } from 'vitest';
import { decoderParameters, evaluationSteps, planSft, totalSteps, warmupSteps } from '../../src/config/plan.ts';
import { sftConfig } from '../../src/config/schema.ts';

const config = (rest: object) => sftConfig.parse({ recipe: 'sft', ...rest });
const steps = (training: object, problems = 1000) => totalSteps(config({ training }), problems);

test('steps come from maxSteps, else from epochs, else from one pass', () => {
  expect(steps({ maxSteps: 7, epochs: 3, batchSize: 10 })).toBe(7);
  expect(steps({ epochs: 3, batchSize: 10 })).toBe(300);
  expect(steps({ batchSize: 10 })).toBe(100);
  expect(steps({ batchSize: 10, gradientAccumulationSteps: 3 })).toBe(34);
  expect(steps({ epochs: 0.0001 })).toBe(1);
});

test.each([
  [10, 5, true, [0, 5, 10]],
  [11, 5, true, [0, 5, 10, 11]],
  [4, 5, false, [4]],
  [5, 5, false, [5]],
  [1, 1, true, [0, 1]],
])('%i steps, every %i, at start %s: %j', (maxSteps, everySteps, atStart, expected) => {
  expect(evaluationSteps(config({ evaluation: { everySteps, atStart } }), maxSteps)).toEqual(expected);
});

test('parameters are counted weight by weight', () => {
  const { model } = config({
    model: {
      family: 'decoder',
      hiddenSize: 8,
      numHiddenLayers: 2,
      numAttentionHeads: 4,
      numKeyValueHeads: 2,
      intermediateSize: 12,
    },
  });
  if (!('family' in model)) throw new Error('expected a new model');
  const weights = {
    embedding: 10 * 8,
    attention: 8 * 8 + 4 * 8 + 4 * 8 + 8 * 8,
    mlp: 3 * 8 * 12,
    norms: 2 * 8,
  };
  expect(decoderParameters(model, 10)).toBe(
    weights.embedding + 2 * (weights.attention + weights.mlp + weights.norms) + 8,
  );
});

test('the plan of a new model counts tokens and parameters, that of a checkpoint has not', () => {
  const made = planSft(config({ training: { maxSteps: 100, warmupRatio: 0.1 } }), 50_000, 50);
  expect(made).toMatchObject({
    totalSteps: 100,
    warmupSteps: 10,
    sequencesPerStep: 64,
    tokensPerStep: 64 * 256,
    tokens: 100 * 64 * 256,
  });
  const loaded = planSft(config({ model: { checkpoint: 'x' } }), 100);
  expect([loaded.parameters, loaded.tokens]).toEqual([null, null]);
  expect(warmupSteps({ warmupRatio: 0 }, 10)).toBe(0);
});
