import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CommandGrader } from '../../../src/trainer/grading/commandGrader.ts';

let folder = '';
let count = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'valley-command-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function grader(source: string, timeoutMs = 30_000): CommandGrader {
  const script = join(folder, `${count++}.cjs`);
  writeFileSync(script, source);
  return new CommandGrader({ argv: [process.execPath, script], cwd: folder, isTrusted: true, timeoutMs });
}

const given = { prediction: 'seven', gold: '7' };

test('a program gets the row as JSON and its verdict is taken', async () => {
  const judge = grader(`
    const { prediction, gold } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
    const verdict = prediction === 'seven' && gold === '7' ? 'correct' : 'wrong';
    console.log(JSON.stringify({ verdict, answer: prediction, rule: 'words' }));
  `);
  expect(await judge.grade(given)).toMatchObject({ verdict: 'correct', answer: 'seven', rule: 'words', version: 1 });
  expect(await judge.grade({ prediction: 'six', gold: '7' })).toMatchObject({ verdict: 'wrong' });
});

test.each([
  ['says nothing', 'process.exit(0)', 'no verdict'],
  ['says something else', 'console.log(JSON.stringify({ verdict: "perhaps" }))', 'no verdict'],
  ['fails', 'process.exit(3)', 'exit code 3'],
  ['talks without end', 'setInterval(() => process.stdout.write("x".repeat(9999)), 1)', 'more than'],
])('a program that %s is an error', async (_, source, rule) => {
  expect(await grader(source).grade(given)).toMatchObject({ verdict: 'error', rule: expect.stringContaining(rule) });
});

test('a program that hangs is a timeout', async () => {
  expect(await grader('setInterval(() => undefined, 1000)', 300).grade(given)).toMatchObject({ verdict: 'timeout' });
});

test('a program that is not there is an error; nothing runs untrusted', async () => {
  const options = { argv: [join(folder, 'absent')], cwd: folder, isTrusted: true, timeoutMs: 5000 };
  expect(await new CommandGrader(options).grade(given)).toMatchObject({ verdict: 'error' });
  expect(() => new CommandGrader({ ...options, isTrusted: false })).toThrow('trusted workspace');
});
