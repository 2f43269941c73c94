/** The parts of `npm run bench` that measure nothing: arguments, medians, rows, tables, time left, and what a token costs. */
import { describe, expect, test } from 'vitest';
import { ArgumentError, readArguments, type Known } from '../../bench/arguments.ts';
import { gpuWorks } from '../../bench/gpuShapes.ts';
import { repeatedWeights } from '../../bench/repeatedWeights.ts';
import { reasonIn } from '../../bench/contestant.ts';
import { isOldNode } from '../../bench/peers.ts';
import { Progress } from '../../bench/progress.ts';
import { compared, median, rowOf, type Measured, type Round } from '../../bench/rows.ts';
import { gemm, growths, operationsPerToken, parametersOf, trial, works, type Work } from '../../bench/shapes.ts';
import { aligned, markdown, rowsTable, written } from '../../bench/table.ts';

const work: Work = {
  name: 'step-tiny',
  kind: 'step',
  model: { name: 'tiny', hiddenSize: 8, layers: 2, heads: 2, intermediateSize: 12, vocabSize: 10 },
  length: 4,
  batch: 3,
  typicalSeconds: 60,
};
const round = (tokensPerSecond: number, peakMemoryBytes = 5e6): Round => ({
  tokens: 100,
  seconds: 100 / tokensPerSecond,
  cpuSeconds: 200 / tokensPerSecond,
  peakMemoryBytes,
});
const measured = (rounds: readonly Round[], notRun: string | null = null, check: readonly number[] = []): Measured => ({
  engine: 'some engine',
  engineKey: 'some',
  rounds,
  firstRoundSeconds: notRun === null ? 1.25 : null,
  check,
  notRun,
});

describe('arguments', () => {
  const lists = { cpu: works, gpu: gpuWorks };
  const engines = { cpu: ['valley', 'jaxJs'], gpu: ['valleyWebgpu'] };
  const known: Known = { works: lists, extraWorks: [trial], growths, engines, cores: 6 };

  test('nothing given: all works, all engines, seven rounds in six seconds, a thread per core, no file', () => {
    expect(readArguments([], known)).toEqual({
      works,
      growths: [],
      engines: null,
      rounds: 7,
      seconds: 6,
      limit: 30,
      threads: 6,
      json: null,
      from: null,
      isMarkdown: false,
      isForReadme: false,
      setups: [],
      device: 'cpu',
      python: null,
      isMeasuringPeak: true,
    });
  });

  test('all given', () => {
    const args =
      '--only step-25M,step-trial --engines jaxJs --rounds 3 --seconds 2 --limit 9 --threads 1 --json out.json --markdown';
    const given = readArguments(args.split(' '), known);
    expect(given.works.map(({ name }) => name)).toEqual(['step-25M', 'step-trial']);
    expect(given).toMatchObject({
      engines: ['jaxJs'],
      rounds: 3,
      seconds: 2,
      limit: 9,
      threads: 1,
      json: 'out.json',
      isMarkdown: true,
    });
    expect(readArguments(['--readme', '--from', 'x.json'], known)).toMatchObject({ isForReadme: true, from: 'x.json' });
    expect(readArguments(['--setup-debian', '--setup-python'], known).setups).toEqual(['python', 'debian']);
  });

  test('a GPU has a list of its own, and the trial is in no list', () => {
    const given = readArguments(['--device', 'gpu', '--python', 'python3.12', '--without-peak'], known);
    expect(given).toMatchObject({ works: gpuWorks, device: 'gpu', python: 'python3.12', isMeasuringPeak: false });
    for (const device of ['cpu', 'gpu'])
      expect(readArguments(['--device', device, '--only', 'step-trial'], known).works).toEqual([trial]);
    expect([...works, ...gpuWorks]).not.toContain(trial);
  });

  test('growth is measured in place of the works; --only then names axes', () => {
    expect(readArguments(['--growth'], known)).toMatchObject({ works: [], growths });
    const given = readArguments(['--growth', '--only', 'batch'], known);
    expect(given.growths.map(({ axis }) => axis)).toEqual(['batch']);
  });

  test.each([
    [['--only', 'step-9000'], /--only step-9000: no such name. Known: step-3.25M-B1, .*step-trial/],
    [['--growth', '--only', 'step-25M'], /--only step-25M: no such name. Known: length, batch, parameters/],
    [['--engines', 'numpy'], /--engines numpy: no such name. Known: valley, jaxJs/],
    [['--rounds', '0'], /--rounds 0: a whole number from 1/],
    [['--rounds', 'many'], /--rounds many/],
    [['--threads', '1.5'], /--threads 1.5/],
    [['--readme', '--only', 'step-25M'], /--readme writes whole tables/],
    [['--device', 'tpu'], /--device tpu: cpu or gpu/],
    [['--device', 'gpu', '--growth'], /are for --device cpu/],
    [['--fast'], /--fast.* Known: --only NAME/],
  ])('%j is refused with what is known', (args, message) => {
    expect(() => readArguments(args, known)).toThrow(ArgumentError);
    expect(() => readArguments(args, known)).toThrow(message);
  });
});

describe('rows', () => {
  test('the median is the middle one, or between the middle two, whatever the order', () => {
    expect([median([9, 1, 4]), median([4, 1, 9, 2]), median([7])]).toEqual([4, 3, 7]);
    expect(median([])).toBeNaN();
  });

  test('the first round warms up: it counts for the first time, not for speed; the last one knows the peak of memory', () => {
    const row = rowOf(work, measured([round(1), round(10), round(40), round(20, 9e6)]), null);
    expect(row).toMatchObject({ work: 'step-tiny', shape: 'd8 L2 V10 T4 B3', engine: 'some engine', rounds: 3 });
    expect(row).toMatchObject({ kind: 'step', length: 4, batch: 3, engineKey: 'some' });
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
    expect(row).toMatchObject({
      tokensPerSecond: null,
      peakMemoryBytes: null,
      rounds: 0,
      notRun: 'No module named torch',
    });
  });

  test('an engine that was ended after good rounds keeps them', () => {
    const row = rowOf(work, measured([round(1), round(20)], 'interrupted'), null);
    expect(row.tokensPerSecond).toBeCloseTo(20, 9);
    expect(row).not.toHaveProperty('notRun');
  });

  test('a loss that is not that of the first engine is told', () => {
    const rowWith = (...check: number[]) => rowOf(work, measured([round(1), round(2)], null, check), null);
    const [first, close, far, short] = compared([
      rowWith(4.2, 3.9),
      rowWith(4.2009, 3.9),
      rowWith(4.2, 3.91),
      rowWith(4.2),
    ]);
    expect([first, close].map((row) => row?.differs)).toEqual([undefined, undefined]);
    expect(far?.differs).toBe('4.2000 3.9100, but some engine has 4.2000 3.9000');
    expect(short?.differs).toMatch(/^4.2000, but/);
  });

  test('NaN is never close', () => {
    const rowWith = (...check: number[]) => rowOf(work, measured([round(1), round(2)], null, check), null);
    expect(compared([rowWith(4.2), rowWith(Number.NaN)])[1]?.differs).toMatch(/NaN/);
  });
});

describe('the table', () => {
  const ran = rowOf(work, measured([round(1), round(12_345)], null, [4.25, 4]), 12_345 * operationsPerToken(work) * 2);
  const missing = rowOf(work, measured([], 'No module | torch'), null);

  test('is Markdown where it is asked for', () => {
    const [head, rule, line, reason] = markdown(rowsTable([ran, missing])).split('\n');
    expect(head?.split('|').length).toBe(rule?.split('|').length);
    expect(line).toBe(
      '| step-tiny | d8 L2 V10 T4 B3 | some engine | 12,345 | 6,173 | 5 | 1.3 | 50 % | 1 | 4.2500 4.0000 |',
    );
    expect(reason).toContain(String.raw`not run: No module \| torch`);
  });

  test('is aligned in a terminal; a reason may be long', () => {
    const [head, line, reason] = aligned(rowsTable([ran, missing])).split('\n');
    expect(line?.indexOf('12,345')).toBe((head?.indexOf('tokens/s') ?? 0) + 'tokens/s'.length - '12,345'.length);
    expect(reason).toMatch(/some engine {2}not run: No module \| torch$/);
  });

  test.each([
    [0.0123, '0.012'],
    [1.234, '1.2'],
    [45.67, '46'],
    [12_345.6, '12,346'],
    [3, '3'],
    [null, '–'],
  ])('%d is written as %s', (value, text) => {
    expect(written(value)).toBe(text);
  });
});

describe('the reason why an engine ended', () => {
  test.each([
    [
      'Traceback\n  File "x"\nModuleNotFoundError: No module named \'torch\'\n',
      "ModuleNotFoundError: No module named 'torch'",
    ],
    ['x.js:1\nTypeError: a is not a function\n    at b\n\nNode.js v20.20.2\n', 'TypeError: a is not a function'],
    ['torch.cuda.OutOfMemoryError: no room\nsee the log\n', 'torch.cuda.OutOfMemoryError: no room'],
    ['killed\n\n', 'killed'],
    ['', 'ended without a word'],
  ])('%j', (stderr, reason) => {
    expect(reasonIn(stderr)).toBe(reason);
  });
});

test('jax-js needs Node 22', () => {
  expect(['v20.20.2', 'v22.0.0', 'v24.1.0'].map(isOldNode)).toEqual([true, false, false]);
});

describe('time left', () => {
  test('follows the pace of the works that are done', () => {
    let now = 0;
    const lines: string[] = [];
    const progress = new Progress(
      [work, work, work],
      () => now,
      (line) => lines.push(line),
    );
    progress.say('a');
    now = 120_000;
    progress.finish();
    progress.say('b');
    now = 355_000;
    progress.finish();
    progress.finish();
    progress.say('c');
    expect(lines).toEqual(['[1/3] a; about 3 min left', '[2/3] b; about 4 min left', '[3/3] c; under a minute left']);
  });
});

describe('shapes', () => {
  test('names are unique, and heads divide the width', () => {
    for (const list of [works, gpuWorks]) expect(new Set(list.map(({ name }) => name)).size).toBe(list.length);
    const all = [...works, ...gpuWorks, trial, gemm, ...growths.flatMap((growth) => growth.works)];
    for (const { model } of all) expect(model.hiddenSize % (2 * model.heads)).toBe(0);
  });

  test('operations of a token, counted by hand', () => {
    // A layer: q, k, v, o of 8x8, gate, up, down of 8x12; the head 10x8. Attention: two products over half of 4 times.
    const weights = 2 * (4 * 64 + 3 * 96) + 80;
    const attention = 2 * (2 * 2 * 2 * 8);
    expect(operationsPerToken({ ...work, kind: 'generation' })).toBe(2 * weights + attention);
    expect(operationsPerToken(work)).toBe(3 * (2 * weights + attention));
    expect(operationsPerToken(gemm)).toBe(1);
    expect(parametersOf(work.model)).toBe(weights + 5 * 8);
    // Keys and values of one head of 4 numbers instead of two.
    const grouped = { ...work, kind: 'generation' as const, model: { ...work.model, keyValueHeads: 1 } };
    expect(operationsPerToken(grouped)).toBe(2 * (2 * (3 * 64 + 3 * 96) + 80) + attention);
  });

  test('GPT-2 small has 124 million parameters', () => {
    const gpt2 = works.find(({ name }) => name === 'step-124M');
    expect((gpt2 ? parametersOf(gpt2.model) : 0) / 1e6).toBeCloseTo(124, 0);
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
