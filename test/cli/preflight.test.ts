/** `valley preflight` and `valley preview`: the real process, and what it writes, line by line. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exampleLines } from '../../src/cli/exampleLines.ts';
import { paint } from '../../src/cli/paint.ts';
import { preflightLines } from '../../src/cli/preflight.ts';
import type { ConfigProblem } from '../../src/config/configProblem.ts';
import type { ExamplePreview, PreviewedExample } from '../../src/protocol/examplePreview.ts';
import type { LengthStatistics, PreflightReport } from '../../src/protocol/preflight.ts';
import { said } from '../../src/protocol/sentence.ts';
import { buildPrograms } from '../support/build.ts';
import { chatConfig, putChatModel } from '../support/chatModel.ts';

const plain = { width: 80, paint: paint(false), strings: {} };

describe('the report', () => {
  const lengths = (longest: number, counts: readonly number[]): LengthStatistics => ({
    sum: 1000,
    median: 40,
    p90: 80,
    p99: 90,
    longest,
    histogram: counts.map((count, bar) => ({ from: bar * 50, below: (bar + 1) * 50, count })),
  });
  const report: PreflightReport = {
    v: 1,
    source: { name: 'train.jsonl', looked: 2000, rows: 220_123, isEstimate: true },
    mostTokens: 100,
    statistics: {
      examples: 1990,
      prompt: lengths(20, [1990]),
      completion: lengths(140, [10, 20]),
      total: lengths(160, [10, 20, 5, 1]),
      trained: 1984,
      tokens: 90_000,
      learned: 60_000,
      tooLong: { count: 6, first: 'train.jsonl:3' },
      answerLost: { count: 0, first: '' },
      endLost: { count: 0, first: '' },
      nothingLearned: { count: 0, first: '' },
      endUnlearned: { count: 0, first: '' },
      chat: [],
      bad: [],
    },
    work: {
      steps: 3400,
      examples: 218_000,
      heldOutShare: 0,
      epochs: 2,
      tokens: 2e7,
      learned: 1e7,
      seconds: { least: 600, most: 2400 },
    },
    memory: { bytes: 9e8, machineBytes: 8e9 },
    disk: { checkpointBytes: 1e7, checkpoints: 4, budgetBytes: 4e9, freeBytes: 3e10 },
    overlap: { count: 0, first: '' },
    findings: [],
  };
  const problem: ConfigProblem = {
    file: 'a.valley.jsonc',
    line: 7,
    column: 13,
    endLine: 7,
    endColumn: 16,
    key: 'data.maxLength',
    value: '100',
    message: '6 of 1,990 examples are longer.',
    remedy: 'Raise it.',
    severity: 'warning',
  };

  test('is a table of lengths, bars with the limit, what the run amounts to, and the findings', () => {
    expect(preflightLines(report, [problem], plain)).toEqual([
      'train.jsonl: 2,000 of about 220,123 rows looked at',
      '',
      'tokens          median      90 %      99 %   maximum',
      'prompt              40        80        90        20',
      'completion          40        80        90       140',
      'together            40        80        90       160',
      '',
      '   0–49  ████████████████████ 10',
      '  50–99  ████████████████████████████████████████ 20 ← at most 100 are trained on',
      '100–149  ██████████ 5',
      '150–199  ██ 1',
      '',
      'trained on   1,984 of 1,990 examples; 66.7 % of their tokens carry loss',
      'steps        3,400 (2 passes over the data, 20M tokens); 10:00 to 40:00 by rule of thumb',
      'memory       about 900 MB of 8000 MB',
      'checkpoints  4 × 10 MB, of 4000 MB allowed and 30 GB free',
      '',
      '! a.valley.jsonc:7:13 data.maxLength: 6 of 1,990 examples are longer.',
      '    → Raise it.',
      'Nothing ruins this run (warnings: 1).',
    ]);
  });

  test('without an example it is what is wrong alone', () => {
    const none = { ...report, statistics: { ...report.statistics, examples: 0 } };
    const error = { ...problem, severity: 'error', remedy: '' } as const;
    expect(preflightLines(none, [error], plain).slice(1)).toEqual([
      '',
      '✗ a.valley.jsonc:7:13 data.maxLength: 6 of 1,990 examples are longer.',
      'This run would be ruined (errors: 1, warnings: 0).',
    ]);
  });
});

describe('an example in a terminal', () => {
  const piece = (text: string, state: 'learned' | 'read' | 'cut', isSpecial = false) => ({
    ids: [7],
    at: 0,
    text,
    isSpecial,
    state,
  });
  const example: PreviewedExample = {
    row: 3,
    place: 'a.jsonl:4',
    title: 'x',
    tokens: 6,
    learned: 2,
    cut: 2,
    leftOut: null,
    findings: [said`The template leaves out ${2} traces.`],
    pieces: [
      piece('<s>', 'read', true),
      piece('a\u202e', 'read'),
      piece('b\n', 'learned'),
      piece('', 'learned'),
      piece('c', 'cut'),
      piece('<e>', 'cut', true),
    ],
  };

  test('has marks where there are no colours, and shows what is hidden', () => {
    expect(exampleLines(example, 10, { ...plain, hasColor: false }).split('\n')).toEqual([
      'Training example 3 of 10 · a.jsonl:4',
      '6 tokens: 2 learned, 2 read only, 2 cut off',
      '! The template leaves out 2 traces.',
      '⟦learned⟧  read, not learned  ⟨×cut off by the limit×⟩',
      '',
      '<s>|a\\u202e⟦b⏎',
      '|⟨7⟩⟧⟨×c|<e>×⟩',
    ]);
  });

  test('has colours where there are some', () => {
    const text = exampleLines(example, null, { paint: paint(true), hasColor: true, strings: {} });
    expect(text).toContain('\u001b[32mlearned\u001b[39m');
    expect(text).toContain('\u001b[9m\u001b[31mc');
    expect(text).not.toMatch(/[⟦⟧×]/);
  });
});

describe('the process', () => {
  let folder = '';
  let cli = '';
  beforeAll(async () => {
    ({ cli } = await buildPrograms());
    folder = mkdtempSync(join(tmpdir(), 'valley-cli-preflight-'));
    putChatModel(folder, 'qwen3');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const save = (name: string, data: object): string => {
    const training = { maxSteps: 2, batchSize: 4 };
    const text = JSON.stringify(chatConfig('qwen3', { training, data: { path: 'rows.jsonl', ...data } }), null, 2);
    writeFileSync(join(folder, name), text);
    return name;
  };

  async function valley(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
    const env = { ...process.env, LC_ALL: 'C', VALLEY_STATE_DIR: join(folder, 'state') };
    const running = promisify(execFile)(process.execPath, [cli, ...args], { cwd: folder, env });
    return running.then(
      ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
      (error: { code: number; stdout: string; stderr: string }) => ({
        code: error.code,
        out: error.stdout,
        err: error.stderr,
      }),
    );
  }

  test('a config that loses its answers ends with 2 and names line and key; --json tells the same', async () => {
    const file = save('cut.valley.jsonc', { maxLength: 40, onLongExample: 'truncate' });
    const { code, out } = await valley('preflight', file);
    expect(code).toBe(2);
    expect(out).toMatch(
      /✗ cut\.valley\.jsonc:\d+:18 data\.maxLength: 12 of 12 examples \(100\.0 %\) lose their answer/,
    );
    const told = await valley('preflight', file, '--json');
    expect(told.code).toBe(2);
    expect(JSON.parse(told.out)).toMatchObject({
      type: 'preflight',
      file,
      ok: false,
      problems: expect.arrayContaining([expect.objectContaining({ key: 'data.maxLength', severity: 'error' })]),
      report: { v: 1, source: { looked: 12 } },
    });
  });

  test('such a run does not begin, and does where the config says so', async () => {
    const cut = { maxLength: 40, onLongExample: 'truncate' };
    const refused = await valley('run', save('cut.valley.jsonc', cut));
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(/lose their answer.*set data\.onPreflightError to "warn"/s);
    const allowed = await valley('run', save('warn.valley.jsonc', { ...cut, onPreflightError: 'warn' }));
    expect(allowed).toMatchObject({ code: 0, out: expect.stringMatching(/lose their answer/) });
  });

  test('a row is shown, and one that is not there is refused', async () => {
    const file = save('whole.valley.jsonc', {});
    const { code, out } = await valley('preview', file, '--row', '3');
    expect(code).toBe(0);
    expect(out).toContain('Training example 3 · rows.jsonl:3');
    expect(out).toMatch(/<\|im_start\|>\|.*⟦<think>/s);
    const asJson = JSON.parse((await valley('preview', file, '--row', '3', '--json')).out) as ExamplePreview;
    expect(asJson.examples).toMatchObject([{ row: 3, place: 'rows.jsonl:3' }]);
    expect(await valley('preview', file, '--row', '13')).toMatchObject({
      code: 2,
      err: expect.stringContaining('There is no row 13: the data have 12.'),
    });
    const missing = await valley('preview', file, '--row', '13', '--json');
    expect([missing.code, JSON.parse(missing.out)]).toMatchObject([2, { rows: 12, examples: [] }]);
    expect(await valley('preview', file, '--row', '0')).toMatchObject({ code: 2 });
  });

  test('a config that trains nothing has no pre-flight, and one that learns no given examples no preview', async () => {
    writeFileSync(join(folder, 'e.valley.jsonc'), JSON.stringify({ recipe: 'evaluate', model: { path: 'qwen3' } }));
    expect(await valley('preflight', 'e.valley.jsonc')).toMatchObject({
      code: 2,
      err: expect.stringContaining('trains nothing'),
    });
    writeFileSync(join(folder, 'g.valley.jsonc'), JSON.stringify({ recipe: 'grpo', model: { path: 'qwen3' } }));
    expect(await valley('preview', 'g.valley.jsonc', '--row', '1')).toMatchObject({
      code: 2,
      err: expect.stringContaining('learns no given examples: only configs of the recipes sft and dpo do'),
    });
  });

  test('of reinforcement learning it tells what is asked, and what can earn nothing', async () => {
    const problems = Array.from({ length: 30 }, (_, at) => ({
      problem: `What is ${at} + 1?`,
      answer: at === 7 ? '' : at + 1,
    }));
    writeFileSync(join(folder, 'problems.jsonl'), problems.map((problem) => `${JSON.stringify(problem)}\n`).join(''));
    const config = (rollout: object) => ({
      ...{ recipe: 'grpo', model: { path: 'qwen3' }, data: { path: 'problems.jsonl' } },
      ...{ rollout, training: { epochs: 2, batchSize: 16 }, evaluation: { maxNewTokens: 64 } },
    });
    writeFileSync(
      join(folder, 'r.valley.jsonc'),
      JSON.stringify(config({ prompts: 4, numGenerations: 4, maxNewTokens: 64 })),
    );
    const sound = await valley('preflight', 'r.valley.jsonc');
    expect(sound.code).toBe(0);
    expect(sound.out).toMatch(/asked +2\d problems, 16 completions in each rollout/);
    writeFileSync(
      join(folder, 'r.valley.jsonc'),
      JSON.stringify(config({ prompts: 100, numGenerations: 2, maxNewTokens: 2 })),
    );
    const { code, out } = await valley('preflight', 'r.valley.jsonc', '--json');
    const { report } = JSON.parse(out) as { report: PreflightReport };
    expect(code).toBe(2);
    expect(report.policy).toEqual({ completions: 200 });
    expect(report.memory?.bytes).toBeGreaterThan(1e8);
    expect(report.findings.map(({ topic, severity }) => `${severity} ${topic}`).toSorted()).toEqual([
      'error evaluationCut',
      'error fewExamples',
      'warning badRows',
    ]);
  });
});
