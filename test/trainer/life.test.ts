/** The trainer as a real process: how it begins, ends, is paused, stopped, killed, and goes on. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCheckpoint } from '../../src/data/checkpointFolder.ts';
import type { Completion } from '../../src/protocol/events.ts';
import { checkpointStep } from '../../src/protocol/runFolder.ts';
import { sendCommand } from '../../src/runs/controlClient.ts';
import { readHeartbeat, readLease } from '../../src/runs/facts.ts';
import { healthOf, observe, statusOf } from '../../src/runs/health.ts';
import { LaunchError, runTrainerTool } from '../../src/runs/launch.ts';
import { summarize } from '../../src/runs/listRuns.ts';
import { ownRuntime } from '../../src/runs/runtime.ts';
import { eventsOf, kill, Runs, stateOf, typesOf, until, untilEvent, untilExit, untilStep } from '../support/runs.ts';

let runs: Runs;
beforeAll(async () => (runs = await Runs.open()));
afterAll(() => runs.close());

const LONG = { steps: 1_000_000, stepMs: 5 };
const mode = (file: string): number => statSync(file).mode & 0o777;
const weightIn = (runFolder: string, step: number): number | undefined =>
  readCheckpoint(join(runFolder, 'checkpoints', `step-${String(step).padStart(8, '0')}`)).weights['w']?.values[0];

describe('a run', () => {
  test('goes from its start to its exit record, and says who did it', async () => {
    const { runFolder, lease, exited } = await runs.fake({ steps: 3 });
    expect(await exited).toBe(0);
    const events = eventsOf(runFolder);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index));
    expect(events.map(({ event }) => event.type)).toEqual([
      'run.started',
      'step.finished',
      'step.finished',
      'step.finished',
      'checkpoint.saved',
      'run.finished',
    ]);
    expect(events[0]?.event).toMatchObject({
      name: 'a',
      runtime: { version: `node ${process.versions.node}`, foundBy: 'cli' },
    });
    expect(await untilExit(runFolder)).toMatchObject({
      instanceId: lease.instanceId,
      outcome: 'finished',
      exitCode: 0,
      lastWords: expect.stringContaining('saved (final)') as string,
    });
    expect(await healthOf(runFolder)).toEqual({ kind: 'ended' });
    expect(await summarize(runFolder)).toMatchObject({ status: 'finished', step: 3, totalSteps: 3, name: 'a' });
  });

  test('leaves a folder that only its owner can open, with everything in its place', async () => {
    const text = '{\n  // why: a test\n  "recipe": "sft", "seed": 7,\n}';
    const { runFolder, exited } = await runs.fake(
      { steps: 1 },
      { config: runs.config(text, 'commented.valley.jsonc') },
    );
    await exited;
    expect(mode(runFolder)).toBe(0o700);
    expect(mode(join(runFolder, 'control.token'))).toBe(0o600);
    expect(readFileSync(join(runFolder, 'config.jsonc'), 'utf8')).toBe(text);
    const resolved = JSON.parse(readFileSync(join(runFolder, 'config.resolved.json'), 'utf8')) as object;
    expect(resolved).toMatchObject({ recipe: 'sft', seed: 7, training: { batchSize: 64 } });
    expect(readdirSync(runFolder).filter((name) => name.endsWith('.sock') || name.startsWith('.res'))).toEqual([]);
    expect(readFileSync(join(runs.folder, '.valley', '.gitignore'), 'utf8')).toBe('*\n');
    expect(readdirSync(join(runFolder, '..')).filter((name) => name.endsWith('.log'))).toEqual([]);
  });

  test('keeps the completions of an evaluation in a file and tells of it once', async () => {
    const { runFolder, exited } = await runs.fake({ steps: 2, evaluateAt: 1, completions: 6 });
    await exited;
    const types = typesOf(runFolder);
    expect(types.filter((type) => type === 'samples.written' || type === 'completions.sampled')).toEqual([
      'samples.written',
    ]);
    expect(types.indexOf('samples.written')).toBe(types.indexOf('evaluation.finished') + 1);
    const [written] = stateOf(runFolder).sampleFiles;
    expect(written).toMatchObject({ count: 6, step: 1, benchmark: 'fake/../bench' });
    const lines = readFileSync(join(runFolder, 'samples', written?.file ?? ''), 'utf8')
      .trimEnd()
      .split('\n');
    expect(lines.map((line) => (JSON.parse(line) as Completion).id)).toHaveLength(6);
  });

  test.each([
    [
      'an expected failure',
      { failAt: 2 },
      { code: 'diverged', message: 'The loss of step 2 is no number.', remedy: 'Lower learningRate.' },
    ],
    ['a bug', { throwAt: 2 }, { code: 'internal', message: 'a bug in the recipe' }],
    ['a bug that nobody catches', { crashAt: 2 }, { code: 'internal', message: 'a bug that nobody catches' }],
  ])('with %s fails with that reason, in its list and in its exit record', async (_, plan, error) => {
    const { runFolder, exited } = await runs.fake({ steps: 3, ...plan });
    expect(await exited).toBe(1);
    expect(eventsOf(runFolder).at(-1)?.event).toEqual({ type: 'run.failed', error });
    const exit = await untilExit(runFolder);
    expect(exit).toMatchObject({ outcome: 'failed', exitCode: 1, error });
    expect(exit.lastWords).toContain(error.message);
    expect(await healthOf(runFolder)).toEqual({ kind: 'ended' });
  });

  test('that dies without a word is lost, with its last words', async () => {
    const { runFolder, exited } = await runs.fake({ steps: 3, saveEvery: 1, exitAt: 3 });
    expect(await exited).toBe(77);
    expect(await healthOf(runFolder)).toEqual({
      kind: 'lost',
      lastWords: expect.stringContaining('checkpoint step-00000002 saved') as string,
    });
    expect(await summarize(runFolder)).toMatchObject({ status: 'lost', step: 2 });
  });
});

describe('what never starts', () => {
  const refused = async (start: Promise<unknown>): Promise<LaunchError> => {
    const error: unknown = await start.then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(LaunchError);
    return error as LaunchError;
  };

  test('a wrong config: exit code 2, the place and the key named, no folder made', async () => {
    const runFolder = runs.newFolder();
    const config = runs.config('{\n  "recipe": "sft",\n  "sed": 1\n}', 'wrong.valley.jsonc');
    const { exitCode, error } = await refused(runs.fake({ steps: 1 }, { config, runFolder }));
    expect(exitCode).toBe(2);
    expect(error?.code).toBe('badConfig');
    expect(error?.message).toMatch(/wrong\.valley\.jsonc:3:.*sed/s);
    expect(existsSync(runFolder)).toBe(false);
  });

  test('a config that is not there', async () => {
    const { exitCode, message } = await refused(runs.fake({ steps: 1 }, { config: join(runs.folder, 'none.jsonc') }));
    expect(exitCode).toBe(2);
    expect(message).toContain('none.jsonc');
  });

  test('a run in a folder that holds something else', async () => {
    const runFolder = runs.newFolder();
    mkdirSync(runFolder, { recursive: true });
    writeFileSync(join(runFolder, 'thesis.tex'), 'precious');
    const { error } = await refused(runs.fake({ steps: 1 }, { runFolder }));
    expect(error?.code).toBe('runFolderBusy');
    expect(readdirSync(runFolder)).toEqual(['thesis.tex']);
  });

  test('a second run in the folder of an ended one, and a continuation of what is no run', async () => {
    const { runFolder, exited } = await runs.fake({ steps: 1 });
    await exited;
    const before = readFileSync(join(runFolder, 'events.jsonl'));
    expect((await refused(runs.fake({ steps: 1 }, { runFolder }))).error?.code).toBe('runFolderBusy');
    expect(readFileSync(join(runFolder, 'events.jsonl'))).toEqual(before);
    const nothing = { runFolder: join(runs.folder, 'nothing'), isContinuation: true };
    expect((await refused(runs.fake({ steps: 1 }, nothing))).exitCode).toBe(2);
  });

  test('two of many starters in one folder: one works, the others are told', async () => {
    const runFolder = runs.newFolder();
    const starts = await Promise.allSettled(Array.from({ length: 5 }, () => runs.fake(LONG, { runFolder })));
    const winners = starts.filter((start) => start.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    for (const start of starts) {
      if (start.status === 'rejected') expect((start.reason as LaunchError).error?.code).toBe('runFolderBusy');
    }
    const lease = await readLease(runFolder);
    expect(lease?.instanceId).toBe(winners[0]?.value.lease.instanceId);
    const continuation = await refused(runs.fake(LONG, { runFolder, isContinuation: true }));
    expect(continuation.error?.code).toBe('runFolderBusy');
    await sendCommand(runFolder, { type: 'stop', now: true });
    await untilExit(runFolder);
    expect(new Set(eventsOf(runFolder).map(({ attempt }) => attempt))).toEqual(new Set([1]));
  });

  test('an unknown tool', async () => {
    await expect(
      runTrainerTool({ runtime: ownRuntime(), trainer: runs.programs.trainer, args: ['dance'] }),
    ).rejects.toThrow('dance');
  });
});

describe('pausing', () => {
  /** User and system time of a process and its threads, in clock ticks. */
  const ticks = (pid: number): number => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(fields[11]) + Number(fields[12]);
  };

  test('uses no processor; what is asked meanwhile is still done; the run goes on afterwards', async () => {
    const { runFolder, pid } = await runs.fake({ steps: 1_000_000, stepMs: 1 });
    await untilStep(runFolder, 3);
    await sendCommand(runFolder, { type: 'pause' });
    await untilEvent(runFolder, 'run.paused');
    const paused = stateOf(runFolder);
    expect(paused.status).toBe('paused');
    if (process.platform === 'linux') {
      await sleep(300);
      const before = ticks(pid);
      await sleep(1000);
      // Of 100 ticks in a second, the beating heart needs about one.
      expect(ticks(pid) - before).toBeLessThanOrEqual(10);
    }
    await sendCommand(runFolder, { type: 'saveCheckpoint' });
    await untilEvent(runFolder, 'checkpoint.saved', { cause: 'asked' });
    const sample = { type: 'sample', prompt: '1+1=', temperature: 0, maxNewTokens: 3, seed: 1 } as const;
    await sendCommand(runFolder, sample);
    await untilEvent(runFolder, 'completions.sampled', { purpose: 'interactive' });
    expect(stateOf(runFolder)).toMatchObject({ status: 'paused', step: paused.step });
    expect(await healthOf(runFolder)).toEqual({ kind: 'alive' });
    await sendCommand(runFolder, { type: 'resume' });
    await untilEvent(runFolder, 'run.resumed');
    await untilStep(runFolder, paused.step + 3);
    await sendCommand(runFolder, { type: 'pause' });
    await until(() => expect(stateOf(runFolder).status).toBe('paused'));
    await sendCommand(runFolder, { type: 'stop' });
    expect(await untilExit(runFolder)).toMatchObject({ outcome: 'stopped', exitCode: 130 });
    expect(typesOf(runFolder).slice(-2)).toEqual(['checkpoint.saved', 'run.finished']);
  });
});

describe('stopping', () => {
  test('saves a checkpoint and says stopped', async () => {
    const { runFolder, exited } = await runs.fake(LONG);
    await untilStep(runFolder, 2);
    await sendCommand(runFolder, { type: 'stop' });
    expect(await exited).toBe(130);
    expect(stateOf(runFolder)).toMatchObject({ status: 'stopped', checkpoints: [{ cause: 'stopping' }] });
    expect(await untilExit(runFolder)).toMatchObject({ outcome: 'stopped', exitCode: 130 });
  });

  test('at once saves nothing', async () => {
    const { runFolder, exited } = await runs.fake(LONG);
    await untilStep(runFolder, 2);
    await sendCommand(runFolder, { type: 'stop', now: true });
    expect(await exited).toBe(130);
    expect(stateOf(runFolder)).toMatchObject({ status: 'stopped', checkpoints: [] });
  });

  test('by one signal is polite; a storm of signals means now; half a checkpoint is never trusted', async () => {
    const polite = await runs.fake(LONG);
    await untilStep(polite.runFolder, 2);
    kill(polite.pid, 'SIGTERM');
    expect(await polite.exited).toBe(130);
    expect(stateOf(polite.runFolder)).toMatchObject({ status: 'stopped', checkpoints: [{ cause: 'stopping' }] });
    const stormy = await runs.fake({ ...LONG, saveEvery: 1 });
    await untilStep(stormy.runFolder, 2);
    for (let count = 0; count < 50; count++) {
      kill(stormy.pid, count % 2 === 0 ? 'SIGTERM' : 'SIGINT');
      await sleep(5);
    }
    expect(await stormy.exited).toBe(130);
    expect(typesOf(stormy.runFolder).filter((type) => type === 'run.finished')).toHaveLength(1);
    expect(await untilExit(stormy.runFolder)).toMatchObject({ outcome: 'stopped' });
    // A checkpoint that the policy had just removed may still be in the list of events; lists for people read the disk.
    const onDisk = readdirSync(join(stormy.runFolder, 'checkpoints')).map(checkpointStep);
    const steps = onDisk.filter((step) => step !== null);
    expect(steps.length).toBeGreaterThan(0);
    for (const step of steps) expect(weightIn(stormy.runFolder, step)).toBeGreaterThan(0);
  });
});

describe('a trainer that is cut off', () => {
  test(
    'from its life is lost; continued, it ends with the very weights of an undisturbed run',
    { timeout: 240_000 },
    async () => {
      const plan = { steps: 40, stepMs: 10, saveEvery: 5 };
      const whole = await runs.fake({ ...plan, stepMs: 0 });
      const killed = await runs.fake(plan);
      await untilStep(killed.runFolder, 13);
      kill(killed.pid, 'SIGKILL');
      await killed.exited;
      expect(await healthOf(killed.runFolder)).toMatchObject({
        kind: 'lost',
        lastWords: expect.stringContaining('saved (planned)') as string,
      });
      expect(statusOf(stateOf(killed.runFolder), await observe(killed.runFolder))).toBe('lost');
      const again = await runs.fake(plan, { runFolder: killed.runFolder, isContinuation: true });
      expect(again.lease).toMatchObject({ attempt: 2, runId: killed.lease.runId, configPath: killed.lease.configPath });
      expect(await again.exited).toBe(0);
      await whole.exited;
      expect(weightIn(again.runFolder, 40)).toBe(weightIn(whole.runFolder, 40));
      const events = eventsOf(again.runFolder);
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index));
      const restart = events.find(({ attempt }) => attempt === 2)?.event;
      const from = restart?.type === 'run.started' ? restart.resumedFrom : undefined;
      expect(from?.checkpoint).toMatch(/^step-000000(10|15|20)$/);
      const { series, status } = stateOf(again.runFolder);
      expect(status).toBe('finished');
      expect(series['weight']?.steps).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
      expect(series['weight']?.values).toEqual(stateOf(whole.runFolder).series['weight']?.values);
      expect(readdirSync(again.runFolder)).toContain('trainer.1.log');
    },
  );

  test('is taken over by one of many that try at once', async () => {
    const { runFolder, exited } = await runs.fake({ steps: 6, saveEvery: 2, exitAt: 5 });
    await exited;
    const next = () => runs.fake({ ...LONG, saveEvery: 2 }, { runFolder, isContinuation: true });
    const starts = await Promise.allSettled([next(), next(), next(), next()]);
    expect(starts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await sendCommand(runFolder, { type: 'stop', now: true });
    await untilExit(runFolder, 2);
    expect(new Set(eventsOf(runFolder).map(({ attempt }) => attempt))).toEqual(new Set([1, 2]));
  });

  test('from a good checkpoint passes over a damaged one, and says so', async () => {
    const { runFolder, exited } = await runs.fake({ steps: 6, saveEvery: 2, exitAt: 5 });
    await exited;
    const file = join(runFolder, 'checkpoints', 'step-00000004', 'model.safetensors');
    const bytes = readFileSync(file);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const again = await runs.fake({ steps: 6, saveEvery: 2 }, { runFolder, isContinuation: true });
    expect(await again.exited).toBe(0);
    expect(
      eventsOf(runFolder).find(({ event, attempt }) => attempt === 2 && event.type === 'run.started')?.event,
    ).toMatchObject({
      resumedFrom: { step: 2, checkpoint: 'step-00000002' },
    });
    expect(stateOf(runFolder).log.map(({ message }) => message)).toContainEqual(
      expect.stringContaining('step-00000004'),
    );
  });

  test('before its first checkpoint begins anew, and its old points are dropped', async () => {
    const { runFolder, exited } = await runs.fake({ steps: 6, exitAt: 4 });
    await exited;
    const again = await runs.fake({ steps: 6 }, { runFolder, isContinuation: true });
    expect(await again.exited).toBe(0);
    expect(stateOf(runFolder).series['loss']?.steps).toEqual([1, 2, 3, 4, 5, 6]);
    expect(stateOf(runFolder).log).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining('anew') as string }),
    );
  });

  test('from the processor does not respond, and is alive again when it gets it back', async () => {
    const { runFolder, pid } = await runs.fake(LONG);
    await untilStep(runFolder, 1);
    kill(pid, 'SIGSTOP');
    const before = await readHeartbeat(runFolder);
    await sleep(3000);
    const after = await readHeartbeat(runFolder);
    expect(after).toEqual(before);
    const silence = (after?.time ?? 0) + 8000;
    expect(await healthOf(runFolder, silence)).toEqual({ kind: 'notResponding', since: after?.time });
    kill(pid, 'SIGCONT');
    const { step } = stateOf(runFolder);
    await untilStep(runFolder, step + 2);
    await until(async () => expect((await readHeartbeat(runFolder))?.beat).toBeGreaterThan(after?.beat ?? 0));
    expect(await healthOf(runFolder)).toEqual({ kind: 'alive' });
    await sendCommand(runFolder, { type: 'stop', now: true });
    await untilExit(runFolder);
  });

  test('from its parent works on', async () => {
    const runFolder = runs.newFolder();
    const parent = spawn(process.execPath, [runs.programs.dyingParent], {
      env: {
        ...runs.environment(LONG),
        VALLEY_TRAINER: runs.programs.fakeTrainer,
        VALLEY_RUN_FOLDER: runFolder,
        VALLEY_CONFIG: runs.config(),
      },
      stdio: 'inherit',
    });
    expect(await once(parent, 'exit')).toEqual([null, 'SIGKILL']);
    const lease = await until(async () => (await readLease(runFolder)) ?? Promise.reject(new Error('no lease')));
    runs.adopt(lease.pid);
    const { step } = stateOf(runFolder);
    await untilStep(runFolder, step + 20);
    expect(await healthOf(runFolder)).toEqual({ kind: 'alive' });
    await sendCommand(runFolder, { type: 'stop' });
    expect(await untilExit(runFolder)).toMatchObject({ outcome: 'stopped' });
  });

  test.each([
    ['is deleted', (runFolder: string) => rmSync(runFolder, { recursive: true })],
    ['is moved away', (runFolder: string) => renameSync(runFolder, `${runFolder}-moved`)],
    [
      'is replaced by another folder',
      (runFolder: string) => {
        renameSync(runFolder, `${runFolder}-old`);
        mkdirSync(runFolder);
      },
    ],
  ])('from its folder, which %s, ends and writes nowhere', async (_, lose) => {
    const { runFolder, exited, pid } = await runs.fake({ ...LONG, saveEvery: 3 });
    await untilStep(runFolder, 4);
    kill(pid, 'SIGSTOP');
    lose(runFolder);
    kill(pid, 'SIGCONT');
    expect(await exited).toBe(1);
    expect(existsSync(runFolder) ? readdirSync(runFolder) : []).toEqual([]);
  });
});

test('the heart beats while a step blocks the thread, and tells that nothing moves', async () => {
  const { runFolder, pid } = await runs.fake({ steps: 2, blockMs: 5000 });
  await untilEvent(runFolder, 'run.started');
  const first = await until(async () => (await readHeartbeat(runFolder)) ?? Promise.reject(new Error('no heartbeat')));
  const second = await until(async () => {
    const heartbeat = await readHeartbeat(runFolder);
    if (heartbeat === null || heartbeat.beat < first.beat + 2) throw new Error('too few beats');
    return heartbeat;
  });
  expect(second.step).toBe(0);
  expect(second.time - second.lastProgress).toBeGreaterThan(1000);
  expect(await healthOf(runFolder)).toEqual({ kind: 'alive' });
  kill(pid, 'SIGKILL');
});

test('a library that writes without end into the log does not fill the disk', async () => {
  const { runFolder, pid } = await runs.fake({ ...LONG, noise: 40 << 20 });
  await untilStep(runFolder, 1);
  const log = join(runFolder, 'trainer.log');
  await until(() => expect(statSync(log).size).toBeLessThan(1 << 20));
  expect(await healthOf(runFolder)).toEqual({ kind: 'alive' });
  kill(pid, 'SIGKILL');
});

describe('two runs that want one device', () => {
  test('a paused run lets the second have it, and waits for it when it is resumed', async () => {
    const plan = { steps: 1_000_000, stepMs: 1 };
    const env = runs.environment(plan, 'paused');
    const first = await runs.fake(plan, { env, onBusy: 'refuse' });
    await untilStep(first.runFolder, 1);
    await sendCommand(first.runFolder, { type: 'pause' });
    await untilEvent(first.runFolder, 'run.paused');
    const second = await runs.fake(plan, { env, onBusy: 'refuse' });
    await untilStep(second.runFolder, 1);
    await sendCommand(first.runFolder, { type: 'resume' });
    await untilEvent(first.runFolder, 'run.queued', { device: 'cpu' });
    const { step } = stateOf(first.runFolder);
    expect(stateOf(first.runFolder).status).toBe('queued');
    await sendCommand(second.runFolder, { type: 'stop' });
    await untilExit(second.runFolder);
    await untilStep(first.runFolder, step + 1);
    expect(stateOf(first.runFolder)).toMatchObject({ status: 'running', queuedBehind: null });
    await sendCommand(first.runFolder, { type: 'pause' });
    await until(() => expect(stateOf(first.runFolder).status).toBe('paused'));
    const third = await runs.fake(plan, { env });
    await untilStep(third.runFolder, 1);
    await sendCommand(first.runFolder, { type: 'resume' });
    await until(() => expect(stateOf(first.runFolder).status).toBe('queued'));
    // One that waits can still be stopped, and saves.
    await sendCommand(first.runFolder, { type: 'stop' });
    expect(await untilExit(first.runFolder)).toMatchObject({ outcome: 'stopped' });
    expect(typesOf(first.runFolder).slice(-2)).toEqual(['checkpoint.saved', 'run.finished']);
  });

  test('the second waits in a visible queue and begins when the first has ended', async () => {
    const env = (plan: object) => runs.environment({ steps: 2, ...plan }, 'one');
    const first = await runs.fake(LONG, { env: env(LONG) });
    await untilStep(first.runFolder, 1);
    const second = await runs.fake({ steps: 2 }, { env: env({}) });
    await untilEvent(second.runFolder, 'run.queued', { device: 'cpu' });
    expect(stateOf(second.runFolder).status).toBe('queued');
    expect(await healthOf(second.runFolder)).toEqual({ kind: 'alive' });
    const refused = await runs.fake({ steps: 2 }, { env: env({}), onBusy: 'refuse' });
    expect(await untilExit(refused.runFolder)).toMatchObject({ outcome: 'failed', error: { code: 'deviceBusy' } });
    const impatient = await runs.fake({ steps: 2 }, { env: env({}) });
    await untilEvent(impatient.runFolder, 'run.queued');
    await sendCommand(impatient.runFolder, { type: 'stop' });
    expect(await untilExit(impatient.runFolder)).toMatchObject({ outcome: 'stopped' });
    await sendCommand(first.runFolder, { type: 'stop' });
    expect(await second.exited).toBe(0);
    expect(stateOf(second.runFolder).status).toBe('finished');
  });
});
