import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { checkConfig } from '../../src/config/checks.ts';
import { composeEvaluation } from '../../src/config/compose.ts';
import { grpoEvaluationSteps, plannedGrpoSteps, stepsPerRollout, totalGrpoSteps } from '../../src/config/planGrpo.ts';
import { grpoConfig } from '../../src/config/schema.ts';

type Input = Partial<z.input<typeof grpoConfig>>;
const base: Input = {
  model: { checkpoint: 'weak.valley.jsonc' },
  task: { name: 'arithmetic', level: 'addition-2' },
  data: { problems: 100 },
  rollout: { prompts: 8, numGenerations: 4, maxNewTokens: 32 },
  training: { maxSteps: 10, batchSize: 16 },
  evaluation: { everySteps: 4, maxNewTokens: 32 },
};
const parsed = (changes: Input = {}) => grpoConfig.parse({ recipe: 'grpo', ...base, ...changes });

describe('the plan', () => {
  test('whole rollouts: steps and evaluations are rounded up to where one ends', () => {
    const config = parsed({ policy: { numIterations: 2 } });
    expect(stepsPerRollout(config)).toBe(4);
    expect(totalGrpoSteps(config, 100)).toBe(12);
    expect(grpoEvaluationSteps(config, 12)).toEqual([0, 4, 8, 12]);
    expect(grpoEvaluationSteps(parsed({ evaluation: { everySteps: 3, atStart: false } }), 10)).toEqual([4, 6, 10]);
  });

  test('epochs are passes over the problems that there are', () => {
    const config = parsed({ training: { epochs: 2, batchSize: 32 } });
    expect(totalGrpoSteps(config, 100)).toBe(25);
    expect(totalGrpoSteps(config, 10)).toBe(3);
  });
});

const rows: readonly (readonly [string, Input, string])[] = [
  ['no reward at all', { rewards: { correct: 0 } }, 'every reward has the weight 0'],
  [
    'no reward for the answer',
    { rewards: { correct: 0, format: 1 } },
    'no reward depends on whether the answer is right',
  ],
  ['a batch larger than a rollout', { training: { maxSteps: 1, batchSize: 64 } }, 'a rollout has only 32'],
  ['batches that do not divide', { training: { maxSteps: 8, batchSize: 12 } }, 'do not divide into batches of 12'],
  ['more prompts than problems', { data: { problems: 4 } }, 'a rollout takes 8 problems'],
  [
    'a limit below the answers',
    { rollout: { prompts: 8, numGenerations: 4, maxNewTokens: 8 } },
    'completions are cut after 8 tokens',
  ],
  ['an evaluation that cuts', { evaluation: { everySteps: 4, maxNewTokens: 24 } }, 'the evaluation cuts after 24'],
  ['an upper bound below the lower', { policy: { epsilon: 0.2, epsilonHigh: 0.1 } }, '`epsilonHigh` 0.1 is below'],
  ['epochs beside steps', { training: { maxSteps: 8, epochs: 1, batchSize: 16 } }, '`epochs` is ignored'],
  [
    'too many evaluations',
    { training: { maxSteps: 900_000_000, batchSize: 16 }, evaluation: { everySteps: 1, maxNewTokens: 32 } },
    'evaluations in',
  ],
  [
    'a least rate on a constant schedule',
    { training: { maxSteps: 8, batchSize: 16, minLearningRateRatio: 0.1 } },
    'has no effect on a constant learning rate',
  ],
  ['an order of one level', { curriculum: { order: 'easyFirst' } }, 'all problems have the level "addition-2"'],
  ['a level that is none', { curriculum: { levels: ['addition-2', 'addition-9'] } }, 'no level "addition-9"'],
  ['a level named twice', { curriculum: { levels: ['addition-2', 'addition-2'] } }, '"addition-2" is named twice'],
  ['weights without their order', { curriculum: { levels: ['addition-2'], weights: [1] } }, '`weights` has no effect'],
  [
    'weights without levels',
    { curriculum: { order: 'weighted', levels: ['addition-2'], weights: [1, 2] } },
    'there are 2 weights for 1 levels',
  ],
  [
    'weights of nothing',
    { curriculum: { order: 'weighted', levels: ['addition-2', 'addition-3'], weights: [0, 0] } },
    'every level has the weight 0',
  ],
  ['a task beside rows', { data: { path: 'problems.jsonl' } }, '`task` has no effect on rows'],
];

test('problems of a file: steps are planned where the config tells them, else when the file was read', () => {
  const rows = parsed({ data: { path: 'problems.jsonl' } });
  expect(plannedGrpoSteps(rows)).toBe(10);
  expect(plannedGrpoSteps(parsed({ data: { path: 'problems.jsonl' }, training: { epochs: 2 } }))).toBeNull();
  expect(plannedGrpoSteps(parsed({ training: { epochs: 2, batchSize: 32 } }))).toBe(25);
  // Levels of a file are its own.
  const { task: _, ...rest } = { ...base, data: { path: 'p.jsonl' }, curriculum: { levels: ['Level 1', 'Level 2'] } };
  const written = { recipe: 'grpo', ...rest };
  expect(checkConfig(grpoConfig.parse(written), written, {}, { memoryBytes: 8e9, gpu: null })).toEqual([]);
});

test('an evaluation measures the problems that a run held out, asked in the same way', () => {
  const data = { path: 'p.jsonl', instruction: 'Box it.', columns: { answer: 'gold' } };
  const evaluation = composeEvaluation('checkpoint', parsed({ data }));
  expect(evaluation.data).toMatchObject({ ...data, use: 'prompts', split: 'heldOut' });
  expect(composeEvaluation('checkpoint', evaluation).data).toEqual(evaluation.data);
});

describe('the pre-flight', () => {
  const messages = (changes: Input): string[] => {
    const written = { recipe: 'grpo', ...base, ...changes };
    const machine = { memoryBytes: 8e9, gpu: null };
    return checkConfig(grpoConfig.parse(written), written, {}, machine).map(({ message }) => message);
  };

  test('finds nothing in a sound config', () => expect(messages({})).toEqual([]));

  test.each(rows)('finds %s', (_, changes, words) => {
    expect(messages(changes).join('\n')).toContain(words);
  });
});
