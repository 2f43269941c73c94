/** `valley grade` as a process: files in, files out, sentences for what is wrong. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GradedRow, GradeReport } from '../../src/protocol/grading.ts';
import { buildPrograms } from '../support/build.ts';

let cli = '';
let folder = '';

beforeAll(async () => {
  ({ cli } = await buildPrograms());
  folder = mkdtempSync(join(tmpdir(), 'valley-grade-'));
  const rows = [
    { id: 'a', gold: '\\frac12', prediction: 'So $\\boxed{0.5}$.' },
    { gold: 3, prediction: '<think>2?</think>\\boxed{3}' },
    { gold: '7', prediction: 'no idea at all, sorry, this was too hard for me' },
    { gold: '', prediction: '\\boxed{7}' },
    { gold: '\\frac13', prediction: '\\boxed{0.333333}' },
  ].map((row) => JSON.stringify(row));
  writeFileSync(
    join(folder, 'answers.jsonl'),
    [...rows, 'no json', '{"gold": "7"}', '', '{"gold": "7", "prediction": null}'].join('\n'),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const valley = (...args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const env = { ...process.env, LC_ALL: 'C' };
    execFile(process.execPath, [cli, 'grade', ...args], { cwd: folder, env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });

const verdictsIn = (name: string): readonly GradedRow[] =>
  readFileSync(join(folder, name), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as GradedRow);

test('writes a verdict for each row, names bad rows by line, and sums up', async () => {
  const { code, out, err } = await valley('--in', 'answers.jsonl', '--out', 'verdicts.jsonl');
  expect(code).toBe(0);
  expect(verdictsIn('verdicts.jsonl')).toMatchObject([
    { line: 1, id: 'a', verdict: 'correct', answer: '0.5', rule: 'exact', grader: 'math', version: 1 },
    { line: 2, id: null, verdict: 'correct', normalisedGold: '3' },
    { line: 3, verdict: 'unparsed', answer: null },
    { line: 4, verdict: 'gold_unparsed' },
    { line: 5, verdict: 'correct', rule: 'rounded' },
  ]);
  expect(out).toMatch(/correct +3\nunparsed +1\ngold_unparsed +1\n/);
  expect(out).toContain('correct: 75.0 % (22.3–98.7 %, n 4)');
  expect(err).toContain('1 rows not graded: notJson, first in line 6');
  expect(err).toContain('2 rows not graded: missingColumn, first in line 7');
});

test('--json and --strict', async () => {
  const { code, out } = await valley('--in', 'answers.jsonl', '--out', 'strict.jsonl', '--strict', '--json');
  expect(code).toBe(0);
  const report = JSON.parse(out) as GradeReport;
  expect(report).toMatchObject({
    type: 'graded',
    isStrict: true,
    rows: 5,
    verdicts: { correct: 2, wrong: 1, timeout: 0 },
  });
  expect(report.bad.map(({ rule, rows, line }) => [rule, rows, line])).toEqual([
    ['notJson', 1, 6],
    ['missingColumn', 2, 7],
  ]);
});

test('a regular expression and a program of the user', async () => {
  writeFileSync(join(folder, 'check.cjs'), 'console.log(JSON.stringify({ verdict: "wrong", rule: "mine" }))');
  const pattern = ['--grader', 'regex', '--pattern', '\\{(.*)\\}'];
  expect((await valley('--in', 'answers.jsonl', '--out', 'regex.jsonl', ...pattern)).code).toBe(0);
  expect(verdictsIn('regex.jsonl').map(({ verdict }) => verdict)).toEqual([
    'wrong',
    'correct',
    'unparsed',
    'gold_unparsed',
    'wrong',
  ]);
  const command = ['--grader', 'command', '--command', `${process.execPath} check.cjs`];
  expect(await valley('--in', 'answers.jsonl', '--out', 'command.jsonl', ...command)).toMatchObject({
    code: 2,
    err: expect.stringContaining('--yes'),
  });
  expect((await valley('--in', 'answers.jsonl', '--out', 'command.jsonl', ...command, '--yes')).code).toBe(0);
  expect(verdictsIn('command.jsonl')[0]).toMatchObject({ verdict: 'wrong', rule: 'mine' });
});

test.each([
  [['--out', 'x.jsonl'], '--in is missing'],
  [['--in', 'answers.jsonl'], '--out is missing'],
  [['--in', 'absent.jsonl', '--out', 'x.jsonl'], 'there is no such file'],
  [['--in', 'answers.jsonl', '--out', 'answers.jsonl'], '--out names the file with the answers'],
  [['--in', 'answers.jsonl', '--out', 'x.jsonl', '--grader', 'maths'], '--grader is maths; it may be math,'],
  [['--in', 'answers.jsonl', '--out', 'x.jsonl', '--grader', 'regex'], 'needs --pattern'],
  [['--in', 'answers.jsonl', '--out', 'x.jsonl', '--grader', 'regex', '--pattern', '('], '--pattern cannot be read'],
])('%j is refused', async (args, told) => {
  expect(await valley(...args)).toMatchObject({ code: 2, err: expect.stringContaining(told) });
  expect(existsSync(join(folder, 'x.jsonl'))).toBe(false);
});

test('a file that cannot be read leaves nothing behind', async () => {
  writeFileSync(join(folder, 'broken.jsonl.gz'), 'no gzip');
  const { code, err } = await valley('--in', 'broken.jsonl.gz', '--out', 'broken.jsonl');
  expect([code, err]).toEqual([2, expect.stringContaining('broken.jsonl.gz')]);
  expect(readdirSync(folder).filter((name) => /^\.?broken\.jsonl(?!\.gz)/.test(name))).toEqual([]);
});
