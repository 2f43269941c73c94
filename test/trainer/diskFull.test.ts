/** A disk that fills up under a real trainer: it waits, loses nothing, and goes on. */
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sendCommand } from '../../src/runs/controlClient.ts';
import { EventTail } from '../../src/runs/eventTail.ts';
import { healthOf } from '../../src/runs/health.ts';
import type { LaunchedRun } from '../../src/runs/launch.ts';
import { eventsOf, Runs, stateOf, until, untilExit, untilStep } from '../support/runs.ts';

let runs: Runs;
beforeAll(async () => (runs = await Runs.open()));
afterAll(() => runs.close());

/** Lets no file of a process grow beyond so many bytes: what a full disk does, for one process. */
const limit = (pid: number, bytes: number | 'unlimited'): void =>
  void execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`]);
const sizeOf = ({ runFolder }: LaunchedRun): number => statSync(join(runFolder, 'events.jsonl')).size;

/** A run that has met the limit in the middle of its events. */
async function stuckRun(): Promise<LaunchedRun> {
  const run = await runs.fake({ steps: 1_000_000, stepMs: 2 });
  await untilStep(run.runFolder, 20);
  limit(run.pid, sizeOf(run) + 2000);
  await until(async () => {
    const before = sizeOf(run);
    await sleep(500);
    expect(sizeOf(run)).toBe(before);
  });
  return run;
}

describe.runIf(process.platform === 'linux')('a trainer without space for its events', () => {
  test('waits alive, and goes on without a gap when there is space again', async () => {
    const run = await stuckRun();
    const stuckAt = stateOf(run.runFolder).step;
    expect(await healthOf(run.runFolder)).toEqual({ kind: 'alive' });
    limit(run.pid, 'unlimited');
    await untilStep(run.runFolder, stuckAt + 10);
    await sendCommand(run.runFolder, { type: 'stop' });
    expect(await untilExit(run.runFolder)).toMatchObject({ outcome: 'stopped' });
    const tail = new EventTail(run.runFolder);
    const steps = tail.read().flatMap(({ event }) => (event.type === 'step.finished' ? [event.step] : []));
    expect(steps).toEqual(steps.map((_, index) => index + 1));
    expect([tail.damaged, tail.missing]).toEqual([0, 0]);
    expect(eventsOf(run.runFolder).map(({ event }) => event.type)).toContain('run.resumed');
  });

  test('ends with that reason when it is told to end instead', async () => {
    const run = await stuckRun();
    await sendCommand(run.runFolder, { type: 'stop' });
    expect(await run.exited).toBe(1);
    const exit = await untilExit(run.runFolder);
    expect(exit).toMatchObject({ outcome: 'failed', error: { code: 'diskFull' } });
    expect(exit.lastWords).toContain('waits until there is space');
  });
});
