/** A ladder in a real process with the report that it leaves: killed and continued, the report is the same to the byte. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ReportAnswer } from '../../src/protocol/report/report.ts';
import type { LadderVerdict } from '../../src/protocol/verdict.ts';
import { runTrainerTool } from '../../src/runs/launch.ts';
import { ownRuntime } from '../../src/runs/runtime.ts';
import { kill, Runs, stateOf, untilEvent } from '../support/runs.ts';

const ladder = {
  ...{ recipe: 'ladder', name: 'tiny', seed: 5, device: 'cpu', threads: 1 },
  task: { name: 'arithmetic', level: 'addition-2' },
  base: {
    model: {
      ...{ family: 'decoder', hiddenSize: 16, numHiddenLayers: 1, numAttentionHeads: 2, numKeyValueHeads: 1 },
      ...{ intermediateSize: 32, maxPositionEmbeddings: 192 },
    },
    problems: 40,
    training: { maxSteps: 3, batchSize: 8, learningRate: 0.01 },
  },
  ...{ sizes: [8, 16], seeds: [1, 2] },
  training: { epochs: 2, batchSize: 8, learningRate: 0.01 },
  grpo: {
    ...{ from: [0], problems: 20, everySteps: 1 },
    rollout: { prompts: 2, numGenerations: 2, maxNewTokens: 90, batchSize: 4 },
    training: { maxSteps: 2, batchSize: 4 },
  },
  evaluation: { problems: 4, maxNewTokens: 90, batchSize: 4 },
  checkpoints: { everySteps: 1 },
};

let runs: Runs;
beforeAll(async () => (runs = await Runs.open()));
afterAll(() => runs.close());

/** All files of the report by name. */
function reportOf(runFolder: string): Readonly<Record<string, string>> {
  const folder = join(runFolder, 'report');
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.'));
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

const toolAnswer = async (...args: readonly string[]): Promise<ReportAnswer> =>
  JSON.parse(
    await runTrainerTool({ runtime: ownRuntime(), trainer: runs.programs.trainer, args: ['report', ...args] }),
  ) as ReportAnswer;

test('a ladder that was killed and continued leaves the report of one that was not', async () => {
  const config = runs.config(ladder, 'ladder.valley.jsonc');
  const whole = await runs.start({ config });
  expect(await whole.exited).toBe(0);
  const report = reportOf(whole.runFolder);
  expect(Object.keys(report)).toEqual(
    expect.arrayContaining(['figures/accuracy.csv', 'figures/accuracy.svg', 'report.html', 'report.json', 'report.md']),
  );
  const { verdict } = JSON.parse(report['report.json'] ?? '') as { verdict: LadderVerdict };
  expect(verdict).toMatchObject({ benchmark: 'arithmetic/addition-2', problems: 4, seeds: 2 });
  expect(verdict.rungs.map(({ size }) => size)).toEqual([8, 16]);
  const known = verdict.fakeValleys.filter(({ holds }) => holds !== 'unknown').map(({ name }) => name);
  expect(known).toEqual(expect.arrayContaining(['padMasksEnd', 'packingLeaks', 'templateMismatch', 'dataOverlap']));
  expect(stateOf(whole.runFolder).verdicts).toEqual([verdict]);
  expect(report['report.md']).not.toContain('left out');
  expect(report['figures/rl.csv']?.match(/^untouched model,0,/gm)).toHaveLength(1);

  const killed = await runs.start({ config });
  await untilEvent(killed.runFolder, 'cell.started', { training: 'sft-16-seed-2' });
  kill(killed.pid, 'SIGKILL');
  await killed.exited;
  const again = await runs.start({ runFolder: killed.runFolder, isContinuation: true });
  expect(await again.exited).toBe(0);
  expect(reportOf(again.runFolder)).toEqual(report);

  const both = await toolAnswer('--ladder', whole.runFolder, '--ladder', again.runFolder);
  expect(both).toMatchObject({ type: 'reported', verdicts: [{ seeds: 2 }, { seeds: 2 }] });
}, 240_000);

test('a run that is no ladder is refused by name', async () => {
  const { runFolder, exited } = await runs.start({
    config: runs.config({
      recipe: 'sft',
      ...{ model: ladder.base.model, task: ladder.task, device: 'cpu', threads: 1 },
      data: { problems: 20 },
      training: { maxSteps: 1, batchSize: 4 },
      evaluation: { problems: 2, maxNewTokens: 4 },
    }),
  });
  expect(await exited).toBe(0);
  const answer = await toolAnswer('--ladder', runFolder);
  expect(answer).toMatchObject({ type: 'refused', error: { code: 'badConfig' } });
}, 120_000);
