import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { checkConfig } from '../../src/config/checks.ts';
import { composeEvaluation, composeSample } from '../../src/config/compose.ts';
import { plannedSteps, totalSteps } from '../../src/config/plan.ts';
import { dpoConfig } from '../../src/config/schema.ts';

type Input = Partial<z.input<typeof dpoConfig>>;
const base: Input = { model: { path: 'MODEL' }, data: { path: 'pairs.jsonl' }, evaluation: { everySteps: 5 } };
const parsed = (changes: Input = {}) => dpoConfig.parse({ recipe: 'dpo', ...base, ...changes });
const machine = { memoryBytes: 8e9, gpu: null };
const findings = (changes: Input) =>
  checkConfig(parsed(changes), { recipe: 'dpo', ...base, ...changes }, {}, machine).map(({ message }) => message);

test('steps are counted in pairs, and known beforehand only where the config says them', () => {
  const training = { epochs: 2, batchSize: 4, gradientAccumulationSteps: 2 };
  expect(totalSteps(parsed({ training }), 100)).toBe(25);
  expect(plannedSteps(parsed({ training }))).toBeNull();
  expect(plannedSteps(parsed({ training: { maxSteps: 7 } }))).toBe(7);
});

test('other formats, packed rows and new models are refused', () => {
  for (const wrong of [
    { data: { path: 'a.jsonl', format: 'messages' } },
    { training: { packing: true } },
    { model: { family: 'decoder' } },
    { task: { name: 'arithmetic' } },
    { preference: { beta: 0 } },
  ])
    expect(dpoConfig.safeParse({ recipe: 'dpo', ...base, ...wrong }).success, JSON.stringify(wrong)).toBe(false);
});

const rows: readonly (readonly [string, Input, string])[] = [
  [
    'smoothed labels under IPO',
    { preference: { lossType: 'ipo', labelSmoothing: 0.1 } },
    '`labelSmoothing` has no effect on the loss "ipo"',
  ],
  [
    'a rate for fine-tuning',
    { training: { maxSteps: 10, learningRate: 0.001 } },
    'a learning rate of 0.001 is far above what preferences are learned with',
  ],
  ['a pass larger than a batch', { training: { batchSize: 2, microBatchSize: 4 } }, 'is larger than `batchSize` 2'],
  ['epochs beside steps', { training: { maxSteps: 10, epochs: 1 } }, '`epochs` is ignored'],
  ['no look', { training: { maxSteps: 10 }, sampling: { everySteps: 50 } }, 'no completion is shown before step 50'],
  ['an evaluation too late', { training: { maxSteps: 3 } }, 'it is evaluated at its end'],
];

describe('findings', () => {
  test('none for a sound config', () => {
    expect(findings({ training: { maxSteps: 100 } })).toEqual([]);
  });

  test.each(rows)('%s', (_, changes, wanted) => {
    expect(findings(changes).join('\n')).toContain(wanted);
  });
});

test('an evaluation of its checkpoint measures the chosen completions of the same rows', () => {
  const config = composeEvaluation('/checkpoint', parsed());
  expect(config).toMatchObject({ recipe: 'evaluate', data: { path: 'pairs.jsonl', format: 'preference' } });
  expect(composeSample('/checkpoint', { prompt: 'Why?' }, parsed())).toMatchObject({ applyChatTemplate: true });
});
