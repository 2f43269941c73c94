import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plannedSteps } from '../../../src/config/plan.ts';
import { bucketOf } from '../../../src/config/buckets.ts';
import { batchOf } from '../../../src/engine/recipes/batch.ts';
import { Inbox } from '../../../src/engine/recipes/inbox.ts';
import { benchmarkScores } from '../../../src/engine/stats/benchmarkScores.ts';
import { problemSet } from '../../../src/engine/recipes/problemSet.ts';
import { taskExamples, type TaskExamplesOptions } from '../../../src/engine/recipes/taskExamples.ts';
import { learningRateAt } from '../../../src/engine/recipes/schedule.ts';
import { TrainingData } from '../../../src/engine/recipes/trainingData.ts';
import { shareInterval } from '../../../src/engine/stats/shareInterval.ts';
import { taskOf } from '../../../src/engine/tasks/index.ts';
import { characterTokenizer } from '../../../src/engine/tokenizer/characterTokenizer.ts';
import type { Completion } from '../../../src/protocol/events.ts';
import { tinyConfig } from './tinyRun.ts';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

describe('learningRateAt', () => {
  const rateAt = (step: number, { training }: ReturnType<typeof tinyConfig>): number =>
    learningRateAt(step, training.maxSteps ?? 0, training);
  const config = (lrSchedulerType: 'cosine' | 'linear' | 'constant', minLearningRateRatio = 0) =>
    tinyConfig({
      training: { maxSteps: 100, warmupRatio: 0.1, learningRate: 1, lrSchedulerType, minLearningRateRatio },
    });

  test('rises in a straight line to the highest rate', () => {
    expect([1, 5, 10, 11].map((step) => rateAt(step, config('cosine')))).toEqual([0.1, 0.5, 1, 1]);
  });

  test('falls as a cosine, a line or not at all', () => {
    expect(rateAt(56, config('cosine'))).toBeCloseTo(0.5, 6);
    expect(rateAt(56, config('linear'))).toBeCloseTo(0.5, 6);
    expect(rateAt(100, config('constant'))).toBe(1);
    expect(rateAt(100, config('cosine', 0.2))).toBeGreaterThan(0.2);
    expect(rateAt(100, config('linear', 0.2))).toBeCloseTo(0.2 + 0.8 / 90, 6);
  });

  test('is positive at every step, also with warm-ups of nothing and of everything', () => {
    for (const warmupRatio of [0, 0.05, 1]) {
      const whole = tinyConfig({ training: { maxSteps: 37, warmupRatio } });
      for (const step of range(37)) {
        const rate = rateAt(step + 1, whole);
        expect(rate > 0 && rate <= whole.training.learningRate).toBe(true);
      }
    }
  });
});

describe('batchOf', () => {
  test('shifts by one, pads on the right, and learns from completion and end only', () => {
    const batch = batchOf(
      [
        { tokens: [5, 6, 7, 1], isLearned: (place) => place >= 2 },
        { tokens: [8, 1], isLearned: () => true },
      ],
      0,
    );
    expect([batch.size, batch.length, batch.tokens, batch.labelled]).toEqual([2, 8, 6, 3]);
    expect([...batch.inputIds]).toEqual([5, 6, 7, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0]);
    expect([...batch.labels]).toEqual([-100, 7, 1, ...Array(5).fill(-100), 1, ...Array(7).fill(-100)]);
  });

  test('buckets hold what they are for, waste less than a fifth beyond 40 tokens, and are few', () => {
    const lengths = range(512).map((i) => i + 1);
    for (const length of lengths) {
      expect(bucketOf(length)).toBeGreaterThanOrEqual(length);
      if (length > 40) expect(bucketOf(length) / length).toBeLessThan(1.25);
    }
    expect(new Set(lengths.map(bucketOf)).size).toBeLessThanOrEqual(24);
  });
});

const task = taskOf(tinyConfig().task);
const tokenizer = characterTokenizer(task.vocabulary);

describe('problemSet', () => {
  test('holds as many distinct problems as asked for, the same each time', () => {
    const problems = problemSet(task, 'train', 3, 500);
    const prompts = range(500).map((i) => problems.at(i).prompt);
    expect(new Set(prompts).size).toBe(500);
    expect(problemSet(task, 'train', 3, 500).at(499).prompt).toBe(prompts[499]);
    expect(problemSet(task, 'train', 3, 20).at(7).prompt).toBe(prompts[7]);
    expect(() => problems.at(500)).toThrow('the set has 500');
  });

  test('ends where a level has no more', () => {
    const all = problemSet(task, 'train', 1, 50_000);
    // 10,000 pairs, of which one in eight is held out.
    expect(all.size).toBeGreaterThan(7500);
    expect(all.size).toBeLessThan(9300);
  });
});

describe('TrainingData', () => {
  const problems = problemSet(task, 'train', 3, 100);
  const dataOf = ({ batchSize = 5, ...changes }: Partial<TaskExamplesOptions> & { batchSize?: number } = {}) => {
    const examples = { task, tokenizer, problems, seed: 3, completionOnlyLoss: true, maxLength: 64, ...changes };
    return new TrainingData({ examples: taskExamples(examples), seed: 3, batchSize, padToken: tokenizer.padToken });
  };
  const promptsOf = (data: TrainingData, number: number): string[] => {
    const { inputIds, size, length } = data.batch(number);
    return range(size).map(
      (row) => tokenizer.decode(inputIds.subarray(row * length, (row + 1) * length)).split('=')[0]!,
    );
  };

  test('an epoch shows each problem once, the next in another order', () => {
    const data = dataOf({ batchSize: 25, problems: problemSet(task, 'train', 3, 200) });
    const epoch = (number: number): string[] => range(8).flatMap((i) => promptsOf(data, number * 8 + i));
    expect(new Set(epoch(0)).size).toBe(200);
    expect([...epoch(1)].sort((a, b) => a.localeCompare(b))).toEqual([...epoch(0)].sort((a, b) => a.localeCompare(b)));
    expect(epoch(1)).not.toEqual(epoch(0));
  });

  test('a batch is a function of its number, in any order of asking', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60), { minLength: 1, maxLength: 6 }), (numbers) => {
        const data = dataOf();
        for (const number of numbers) expect(data.batch(number)).toEqual(dataOf().batch(number));
      }),
      { numRuns: 15 },
    );
  });

  test('sequences of like length share a batch', () => {
    const data = dataOf({ batchSize: 16, problems: problemSet(task, 'train', 3, 1000) });
    const [tokens, room] = range(8).reduce(
      ([sum, space], i) => [sum + data.batch(i).tokens, space + data.batch(i).size * data.batch(i).length],
      [0, 0],
    );
    expect(tokens / room).toBeGreaterThan(0.85);
  });

  test('learns from the prompt too where it is asked to', () => {
    expect(dataOf({ completionOnlyLoss: false }).batch(0).labelled).toBeGreaterThan(dataOf().batch(0).labelled);
  });

  test('an example that does not fit is named with its remedy', () => {
    expect(() => dataOf({ maxLength: 12 }).batch(0)).toThrow(/training example for "\d+\+\d+=" has \d+ tokens/);
  });
});

describe('benchmarkScores in an evaluation', () => {
  const completion = (verdict: Completion['verdict'], tokens: number, wrong: number, isCut = false): Completion => ({
    id: '0-evaluation-0',
    step: 0,
    prompt: '',
    text: '',
    trace: '',
    answer: null,
    gold: '1',
    verdict,
    finishReason: isCut ? 'length' : 'stop',
    tokens,
    seed: 0,
    temperature: 0,
    meanLogProbability: null,
    steps: { count: 4, wrong, firstError: wrong > 0 ? 0 : null },
  });

  test('k = 1: shares with Wilson intervals, lengths with a t interval, wrong steps of all steps', () => {
    const scores = benchmarkScores(
      [[completion('correct', 10, 0)], [completion('wrong', 20, 2)], [completion('unparsed', 30, 4, true)]],
      1,
    );
    const named = Object.fromEntries(scores.map((score) => [score.name, score]));
    expect(scores[0]).toEqual({
      name: 'accuracy',
      value: 1 / 3,
      n: 3,
      k: 1,
      interval: shareInterval(1, 3),
      unit: 'share',
    });
    expect(named['completions/mean_length']).toMatchObject({ value: 20, unit: 'tokens' });
    // sd 10, t(2) 4.3027, n 3.
    expect(named['completions/mean_length']!.interval![0]).toBeCloseTo(20 - 4.3027 * (10 / Math.sqrt(3)), 3);
    expect(named['completions/clipped_ratio']!.value).toBeCloseTo(1 / 3);
    expect(named['unparsed']!.value).toBeCloseTo(1 / 3);
    expect(named['wrong_steps']!.value).toBeCloseTo(6 / 12);
  });

  test('k > 1: the unit is the problem', () => {
    const [accuracy] = benchmarkScores(
      [
        [completion('correct', 1, 0), completion('wrong', 1, 0)],
        [completion('correct', 1, 0), completion('correct', 1, 0)],
      ],
      2,
    );
    expect(accuracy).toMatchObject({ value: 0.75, n: 2, k: 2 });
  });
});

test('the inbox keeps stop, joins saves and hands out samples in order', () => {
  const sample = { type: 'sample', prompt: '1+1=', temperature: 0, maxNewTokens: 4, seed: 1 } as const;
  const requests = [[{ type: 'saveCheckpoint' }, { type: 'saveCheckpoint' }, sample], [{ type: 'stop' }], []] as const;
  let at = 0;
  const inbox = new Inbox(() => requests[at++] ?? []);
  inbox.look();
  expect([inbox.takeSave(), inbox.takeSave(), inbox.isStopping, inbox.hasSamples]).toEqual([true, false, false, true]);
  expect([inbox.takeSample(), inbox.takeSample()]).toEqual([sample, null]);
  inbox.look();
  inbox.look();
  expect(inbox.isStopping).toBe(true);
});

test('steps of the config and of the schedule agree', () => {
  expect(plannedSteps(tinyConfig())).toBe(6);
});
