/** What `npm run bench -- --readme` writes: sections between markers, from measured rows only; and that the committed ones are such. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fullSection, growthSection, readmeSection, withSection } from '../../bench/documents.ts';
import { growthChart } from '../../bench/growthChart.ts';
import { readResult, type Result } from '../../bench/result.ts';
import type { Row } from '../../bench/rows.ts';

const row = (engineKey: string, engine: string, tokensPerSecond: number | null, more: Partial<Row> = {}): Row => ({
  work: 'step-3.25M',
  kind: 'step',
  shape: 'd256 L4 V64 T256 B16',
  parameters: 3_246_336,
  length: 256,
  batch: 16,
  engine,
  engineKey,
  tokensPerSecond,
  tokensPerCpuSecond: tokensPerSecond && tokensPerSecond / 2,
  peakMemoryBytes: tokensPerSecond && 801e6,
  firstRoundSeconds: tokensPerSecond && 1.31,
  shareOfPeak: null,
  rounds: tokensPerSecond ? 7 : 0,
  check: [],
  ...more,
});

const result: Result = {
  date: '2026-11-22',
  machine: { processor: 'Some CPU', cores: 2, threads: 2, memoryBytes: 16e9, system: 'Linux 6.1', node: 'v20.0.0' },
  load: [0.1, 2],
  peakOperationsPerSecond: 400e9,
  isInterrupted: false,
  rows: [
    row('valley', 'Through the Valley (onnxruntime-node 1.30.0)', 9610),
    row('torchEager', 'PyTorch 2.15.0, eager', 6531, { peakMemoryBytes: 1394e6 }),
    row('torchCompile', 'PyTorch 2.15.0, compile', 6870, { peakMemoryBytes: 1172e6 }),
    row('jaxJs', 'jax-js 0.1.25, wasm, Node 24.0.0', 796),
    row('tfjsCpu', 'tfjs-backend-cpu', null, { notRun: 'one round would take about 200 s' }),
    row('tfjsCpu', 'tfjs-backend-cpu', null, {
      work: 'step-25M',
      parameters: 25e6,
      notRun: 'one round would take about 200 s',
    }),
  ],
};

test('a section replaces what is between its markers and nothing else', () => {
  const document = 'before\n<!-- bench:start -->\nold\n<!-- bench:end -->\nafter';
  const after = withSection(document, 'bench', 'new');
  expect(after).toBe('before\n<!-- bench:start -->\nnew\n<!-- bench:end -->\nafter');
  expect(withSection(after, 'bench', 'new')).toBe(after);
});

test.each(['no markers', '<!-- bench:end --> <!-- bench:start -->'])(
  '%j is refused with the markers that are missing',
  (document) => {
    expect(() => withSection(document, 'bench', 'new')).toThrow('<!-- bench:start -->');
  },
);

test('a line per work: ours, the fastest PyTorch, the ratio, the fastest of the others', () => {
  const [, , line, other] = readmeSection(result, 'en').split('\n');
  expect(line).toBe(
    '| training step, 3.25 M, 256 tokens x 16 | 9,610 | 6,870 (compile) | 1.40 x | 796 (jax-js 0.1.25) | 801 (1,172) | 1.3 (1.3) |',
  );
  expect(other).toBe('| training step, 25 M, 256 tokens x 16 | – | – | – | – | – (–) | – (–) |');
});

test('below it: where and when, with what, and what was not run', () => {
  const text = readmeSection(result, 'en');
  expect(text).toContain(
    'Some CPU, 2 cores, 2 threads, 16 GB, Linux 6.1, Node v20.0.0, 2026-11-22; GEMM peak 400 GFLOP/s',
  );
  expect(text).toContain('PyTorch 2.15.0, compile; jax-js 0.1.25, wasm, Node 24.0.0.');
  expect(text).toContain('Not run (docs/benchmarks.md says why): tfjs-backend-cpu in step-3.25M, step-25M.');
});

test('the Korean section has the same numbers', () => {
  const numbers = (text: string) => text.match(/\d[\d,.]*/g);
  const lines = (language: 'en' | 'ko') => readmeSection(result, language).split('\n').slice(2, 3);
  expect(numbers(lines('ko').join())?.toSorted()).toEqual(numbers(lines('en').join())?.toSorted());
  expect(readmeSection(result, 'ko')).toContain('실행하지 않음');
});

const growth: Result = {
  ...result,
  rows: [128, 256].flatMap((length) =>
    (['valley', 'torchEager'] as const).map((key, i) =>
      row(key, key, 1000 * length + i, { work: `step-3.25M-T${length}-B1`, length, batch: 1, shape: `T${length}` }),
    ),
  ),
};

test('growth is a table with a line per point, on each axis it lies on', () => {
  const lines = growthSection(growth)
    .split('\n')
    .filter((line) => line.startsWith('| '));
  expect(lines[2]).toBe('| length | T128, 3.25 M | 128,000 | 128,001 | 1.00 x | 64,000 | 64,001 | 801 | 801 |');
  expect(lines.slice(2).map((line) => line.split(' | ')[0])).toEqual(['| length', '| length', '| batch']);
});

test('growth is drawn with a mark for each measured value, inside the picture', () => {
  const svg = growthChart(growth.rows);
  const [, width = 0, height = 0] = (/viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? []).map(Number);
  const circles = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(
    ([, x, y]) => [Number(x), Number(y)] as const,
  );
  // Two lengths and one batch, two engines, two measures.
  expect(circles).toHaveLength((2 + 1) * 2 * 2);
  for (const [x, y] of circles) expect(x > 0 && x < width && y > 0 && y < height).toBe(true);
  expect(svg).not.toMatch(/NaN|Infinity/);
});

test('the committed tables are those of the committed measurements', () => {
  const section = (file: string, name: string) =>
    new RegExp(`<!-- ${name}:start -->\n([^]*)\n<!-- ${name}:end -->`).exec(readFileSync(file, 'utf8'))?.[1];
  const [bench, grown] = [readResult('docs/bench.json'), readResult('docs/growth.json')];
  expect(section('README.md', 'bench')).toBe(readmeSection(bench, 'en'));
  expect(section('README.ko.md', 'bench')).toBe(readmeSection(bench, 'ko'));
  expect(section('docs/benchmarks.md', 'bench')).toBe(fullSection(bench));
  expect(section('docs/benchmarks.md', 'growth')).toBe(growthSection(grown));
  expect(readFileSync('docs/growth.svg', 'utf8')).toBe(growthChart(grown.rows));
});
