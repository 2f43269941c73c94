/** Preferences of conversations in a real process: looked at before, learned, killed, continued and compared. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ExamplePreview } from '../../src/protocol/examplePreview.ts';
import type { PreflightReport } from '../../src/protocol/preflight.ts';
import { putChatModel } from '../support/chatModel.ts';
import { kill, Runs, stateOf, untilStep } from '../support/runs.ts';

const STEPS = 20;
const dpo = {
  ...{ recipe: 'dpo', seed: 3, device: 'cpu', executor: 'onnx', threads: 1 },
  model: { path: 'qwen3' },
  data: { path: 'pairs.jsonl' },
  preference: { beta: 0.3 },
  training: { maxSteps: STEPS, batchSize: 4, learningRate: 0.003 },
  sampling: { everySteps: 10, completions: 1, maxNewTokens: 4 },
  evaluation: { everySteps: 10, problems: 3, maxNewTokens: 4, batchSize: 4 },
  checkpoints: { everySteps: 5 },
};

/** Fifteen pairs in the ways that data sets have, and three rows that are none. */
const rows = (): object[] => {
  const pairs = Array.from({ length: 15 }, (_, at) => {
    const asked = { role: 'user', content: `What is ${at} + ${at}?` };
    const [chosen, rejected] = [`${2 * at}`, `It is ${2 * at}, I think.`].map((content) => ({
      role: 'assistant',
      content,
    }));
    return at % 2 === 0
      ? { prompt: [asked], chosen: [chosen], rejected: [rejected], answer: String(2 * at) }
      : { chosen: [asked, chosen], rejected: [asked, rejected], answer: String(2 * at) };
  });
  const same = { prompt: 'Why?', chosen: 'So.', rejected: 'So. ' };
  return [...pairs, same, { ...same, prompt: 'How?' }, { prompt: 'What?', chosen: 'That.' }];
};

let runs: Runs;
let config: string;
beforeAll(async () => {
  runs = await Runs.open();
  putChatModel(runs.folder, 'qwen3');
  writeFileSync(
    join(runs.folder, 'pairs.jsonl'),
    rows()
      .map((row) => `${JSON.stringify(row)}\n`)
      .join(''),
  );
  config = runs.config(dpo, 'dpo.valley.jsonc');
});
afterAll(() => runs.close());

async function cli(...words: readonly string[]): Promise<{ stdout: string; code: number }> {
  const asked = promisify(execFile)(process.execPath, [runs.programs.cli, ...words], { env: runs.environment(null) });
  return asked.then(
    ({ stdout }) => ({ stdout, code: 0 }),
    (error: { stdout: string; code: number }) => ({ stdout: error.stdout, code: error.code }),
  );
}

test('pre-flight counts pairs and says which rows are none; the preview shows both completions', async () => {
  const { stdout, code } = await cli('preflight', config, '--json');
  const { report } = JSON.parse(stdout) as { report: PreflightReport };
  expect(code).toBe(0);
  expect(report.source).toMatchObject({ looked: 18, rows: 18 });
  expect(report.statistics).toMatchObject({
    ...{ examples: 15, trained: 15 },
    bad: [
      { reason: 'samePair', rows: 2, first: 'pairs.jsonl:16' },
      { reason: 'missingColumn', rows: 1, first: 'pairs.jsonl:18' },
    ],
  });
  // One of fifteen problems is held out.
  expect(report.work).toMatchObject({ steps: STEPS, examples: 14 });
  const { examples } = JSON.parse((await cli('preview', config, '--row', '2', '--json')).stdout) as ExamplePreview;
  expect(examples.map(({ part, row }) => [part, row])).toEqual([
    ['chosen', 2],
    ['rejected', 2],
  ]);
  const learned = examples.map(({ pieces }) =>
    pieces
      .filter(({ state }) => state === 'learned')
      .map(({ text }) => text)
      .join(''),
  );
  expect(learned[0]).toContain('2');
  expect(learned[1]).toContain('It is 2, I think.');
  expect((await cli('preview', config, '--row', '2')).stdout).toMatch(
    /pairs\.jsonl:2 · chosen[^]*pairs\.jsonl:2 · rejected/,
  );

  const short = runs.config(
    { ...dpo, data: { path: 'pairs.jsonl', maxLength: 30, onLongExample: 'truncate' } },
    'short.valley.jsonc',
  );
  const cut = JSON.parse((await cli('preflight', short, '--json')).stdout) as { ok: boolean; report: PreflightReport };
  expect(cut.report.findings.map(({ topic }) => topic)).toContain('answerLost');
}, 120_000);

/** SHA-256 of what the last checkpoint holds. */
const hashesOf = (runFolder: string): unknown => {
  const manifest = join(runFolder, 'checkpoints', `step-${String(STEPS).padStart(8, '0')}`, 'manifest.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { files: unknown }).files;
};

test.each(['full', 'lora'])(
  '%s: killed in the middle and continued, it ends in the same bytes as undisturbed',
  { timeout: 240_000 },
  async (method) => {
    const file = runs.config({ ...dpo, training: { ...dpo.training, method } }, `${method}.valley.jsonc`);
    const whole = await runs.start({ config: file });
    expect(await whole.exited).toBe(0);
    const told = stateOf(whole.runFolder);
    expect(told).toMatchObject({ status: 'finished', recipe: 'dpo', task: 'pairs.jsonl', step: STEPS });
    expect(told.preparation.stages).toMatchObject([{ stage: 'encoding', rowsIn: 18, statistics: { rows: 15 } }]);
    expect(told.series['loss']?.values[0]).toBeCloseTo(Math.LN2, 4);
    expect(told.evaluations.map(({ step }) => step)).toEqual([0, 10, 20]);
    const last = told.evaluations.at(-1)?.scores.map(({ name }) => name) ?? [];
    for (const name of ['accuracy', 'eval_rewards/accuracies', 'eval_loss']) expect(last).toContain(name);

    const killed = await runs.start({ config: file });
    await untilStep(killed.runFolder, 7);
    kill(killed.pid, 'SIGKILL');
    await killed.exited;
    const again = await runs.start({ runFolder: killed.runFolder, isContinuation: true });
    expect(await again.exited).toBe(0);
    expect(hashesOf(again.runFolder)).toEqual(hashesOf(whole.runFolder));
    for (const name of ['loss', 'rewards/margins', 'logps/chosen'])
      expect(stateOf(again.runFolder).series[name]).toEqual(told.series[name]);
    expect(stateOf(again.runFolder).evaluations.map(({ scores }) => scores)).toEqual(
      told.evaluations.map(({ scores }) => scores),
    );
  },
);

test('rows without a preference end the run with a sentence that names the columns', async () => {
  writeFileSync(join(runs.folder, 'plain.jsonl'), `${JSON.stringify({ prompt: 'a', completion: 'b' })}\n`);
  const plain = await runs.start({
    config: runs.config({ ...dpo, data: { path: 'plain.jsonl' } }, 'plain.valley.jsonc'),
  });
  expect(await plain.exited).toBe(1);
  expect(stateOf(plain.runFolder).error).toMatchObject({ code: 'badDataset' });
  expect(stateOf(plain.runFolder).error?.message).toMatch(/in the format preference.*prompt, completion/);
});
