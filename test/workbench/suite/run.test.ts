import { strict as assert } from 'node:assert';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { commands, Uri } from 'vscode';
import { until, valley, workspaceFolder } from './valley.ts';

type Known = ReturnType<Awaited<ReturnType<typeof valley>>['runs']>[number];

/** The run in its present state; asked anew each time. */
async function follow(runId: string): Promise<() => Known> {
  const api = await valley();
  return () => {
    const run = api.runs().find((candidate) => candidate.runId === runId);
    assert.ok(run, `the extension has forgotten run ${runId}`);
    return run;
  };
}

async function start(config: string): Promise<() => Known> {
  const api = await valley();
  const before = new Set(api.runs().map(({ runId }) => runId));
  void commands.executeCommand('valley.startRun', Uri.file(join(workspaceFolder(), config)));
  const run = await until(`a run of ${config}`, () => api.runs().find(({ runId }) => !before.has(runId)));
  return follow(run.runId);
}

describe('A run', () => {
  it('goes from the command to its end, with steps, completions and a score', async () => {
    const run = await start('short.valley.jsonc');
    await until('the end of the run', () => run().status === 'finished');
    assert.equal(run().step, 20);
    assert.ok(run().completions >= 4);
    assert.equal(run().evaluations, 1);
    await until('the exit record, which follows the last event', () => existsSync(join(run().folder, 'exit.json')));
  });

  it('pauses, goes on, saves and stops when it is asked to', async () => {
    const run = await start('endless.valley.jsonc');
    const { runId } = run();
    await until('the first steps', () => run().step > 5);
    await commands.executeCommand('valley.pauseRun', runId);
    await until('a paused run', () => run().status === 'paused');
    const { step } = run();
    await commands.executeCommand('valley.resumeRun', runId);
    await until('steps after the pause', () => run().status === 'running' && run().step > step + 2);
    await commands.executeCommand('valley.saveCheckpoint', runId);
    await until('a checkpoint', () => run().checkpoints === 1);
    await commands.executeCommand('valley.stopRun', runId);
    await until('a stopped run', () => run().status === 'stopped');
    assert.ok(run().checkpoints >= 2, 'stopping saves first');
    assert.equal(run().dropped, 0);
  });

  it('goes on in the same folder from its last checkpoint', async () => {
    const api = await valley();
    const stopped = api.runs().find(({ name, status }) => name === 'endless' && status === 'stopped');
    assert.ok(stopped, 'the test before leaves a stopped run');
    const run = await follow(stopped.runId);
    await commands.executeCommand('valley.continueRun', stopped.runId);
    await until('steps beyond the stop', () => run().status === 'running' && run().step > stopped.step);
    await commands.executeCommand('valley.stopRun', stopped.runId);
    await until('a stopped run', () => run().status === 'stopped');
    assert.equal(readdirSync(join(workspaceFolder(), '.valley', 'runs')).length, api.runs().length);
  });

  it('is lost, and said to be lost, when its process is killed', async () => {
    const run = await start('endless.valley.jsonc');
    await until('the first steps', () => run().step > 2);
    const { pid } = JSON.parse(readFileSync(join(run().folder, 'run.json'), 'utf8')) as { pid: number };
    process.kill(pid, 'SIGKILL');
    await until('a lost run', () => run().status === 'lost');
  });
});
