/** The whole way with real mathematics: a small model trains in a real process, is killed, continued, measured and asked. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DoctorReport } from '../../src/protocol/doctor.ts';
import { connect, sendCommand } from '../../src/runs/controlClient.ts';
import { healthOf } from '../../src/runs/health.ts';
import { runTrainerTool } from '../../src/runs/launch.ts';
import { ownRuntime } from '../../src/runs/runtime.ts';
import { eventsOf, kill, Runs, stateOf, until, untilEvent, untilExit, untilStep } from '../support/runs.ts';
import { tinyModel } from '../support/tinyModel.ts';

const STEPS = 150;
const tiny = {
  recipe: 'sft',
  seed: 3,
  device: 'cpu',
  executor: 'onnx',
  threads: 1,
  model: tinyModel,
  task: { name: 'arithmetic', level: 'addition-2' },
  data: { problems: 500 },
  training: { maxSteps: STEPS, batchSize: 4 },
  sampling: { everySteps: 50, completions: 2, maxNewTokens: 8 },
  evaluation: { everySteps: 75, problems: 8, maxNewTokens: 8, batchSize: 4 },
  checkpoints: { everySteps: 20 },
};

let runs: Runs;
let config: string;
beforeAll(async () => {
  runs = await Runs.open();
  config = runs.config(tiny);
});
afterAll(() => runs.close());

/** Names and SHA-256 of what a checkpoint holds. */
function hashesOf(runFolder: string, step: number): unknown {
  const folder = join(runFolder, 'checkpoints', `step-${String(step).padStart(8, '0')}`);
  return (JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as { files: unknown }).files;
}
const metricsOf = (runFolder: string, name: string) => stateOf(runFolder).series[name];

test(
  'killed in the middle and continued, a training ends in the same bytes as one that nobody disturbed',
  { timeout: 240_000 },
  async () => {
    const whole = await runs.start({ config });
    expect(await whole.exited).toBe(0);
    const killed = await runs.start({ config });
    await untilStep(killed.runFolder, 30);
    kill(killed.pid, 'SIGKILL');
    await killed.exited;
    expect(await healthOf(killed.runFolder)).toMatchObject({ kind: 'lost' });
    const again = await runs.start({ runFolder: killed.runFolder, isContinuation: true });
    expect(await again.exited).toBe(0);
    const restart = eventsOf(again.runFolder).find(
      // A torn last line of the killed attempt is told first.
      ({ attempt, event }) => attempt === 2 && event.type !== 'log.written',
    )?.event;
    expect(restart).toMatchObject({
      type: 'run.started',
      resumedFrom: { checkpoint: expect.stringMatching(/^step-/) as string },
    });
    expect(hashesOf(again.runFolder, STEPS)).toEqual(hashesOf(whole.runFolder, STEPS));
    for (const name of ['loss', 'grad_norm', 'learning_rate', 'num_tokens', 'completions/mean_length']) {
      expect(metricsOf(again.runFolder, name)).toEqual(metricsOf(whole.runFolder, name));
    }
    const scores = (folder: string) => stateOf(folder).evaluations.map(({ step, scores: [first] }) => [step, first]);
    expect(scores(again.runFolder)).toEqual(scores(whole.runFolder));
    expect(scores(whole.runFolder).map(([step]) => step)).toEqual([0, 75, 150]);
    for (const { file, count } of stateOf(again.runFolder).sampleFiles) {
      const read = (folder: string): string => readFileSync(join(folder, 'samples', file), 'utf8');
      expect(read(again.runFolder).trimEnd().split('\n')).toHaveLength(count);
      expect(read(again.runFolder)).toBe(read(whole.runFolder));
    }
    expect(readdirSync(join(again.runFolder, 'checkpoints')).every((name) => /^step-\d{8}$/.test(name))).toBe(true);

    // The checkpoint is measured and asked in runs of their own, by configs that the caller has composed.
    const model = { checkpoint: join(whole.runFolder, 'checkpoints', `step-${String(STEPS).padStart(8, '0')}`) };
    const { device, executor, threads, task } = tiny;
    const { everySteps: _, ...evaluation } = tiny.evaluation;
    const measured = await runs.start({
      config,
      configJson: JSON.stringify({
        recipe: 'evaluate',
        device,
        executor,
        threads,
        model,
        task,
        evaluation: { ...evaluation, seed: 1234 },
      }),
    });
    expect(await measured.exited).toBe(0);
    expect(stateOf(measured.runFolder)).toMatchObject({ status: 'finished', recipe: 'evaluate' });
    expect(stateOf(measured.runFolder).evaluations[0]?.scores[0]).toEqual(scores(whole.runFolder).at(-1)?.[1]);
    const asked = await runs.start({
      config,
      configJson: JSON.stringify({ recipe: 'sample', device, executor, threads, model, prompt: '12+34=' }),
    });
    expect(await asked.exited).toBe(0);
    expect(stateOf(asked.runFolder)).toMatchObject({ status: 'finished', completions: [{ prompt: '12+34=' }] });
  },
);

test('a training is paused, asked, resumed and stopped; its checkpoint is pinned', async () => {
  const long = runs.config({ ...tiny, training: { maxSteps: 100_000, batchSize: 4 } }, 'long.valley.jsonc');
  const { runFolder } = await runs.start({ config: long });
  await untilStep(runFolder, 3);
  let text = '';
  const client = await connect(runFolder, { onSampled: (piece) => (text += piece) });
  client.send({ type: 'pause' });
  await untilEvent(runFolder, 'run.paused');
  // A step that was computed when the pause came, and whose completions were told, is told to its end with the first answer.
  let step = 0;
  for (const seed of [1, 2]) {
    client.send({ type: 'sample', prompt: '1+2=', temperature: 1, maxNewTokens: 6, seed });
    await until(() => expect(stateOf(runFolder).completions.filter((one) => one.prompt === '1+2=')).toHaveLength(seed));
    if (seed === 1) ({ step } = stateOf(runFolder));
  }
  const written = stateOf(runFolder).completions.filter((one) => one.prompt === '1+2=');
  await until(() =>
    expect(text).toBe(
      written
        .toReversed()
        .map((one) => one.text)
        .join(''),
    ),
  );
  expect(stateOf(runFolder)).toMatchObject({ status: 'paused', step });
  client.send({ type: 'saveCheckpoint' });
  await untilEvent(runFolder, 'checkpoint.saved', { cause: 'asked' });
  client.send({ type: 'resume' });
  await untilStep(runFolder, step + 2);
  client.close();
  await sendCommand(runFolder, { type: 'stop' });
  expect(await untilExit(runFolder)).toMatchObject({ outcome: 'stopped', exitCode: 130 });
  const { status, checkpoints } = stateOf(runFolder);
  expect(status).toBe('stopped');
  const last = checkpoints.at(-1)?.checkpoint ?? '';
  expect(checkpoints.at(-1)?.cause).toBe('stopping');

  const pin = (isPinned: string): Promise<string> => {
    const args = ['pin', '--run-folder', runFolder, '--checkpoint', last, '--pinned', isPinned];
    return runTrainerTool({ runtime: ownRuntime(), trainer: runs.programs.trainer, args });
  };
  const files = (): string[] => readdirSync(join(runFolder, 'checkpoints', last));
  await pin('true');
  expect(files()).toContain('pinned');
  await pin('false');
  expect(files()).not.toContain('pinned');
});

test('the doctor answers in JSON', async () => {
  const text = await runTrainerTool({ runtime: ownRuntime(), trainer: runs.programs.trainer, args: ['doctor'] });
  expect((JSON.parse(text) as DoctorReport).findings.length).toBeGreaterThan(3);
});
