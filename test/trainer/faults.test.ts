/** A real training in a real process on a device that fails by plan, and what is left of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCheckpoint, verifyCheckpoint } from '../../src/data/checkpointFolder.ts';
import { healthOf } from '../../src/runs/health.ts';
import { Runs, stateOf, typesOf, untilExit } from '../support/runs.ts';
import { tinyModel } from '../support/tinyModel.ts';
import type { Faults } from '../support/faultyExecutor.ts';

const STEPS = 12;
const config = {
  recipe: 'sft',
  seed: 3,
  device: 'cpu',
  executor: 'onnx',
  threads: 1,
  model: tinyModel,
  task: { name: 'arithmetic', level: 'addition-2' },
  data: { problems: 200 },
  training: { maxSteps: STEPS, batchSize: 4 },
  sampling: { everySteps: 100, maxNewTokens: 8 },
  evaluation: { everySteps: 100, atStart: false, problems: 2, maxNewTokens: 8, batchSize: 2 },
  checkpoints: { everySteps: 4 },
};

let runs: Runs;
beforeAll(async () => (runs = await Runs.open()));
afterAll(() => runs.close());

const withFaults = (faults: Faults) => ({
  trainer: runs.programs.faultyTrainer,
  env: { ...runs.environment(null), VALLEY_FAULTS: JSON.stringify(faults) },
});
const checkpoint = (runFolder: string, step: number): string =>
  join(runFolder, 'checkpoints', `step-${String(step).padStart(8, '0')}`);
/** Names and SHA-256 of what a checkpoint holds. */
const hashesOf = (runFolder: string, step: number): unknown =>
  (JSON.parse(readFileSync(join(checkpoint(runFolder, step), 'manifest.json'), 'utf8')) as { files: unknown }).files;

test('a lost device ends the run in order; the last checkpoint is whole, and the run goes on from it to the same bytes', async () => {
  const start = { config: runs.config(config) };
  const overflow = { overflowAtUpdate: [2] };
  const whole = await runs.start({ ...start, ...withFaults(overflow) });
  expect(await whole.exited).toBe(0);
  expect(stateOf(whole.runFolder).executor?.precision).toBe('f16');

  const lost = await runs.start({ ...start, ...withFaults({ ...overflow, lostAtPass: 11 }) });
  expect(await lost.exited).toBe(1);
  const error = {
    code: 'deviceLost',
    message: expect.stringContaining('The device was lost') as string,
    remedy: 'Go on.',
  };
  expect(await untilExit(lost.runFolder)).toMatchObject({ outcome: 'failed', exitCode: 1, error });
  expect(await healthOf(lost.runFolder)).toEqual({ kind: 'ended' });
  expect(typesOf(lost.runFolder).at(-1)).toBe('run.failed');
  expect(stateOf(lost.runFolder)).toMatchObject({ status: 'failed', step: 10, error });
  expect(stateOf(lost.runFolder).checkpoints.map(({ step }) => step)).toEqual([4, 8]);
  expect(verifyCheckpoint(checkpoint(lost.runFolder, 8))).toEqual([]);
  expect(readCheckpoint(checkpoint(lost.runFolder, 8)).counters).toMatchObject({ lossScale: 32_768, skippedSteps: 1 });

  const again = await runs.start({ runFolder: lost.runFolder, isContinuation: true, ...withFaults({}) });
  expect(await again.exited).toBe(0);
  expect(stateOf(again.runFolder)).toMatchObject({ status: 'finished', step: STEPS, attempt: 2 });
  expect(hashesOf(again.runFolder, STEPS)).toEqual(hashesOf(whole.runFolder, STEPS));
  for (const name of ['loss', 'loss_scale', 'skipped_steps', 'grad_norm'])
    expect(stateOf(again.runFolder).series[name]).toEqual(stateOf(whole.runFolder).series[name]);
}, 120_000);
