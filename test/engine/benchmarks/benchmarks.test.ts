import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { arithmetic } from '../../../src/config/taskSchema.ts';
import { arithmeticProblems } from '../../../src/engine/benchmarks/arithmeticProblems.ts';
import { BenchmarkRow, type Benchmark, type BenchmarkProblem } from '../../../src/engine/benchmarks/benchmark.ts';
import { benchmarks } from '../../../src/engine/benchmarks/index.ts';
import { ownFile } from '../../../src/engine/benchmarks/ownFile.ts';
import { UnreadableRow } from '../../../src/engine/formats/format.ts';
import { answer } from '../../../src/engine/verifiers/answer.ts';

type Row = Readonly<Record<string, unknown>>;

const rowsOf = (name: string): Row[] =>
  readFileSync(`test/fixtures/benchmarks/${name}.jsonl`, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);

const parse = (benchmark: Benchmark, row: Row, place = 0, seed = 1): BenchmarkProblem | null =>
  benchmark.parse(new BenchmarkRow(row), { place, seed });

/** Right answers of each fixture; null for rows of another set. */
const GOLD: Readonly<Record<string, readonly (string | null)[]>> = {
  'math-500': ['\\frac{5}{6}', '\\sqrt{2}'],
  'aime-2024': ['77', '205', null],
  'aime-2025': ['70', '588'],
  'amc-2023': ['27', '7.5', null],
  gsm8k: ['1200', '6'],
  'minerva-math': ['6', '19.6'],
  olympiadbench: ['3, -3', '16', null],
};

describe.each(benchmarks)('$title', (benchmark) => {
  const rows = rowsOf(benchmark.name);
  const problems = rows.map((row, place) => parse(benchmark, row, place));

  test('reads rows in the shape of its publisher, each with an id of its own', () => {
    const known = problems.filter((problem) => problem !== null);
    expect(new Set(known.map(({ id }) => id)).size).toBe(known.length);
    expect(known.every(({ problem }) => problem.trim().length > 5)).toBe(true);
    if (benchmark.name !== 'gpqa-diamond')
      expect(problems.map((problem) => problem?.gold ?? null)).toEqual(GOLD[benchmark.name]);
  });

  test('its right answer is judged right, another is not', () => {
    for (const problem of problems) {
      if (problem === null) continue;
      const told = (completion: string) =>
        answer.verify({ prompt: '', completion, answer: problem.gold, isCorrect: null, difficulty: null });
      expect(told(`So it is \\boxed{${problem.gold}}.`)).toBe(true);
      expect(told('So it is \\boxed{-99999}.')).toBe(false);
    }
  });

  test('a row without its columns is refused by the name of one', () => {
    expect(() => parse(benchmark, {})).toThrow(UnreadableRow);
    expect(() => parse(benchmark, {})).toThrow(/^"[\w ]+" is missing$/);
  });

  test('has what the paper or its size suggests', () => {
    expect(benchmark.size * benchmark.samplesPerProblem).toBeGreaterThanOrEqual(240);
    expect(benchmark.instruction).toContain('\\boxed{');
  });
});

test('names are unique', () => {
  expect(new Set(benchmarks.map(({ name }) => name)).size).toBe(benchmarks.length);
});

describe('years', () => {
  const aime = benchmarks.find(({ name }) => name === 'aime-2024')!;

  test.each([
    [{ Problem: 'Find 1+1 please.', Answer: 2, ID: '2024-II-4' }, '2'],
    [{ Problem: 'Find 1+1 please.', Answer: 2, ID: '2023-II-4' }, null],
    [{ problem: 'Find 1+1 please.', answer: '2', id: 7, year: '2024' }, '2'],
    [{ problem: 'Find 1+1 please.', answer: '2', id: 7, year: '2025' }, null],
    [{ question: 'Find 1+1 please.', answer: '2' }, '2'],
  ])('%j', (row, gold) => {
    expect(parse(aime, row)?.gold ?? null).toBe(gold);
  });
});

describe('choices', () => {
  const gpqa = benchmarks.find(({ name }) => name === 'gpqa-diamond')!;
  const [row = {}] = rowsOf('gpqa-diamond');

  test('the letter is that of the right choice, by seed and id alone', () => {
    const golds = Array.from({ length: 200 }, (_, seed) => {
      const problem = parse(gpqa, row, seed, seed)!;
      expect(problem.problem).toContain(`\n${problem.gold}) Oxygen`);
      expect(parse(gpqa, row, 99, seed)).toEqual(problem);
      return problem.gold;
    });
    for (const letter of ['A', 'B', 'C', 'D'])
      expect(golds.filter((gold) => gold === letter).length).toBeGreaterThan(25);
  });

  test('each choice stands once', () => {
    const { problem } = parse(gpqa, row)!;
    expect(
      problem
        .split('\n')
        .slice(2)
        .map((line) => line.slice(3))
        .sort(),
    ).toEqual(['Carbon', 'Neon', 'Nitrogen', 'Oxygen']);
  });
});

describe('a file of one’s own', () => {
  test('by columns', () => {
    const own = ownFile({
      name: 'mine',
      grader: 'exact',
      columns: { problem: 'q', answer: 'a', id: 'n', level: 'hard' },
    });
    expect(parse(own, { q: 'Capital of France?', a: 'Paris', n: 12, hard: 'easy' })).toEqual({
      ...{ id: '12', problem: 'Capital of France?', gold: 'Paris', grader: 'exact', level: 'easy', subject: null },
    });
    expect(() => parse(own, { q: 'Capital of France?', a: ['Paris'] })).toThrow('"a" is a list, not text');
    expect(() => parse(own, { q: ' ', a: 'Paris' })).toThrow('"q" is empty');
  });

  test('with choices', () => {
    const own = ownFile({ name: 'mine', grader: 'exact', columns: { problem: 'q', answer: 'a', choices: 'c' } });
    const { problem, gold, grader } = parse(own, { q: 'Capital?', a: 'Paris', c: ['Rome', 'Paris', 'Oslo'] }, 3)!;
    expect([grader, problem.split('\n').length]).toEqual(['choice', 5]);
    expect(problem).toContain(`${gold}) Paris`);
  });
});

test('arithmetic: held-out problems in words, each once', () => {
  const problems = arithmeticProblems(arithmetic.parse({ name: 'arithmetic', level: 'paper' }), 1234, 40);
  expect(new Set(problems.map(({ problem }) => problem)).size).toBe(40);
  expect(problems[0]).toMatchObject({ id: 'paper-0', grader: 'math', gold: expect.stringMatching(/^-?\d+$/) });
  expect(problems[0]?.problem).toMatch(/^Compute the answer to this arithmetic expression: [\d+\-*/()]+$/);
});
