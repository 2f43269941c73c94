import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { checkConfig } from '../../src/config/checks.ts';
import { composeGrpo, composeSft, composeTraining } from '../../src/config/composeLadder.ts';
import { chosenTrainings, fromTheEnds, ladderTrainings, planLadder } from '../../src/config/planLadder.ts';
import { ladderConfig } from '../../src/config/schema.ts';
import { cellName } from '../../src/protocol/ladder.ts';

type Input = Partial<z.input<typeof ladderConfig>>;
const input: Input = {
  sizes: [64, 128, 512],
  seeds: [1, 2],
  training: { epochs: 2, batchSize: 8 },
  grpo: {
    ...{ from: [0, 512], problems: 100, everySteps: 2 },
    rollout: { prompts: 4, numGenerations: 4, maxNewTokens: 300 },
    training: { maxSteps: 4, batchSize: 16 },
  },
  evaluation: { problems: 10, maxNewTokens: 300 },
};
const parsed = (changes: Input = {}) => ladderConfig.parse({ recipe: 'ladder', ...input, ...changes });

describe('the plan', () => {
  test.each([
    [[1], [1]],
    [
      [1, 2],
      [1, 2],
    ],
    [
      [1, 2, 3],
      [1, 3, 2],
    ],
    [
      [1, 2, 3, 4, 5, 6],
      [1, 6, 3, 2, 4, 5],
    ],
  ])('%j: from the ends to the middle', (ascending, order) => {
    expect(fromTheEnds(ascending)).toEqual(order);
  });

  test('each rung has its control right behind it, and nothing comes before what it starts from', () => {
    const trainings = ladderTrainings(parsed());
    expect(trainings.map(({ name }) => name).slice(0, 7)).toEqual([
      ...['base-0-seed-1', 'sft-64-seed-1', 'short-64-seed-1', 'sft-64-seed-2', 'short-64-seed-2'],
      ...['sft-512-seed-1', 'short-512-seed-1'],
    ]);
    const names = trainings.map(({ name }) => name);
    trainings.forEach(({ from }, place) => {
      if (from !== null) expect(names.indexOf(from)).toBeLessThan(place);
    });
    expect(trainings.at(-1)).toMatchObject({ name: 'grpo-512-seed-1', from: 'sft-512-seed-1', steps: 4 });
    let step = 0;
    for (const { firstStep, steps } of trainings) {
      expect(firstStep).toBe(step);
      step += steps;
    }
  });

  test('cells are told apart, and share one way to measure', () => {
    const { cells, evaluations } = planLadder(parsed(), 'tiny');
    expect(new Set(cells.map(cellName)).size).toBe(cells.length);
    expect(cells).toHaveLength(1 + 3 * 2 * 2 + 2 * 2);
    expect(new Set(cells.map(({ evaluation }) => evaluation))).toEqual(new Set([evaluations[0]?.id]));
    const other = planLadder(parsed({ evaluation: { problems: 10, maxNewTokens: 301 } }), 'tiny');
    expect(other.evaluations[0]?.id).not.toBe(evaluations[0]?.id);
  });

  test('what is chosen brings what it starts from', () => {
    const plan = planLadder(parsed(), 'tiny');
    expect(chosenTrainings(plan, ['grpo-512-seed-1']).map(({ name }) => name)).toEqual([
      'base-0-seed-1',
      'sft-512-seed-1',
      'grpo-512-seed-1',
    ]);
    expect(chosenTrainings(plan, [])).toEqual(plan.trainings);
  });
});

describe('the schedules', () => {
  const sft = (changes: Input, size: number) => composeSft(parsed(changes), { stage: 'sft', size, seed: 1 }).training;

  test('paper: epochs and batches of section 2.3, about as many updates on every rung', () => {
    const sizes = [8000, 16_000, 32_000, 64_000, 128_000, 220_000];
    const changes: Input = { schedule: 'paper', sizes, training: { batchSize: 64, maxSteps: 3 }, grpo: undefined };
    expect(sizes.map((size) => sft(changes, size).epochs)).toEqual([4, 4, 4, 3, 3, 2]);
    expect(sizes.map((size) => sft(changes, size).batchSize)).toEqual([8, 16, 32, 64, 128, 128]);
    expect(sft(changes, 8000)).toMatchObject({ learningRate: 5e-5, lrSchedulerType: 'cosine', warmupRatio: 0.05 });
    const trainings = ladderTrainings(parsed(changes)).filter(({ stage, seed }) => stage === 'sft' && seed === 1);
    expect(new Map(trainings.map(({ size, steps }) => [size, steps]))).toEqual(
      new Map([
        [8000, 4000],
        [16_000, 4000],
        [32_000, 4000],
        [64_000, 3000],
        [128_000, 3000],
        [220_000, 3438],
      ]),
    );
  });

  test('controlled: nothing but the size; custom: what a rung says itself', () => {
    expect(sft({}, 64)).toEqual(sft({}, 512));
    const rungs = [{ size: 512, maxSteps: 7, learningRate: 0.002 }];
    expect(sft({ schedule: 'custom', rungs }, 512)).toMatchObject({ maxSteps: 7, learningRate: 0.002, batchSize: 8 });
    expect(sft({ schedule: 'custom', rungs }, 512).epochs).toBeUndefined();
    expect(sft({ schedule: 'custom', rungs }, 64)).toEqual(sft({}, 64));
  });

  test('nested subsets share a seed, independent ones do not; the control has that of its rung', () => {
    const seed = (changes: Input, stage: 'sft' | 'short', size: number) =>
      composeSft(parsed(changes), { stage, size, seed: 2 }).seed;
    expect(seed({}, 'sft', 64)).toBe(seed({}, 'sft', 512));
    expect(seed({ subsets: 'independent' }, 'sft', 64)).not.toBe(seed({ subsets: 'independent' }, 'sft', 512));
    expect(seed({ subsets: 'independent' }, 'short', 64)).toBe(seed({ subsets: 'independent' }, 'sft', 64));
  });

  test('base, rungs and reinforcement learning draw apart', () => {
    const key = { size: 64, seed: 1 };
    const seeds = (['base', 'sft', 'grpo'] as const).map((stage) => composeTraining(parsed(), { ...key, stage }).seed);
    expect(new Set(seeds).size).toBe(3);
  });

  test('only the style of the traces tells a rung from its control, and notes are for the base alone', () => {
    const config = parsed({ task: { name: 'repetition', notesRate: 0.2 } });
    const [long, short] = (['sft', 'short'] as const).map((stage) => composeSft(config, { stage, size: 64, seed: 1 }));
    expect(long?.task).toMatchObject({ trace: 'long', notesRate: 0 });
    expect({ ...short, task: null }).toEqual({ ...long, task: null });
    expect(composeGrpo(config, { stage: 'grpo', size: 64, seed: 1 }).evaluation).toEqual({
      ...long?.evaluation,
      everySteps: 2,
    });
  });
});

const rows: readonly (readonly [string, Input, string])[] = [
  ['sizes that do not ascend', { sizes: [64, 512, 128] }, 'sizes of rungs ascend, but 128 follows 512'],
  ['a seed twice', { seeds: [1, 1] }, 'the seed 1 is listed twice'],
  ['one seed', { seeds: [1] }, 'with one seed it cannot be told'],
  ['a size that the paper has not', { schedule: 'paper' }, 'the paper has no rung of 64 examples'],
  ['rungs of their own without their schedule', { rungs: [{ size: 64, epochs: 1 }] }, '`rungs` has no effect'],
  ['an unknown rung', { schedule: 'custom', rungs: [{ size: 65 }] }, 'there is no rung of 65 examples'],
  ['a start that is no rung', { grpo: { ...input.grpo, from: [63] } }, 'no rung of 63 examples to start from'],
  [
    'a start of an unknown seed',
    { grpo: { ...input.grpo, from: [0], seeds: [7] } },
    'no rung is trained with the seed 7',
  ],
  ['a batch larger than a rung', { training: { batchSize: 100 } }, 'the rung has only 64 examples'],
  ['a limit below the long answers', { evaluation: { maxNewTokens: 100 } }, 'the valley would be one of the limit'],
  ['a training that is not there', { only: ['sft-1-seed-1'] }, 'the ladder has no training "sft-1-seed-1"'],
  [
    'a rollout that does not divide',
    { grpo: { ...input.grpo, from: [0], training: { batchSize: 12 } } },
    'do not divide into batches of 12',
  ],
];

test.each(rows)('%s: %s', (_, changes, message) => {
  const machine = { memoryBytes: Infinity, gpu: null };
  const written = { recipe: 'ladder', ...input, ...changes };
  const findings = checkConfig(parsed(changes), written, {}, machine);
  expect(findings.map((finding) => finding.message).join('\n')).toContain(message);
});

test('a sound ladder is found sound', () => {
  expect(checkConfig(parsed(), { recipe: 'ladder', ...input }, {}, { memoryBytes: Infinity, gpu: null })).toEqual([]);
});
