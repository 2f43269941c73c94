/** The parts of `npm run bench` that measure nothing: arguments, medians, rows, the table, and what a token costs. */
import { describe, expect, test } from 'vitest';
import { ArgumentError, readArguments } from '../../bench/arguments.ts';
import { gpuWorks } from '../../bench/gpuShapes.ts';
import { repeatedWeights } from '../../bench/repeatedWeights.ts';
import { median, rowOf, tableOf, type Measured, type Round } from '../../bench/rows.ts';
import { gemm, operationsPerToken, trial, works, type Work } from '../../bench/shapes.ts';

const work: Work = {
  name: 'step-tiny',
  kind: 'step',
  model: { name: 'tiny', hiddenSize: 8, layers: 2, heads: 2, intermediateSize: 12, vocabSize: 10 },
  length: 4,
  batch: 3,
};
const lists = { cpu: works, gpu: gpuWorks };
const round = (tokensPerSecond: number, peakMemoryBytes = 5e6): Round => ({
  tokens: 100,
  seconds: 100 / tokensPerSecond,
  cpuSeconds: 200 / tokensPerSecond,
  peakMemoryBytes,
});
const measured = (rounds: readonly Round[], notRun: string | null = null): Measured => ({
  engine: 'some engine',
  rounds,
  firstRoundSeconds: notRun === null ? 1.25 : null,
  notRun,
});

describe('arguments', () => {
  test('nothing given: all works, seven rounds, a thread per core, no file', () => {
    expect(readArguments([], lists, 6)).toEqual({
      works,
      rounds: 7,
      threads: 6,
      json: null,
      isSettingUpPython: false,
      device: 'cpu',
      python: null,
      isMeasuringPeak: true,
    });
  });

  test('all given', () => {
    const args = ['--only', 'step-25M,step-0.8M', '--rounds', '3', '--threads', '1', '--json', 'out.json'];
    const given = readArguments(args, lists, 6);
    expect(given.works.map(({ name }) => name)).toEqual(['step-25M', 'step-0.8M']);
    expect(given).toMatchObject({ rounds: 3, threads: 1, json: 'out.json', isSettingUpPython: false });
    expect(readArguments(['--setup-python'], lists, 6).isSettingUpPython).toBe(true);
  });

  test('a GPU has a list of its own, and the trial is in no list', () => {
    const given = readArguments(['--device', 'gpu', '--python', 'python3.12', '--without-peak'], lists, 6);
    expect(given).toMatchObject({ works: gpuWorks, device: 'gpu', python: 'python3.12', isMeasuringPeak: false });
    for (const device of ['cpu', 'gpu'])
      expect(readArguments(['--device', device, '--only', 'step-trial'], lists, 6).works).toEqual([trial]);
    expect([...works, ...gpuWorks]).not.toContain(trial);
  });

  test.each([
    [['--only', 'step-9000'], /--only step-9000: no such work. Known: step-0.8M, step-3.25M/],
    [['--rounds', '0'], /--rounds 0: a whole number from 1/],
    [['--rounds', 'many'], /--rounds many/],
    [['--threads', '1.5'], /--threads 1.5/],
    [['--device', 'tpu'], /--device tpu: cpu or gpu/],
    [['--fast'], /--fast.* Known: --only NAME/],
  ])('%j is refused with what is known', (args, message) => {
    expect(() => readArguments(args, lists, 6)).toThrow(ArgumentError);
    expect(() => readArguments(args, lists, 6)).toThrow(message);
  });
});

describe('rows', () => {
  test('the median is the middle one, or between the middle two, whatever the order', () => {
    expect([median([9, 1, 4]), median([4, 1, 9, 2]), median([7])]).toEqual([4, 3, 7]);
    expect(median([])).toBeNaN();
  });

  test('the first round warms up: it counts for memory and first time, not for speed', () => {
    const row = rowOf(work, measured([round(1, 9e6), round(10), round(40), round(20)]), null);
    expect(row).toMatchObject({ work: 'step-tiny', shape: 'd8 L2 V10 T4 B3', engine: 'some engine', rounds: 3 });
    expect(row.tokensPerSecond).toBeCloseTo(20, 9);
    expect(row.tokensPerCpuSecond).toBeCloseTo(10, 9);
    expect(row).toMatchObject({ peakMemoryBytes: 9e6, firstRoundSeconds: 1.25, shareOfPeak: null });
    expect(row).not.toHaveProperty('notRun');
  });

  test('the share of the peak is operations done by operations possible', () => {
    const row = rowOf(work, measured([round(1), round(20)]), 20 * operationsPerToken(work) * 4);
    expect(row.shareOfPeak).toBeCloseTo(0.25, 9);
  });

  test('an engine that did not run has no numbers, and says why', () => {
    const row = rowOf(work, measured([], 'No module named torch'), 1e9);
    expect(row).toMatchObject({ tokensPerSecond: null, peakMemoryBytes: null, rounds: 0 });
    expect(tableOf([row]).split('\n')[2]).toBe(
      '| step-tiny | d8 L2 V10 T4 B3 | some engine | not run: No module named torch | – | – | – | – | 0 |',
    );
  });

  test('the table is Markdown', () => {
    const row = rowOf(work, measured([round(1), round(12_345)]), 12_345 * operationsPerToken(work) * 2);
    const [head, rule, line] = tableOf([row]).split('\n');
    expect(head?.split('|').length).toBe(rule?.split('|').length);
    expect(line).toBe('| step-tiny | d8 L2 V10 T4 B3 | some engine | 12,345 | 6,173 | 5 | 1.3 | 50 % | 1 |');
  });
});

describe('shapes', () => {
  test('names are unique, and heads divide the width', () => {
    for (const list of [works, gpuWorks]) expect(new Set(list.map(({ name }) => name)).size).toBe(list.length);
    for (const { model } of [...works, ...gpuWorks, trial]) expect(model.hiddenSize % (2 * model.heads)).toBe(0);
  });

  test('operations of a token, counted by hand', () => {
    // A layer: q, k, v, o of 8x8, gate, up, down of 8x12; the head 10x8. Attention: two products over half of 4 times.
    const weights = 2 * (4 * 64 + 3 * 96) + 80;
    const attention = 2 * (2 * 2 * 2 * 8);
    expect(operationsPerToken({ ...work, kind: 'generation' })).toBe(2 * weights + attention);
    expect(operationsPerToken(work)).toBe(3 * (2 * weights + attention));
    expect(operationsPerToken(gemm)).toBe(1);
    // Keys and values of one head of 4 numbers instead of two.
    const grouped = { ...work, kind: 'generation' as const, model: { ...work.model, keyValueHeads: 1 } };
    expect(operationsPerToken(grouped)).toBe(2 * (2 * (3 * 64 + 3 * 96) + 80) + attention);
  });
});

test('weights of a large model have the spread of a new one, whatever their number', () => {
  const parameters = [
    { name: 'normal', shape: [300, 500], init: { kind: 'normal', std: 0.02 }, decay: true },
    { name: 'uniform', shape: [7], init: { kind: 'uniform', bound: 0.5 }, decay: true },
    { name: 'ones', shape: [3], init: { kind: 'ones' }, decay: false },
  ] as const;
  const { normal, uniform, ones } = repeatedWeights({ parameters });
  const values = normal?.values ?? new Float32Array();
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  expect([values.length, normal?.shape]).toEqual([150_000, [300, 500]]);
  expect(deviation).toBeCloseTo(0.02, 3);
  expect(uniform?.values.every((value) => value !== 0 && Math.abs(value) <= 0.5)).toBe(true);
  expect([...(ones?.values ?? [])]).toEqual([1, 1, 1]);
});
