import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { preflightProblems } from '../../../src/config/preflightProblems.ts';
import { type EvaluateConfig, evaluateConfig } from '../../../src/config/schema.ts';
import type { EvaluationPreflight } from '../../../src/protocol/preflight.ts';
import { english } from '../../../src/protocol/sentence.ts';
import { preflightBenchmarks } from '../../../src/trainer/preflight/preflightBenchmarks.ts';
import type { PreflightPrograms } from '../../../src/trainer/preflight/training.ts';
import { buildPrograms } from '../../support/build.ts';
import { putChatModel } from '../../support/chatModel.ts';

let folder = '';
let programs: PreflightPrograms;
const fixture = (name: string): string => resolve('test/fixtures/benchmarks', name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'valley-preflight-'));
  putChatModel(folder, 'qwen3');
  const { parquetProcess, template, gradingProcess } = await buildPrograms();
  const [parquet, chat, grading] = [parquetProcess, template, gradingProcess].map((path) => pathToFileURL(path));
  programs = { parquet: parquet!, template: chat!, grading: grading! };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const look = (config: EvaluateConfig): Promise<EvaluationPreflight> =>
  preflightBenchmarks({ config, configPath: join(folder, 'a.valley.jsonc'), programs, onProgress: () => undefined });

test('what each benchmark will measure, and what is wrong with it, on its own lines', async () => {
  writeFileSync(
    join(folder, 'own.jsonl'),
    [
      { q: 'What is 1+1?', a: '2' },
      { q: 'Which?', a: '\\frac{1' },
      { q: `What is ${'1 + '.repeat(400)}1?`, a: '401' },
      { q: 'What is 3?' },
    ]
      .map((row) => JSON.stringify(row))
      .join('\n'),
  );
  const config = {
    recipe: 'evaluate',
    model: { path: 'qwen3' },
    benchmarks: [
      { name: 'gsm8k', path: fixture('gsm8k.jsonl'), maxNewTokens: 64 },
      { name: 'mine', path: 'own.jsonl', columns: { problem: 'q', answer: 'a' }, samplesPerProblem: 2 },
      { name: 'math-500', path: fixture('gpqa-diamond.csv') },
      { name: 'aime-2024', path: 'missing.jsonl' },
    ],
  };
  const { benchmarks, findings } = await look(evaluateConfig.parse(config));
  expect(benchmarks).toEqual([
    expect.objectContaining({ name: 'gsm8k', problems: 2, samplesPerProblem: 1, maxNewTokens: 64 }),
    expect.objectContaining({
      name: 'mine',
      problems: 1,
      samplesPerProblem: 2,
      maxNewTokens: 16_384,
      temperature: 0.6,
    }),
  ]);
  const told = findings.map(({ severity, path, said }) => `${severity} ${path.join('.')}: ${english(said)}`);
  expect(told.map((line) => line.replaceAll(folder, '~').replace(/\d+ and count/, 'N and count'))).toEqual([
    expect.stringMatching(/^error benchmarks\.2\.path: .*gpqa-diamond\.csv has no problem of MATH-500/),
    'error benchmarks.3.path: ~/missing.jsonl, the file of the benchmark aime-2024, is not there.',
    'warning benchmarks.0.path: gsm8k: the file has 2 of its problems; as published it has 1319.',
    'warning benchmarks.1.path: mine: 1 rows cannot be read ("a" is missing).',
    'warning benchmarks.1.path: mine: the right answers of 1 problems cannot be read by the verifier (first: mine-1); they are left out.',
    'warning benchmarks.1.maxNewTokens: mine: 1 problems are left out, as the model reads at most 512 tokens and they leave no room for an answer.',
    'warning benchmarks.1.maxNewTokens: mine: answers may take 16384 tokens, but the model reads 512 in all: some are cut after N and count as wrong.',
    'hint benchmarks.0.path: gsm8k: 2 problems, 1 completions each.',
    'hint benchmarks.1.path: mine: 1 problems, 2 completions each.',
  ]);
  const text = JSON.stringify(config, null, 2);
  const problems = preflightProblems({ findings }, text, 'a.valley.jsonc', {});
  const line = (part: string): number => text.slice(0, text.indexOf(part)).split('\n').length;
  expect(problems.slice(0, 2).map((problem) => problem.line)).toEqual([
    line('gpqa-diamond.csv'),
    line('missing.jsonl'),
  ]);
});
