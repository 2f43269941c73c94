import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { launchTrainer, LaunchError, runTrainerTool, type LaunchOptions } from '../../src/runs/launch.ts';
import { findRuntime, ownRuntime, RuntimeNotFound } from '../../src/runs/runtime.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'launch-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A trainer of a few lines; `lease` writes what a real one would. */
function script(body: string): string {
  const file = join(folder, 'trainer.mjs');
  const head = `
    import { mkdirSync, writeFileSync, renameSync } from 'node:fs';
    const option = (name) => process.argv.find((arg) => arg.startsWith('--' + name + '='))?.slice(name.length + 3);
    const lease = (instanceId = option('instance')) => {
      const folder = option('run-folder');
      mkdirSync(folder, { recursive: true });
      writeFileSync(folder + '/.tmp', JSON.stringify({ v: 1, runId: 'r', instanceId, attempt: 1, pid: process.pid,
        processStart: null, bootId: null, host: 'h', socketPath: '', startedAt: 1, recipe: 'sft', name: 'n', configPath: '' }));
      renameSync(folder + '/.tmp', folder + '/run.json');
    };`;
  writeFileSync(file, head + body);
  return file;
}

const options = (body: string, more: Partial<LaunchOptions> = {}): LaunchOptions => ({
  runtime: ownRuntime(),
  trainer: script(body),
  runFolder: join(folder, 'runs', 'one'),
  config: join(folder, 'a.valley.jsonc'),
  timeoutMs: 30_000,
  ...more,
});
const failure = async (launch: LaunchOptions): Promise<LaunchError> => {
  const error: unknown = await launchTrainer(launch).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LaunchError);
  return error as LaunchError;
};
const leftLogs = (): string[] => readdirSync(join(folder, 'runs')).filter((name) => name.endsWith('.log'));

describe('a trainer', () => {
  test('that takes its folder is launched; its exit code can be waited for', async () => {
    const run = await launchTrainer(options('lease(); setTimeout(() => process.exit(7), 50);'));
    expect(run.lease.runId).toBe('r');
    expect(run.pid).toBe(run.lease.pid);
    expect(await run.exited).toBe(7);
  });

  test('that is done before anyone looked was still launched', async () => {
    expect((await launchTrainer(options('lease(); process.exit(0);'))).lease.attempt).toBe(1);
  });

  test('that ends at once is an error with its last words, and leaves no log behind', async () => {
    const error = await failure(options(`console.error('no such driver'); process.exit(3);`));
    expect(error.exitCode).toBe(3);
    expect(error.lastWords).toBe('no such driver');
    expect(error.error).toBeNull();
    expect(leftLogs()).toEqual([]);
  });

  test('that says why as JSON is understood', async () => {
    const reason = { code: 'badConfig', message: 'a.valley.jsonc:3: seed' };
    const error = await failure(
      options(`console.error('words'); console.error('${JSON.stringify(reason)}'); process.exit(2);`),
    );
    expect(error.error).toEqual(reason);
    expect(error.message).toBe(reason.message);
    expect(error.exitCode).toBe(2);
  });

  test('that hangs before its lease is ended when the time is over', async () => {
    const error = await failure(options(`console.log(process.pid); setInterval(() => {}, 1e6);`, { timeoutMs: 3000 }));
    const pid = Number(error.lastWords);
    expect(pid).toBeGreaterThan(1);
    await expect.poll(() => isThere(pid), { timeout: 10_000 }).toBe(false);
  });

  test('of someone else in the same folder is not taken for ours', async () => {
    const error = await failure(options(`lease('another'); process.exit(1);`));
    expect(error.exitCode).toBe(1);
  });

  test('whose runtime does not exist is an error, not an unhandled one', async () => {
    const runtime = { ...ownRuntime(), command: join(folder, 'no-such-node') };
    expect((await failure(options('', { runtime }))).message).toContain('no-such-node');
  });

  test('gets every wish as one argument, whatever is in it', async () => {
    const wish = { configJson: '{"a": "$(touch x) `b` \\"c\\" --continue"}', runId: 'id-1', isContinuation: true };
    const run = await launchTrainer(
      options(`writeFileSync(option('run-folder') + '.args', JSON.stringify(process.argv.slice(2))); lease();`, {
        ...wish,
        onBusy: 'refuse',
      }),
    );
    const args = JSON.parse(readFileSync(`${run.runFolder}.args`, 'utf8')) as string[];
    expect(args).toContain(`--config-json=${wish.configJson}`);
    expect(args).toContain('--run-id=id-1');
    expect(args).toContain('--on-busy=refuse');
    expect(args.at(-1)).toBe('--continue');
    expect(existsSync(join(dirname(run.runFolder), 'x'))).toBe(false);
  });

  test('inherits nothing of an editor that is being debugged', async () => {
    const env = { ...process.env, VSCODE_INSPECTOR_OPTIONS: '{}', ELECTRON_RUN_AS_NODE: '1', KEPT: 'yes' };
    const body = `const { VSCODE_INSPECTOR_OPTIONS: a, ELECTRON_RUN_AS_NODE: b, KEPT: c } = process.env;
      console.log(JSON.stringify([a ?? null, b ?? null, c])); process.exit(1);`;
    expect((await failure(options(body, { env }))).lastWords).toBe('[null,null,"yes"]');
    const electron = { ...ownRuntime(), isElectron: true };
    expect((await failure(options(body, { env, runtime: electron }))).lastWords).toBe('[null,"1","yes"]');
  });

  test('asks for large pages of memory, unless the run is brief or somebody has set the tunables of the C library', async () => {
    const body = `console.error(process.env.GLIBC_TUNABLES);
      process.exit(1);`;
    const { GLIBC_TUNABLES: _, ...bare } = process.env;
    expect((await failure(options(body, { env: bare }))).lastWords).toBe('glibc.malloc.hugetlb=1');
    expect((await failure(options(body, { env: bare, isBrief: true }))).lastWords).toBe('undefined');
    const own = { ...bare, GLIBC_TUNABLES: 'glibc.malloc.check=0' };
    expect((await failure(options(body, { env: own }))).lastWords).toBe('glibc.malloc.check=0');
  });
});

test('a tool gives what it prints, and rejects when it fails', async () => {
  const runtime = ownRuntime();
  const tool = { runtime, args: ['doctor'] };
  expect(await runTrainerTool({ ...tool, trainer: script('console.log(process.argv[2]);') })).toBe('doctor\n');
  await expect(runTrainerTool({ ...tool, trainer: script('process.exit(4);') })).rejects.toThrow();
});

describe('the runtime', () => {
  const program = (name: string, output: string): string => {
    const file = join(folder, name, 'node');
    mkdirSync(dirname(file));
    writeFileSync(file, `#!/bin/sh\necho '${output}'\n`);
    chmodSync(file, 0o755);
    return file;
  };

  test('of a setting is taken before all others', async () => {
    const found = await findRuntime({ setting: process.execPath, path: '' });
    expect(found).toMatchObject({ command: process.execPath, foundBy: 'setting', isElectron: false });
    expect(found.version).toBe(`node ${process.versions.node}`);
  });

  test.each(['relative/node', '/no/such/node'])(
    'of a setting that does not work (%s) is an error that names it',
    async (setting) => {
      const search = findRuntime({ setting, path: dirname(process.execPath), editorExecPath: process.execPath });
      await expect(search).rejects.toThrow(RuntimeNotFound);
      await expect(search).rejects.toThrow(setting);
    },
  );

  test('on the PATH is the first that is new enough; relative entries are passed over', async () => {
    const old = program('old', '{"node":"18.20.0"}');
    const broken = program('broken', 'segmentation fault');
    const path = ['.', '', dirname(old), dirname(broken), dirname(process.execPath)].join(':');
    expect(await findRuntime({ path })).toMatchObject({ command: process.execPath, foundBy: 'path' });
  });

  test('of the editor is the last resort and says that it is Electron', async () => {
    const editor = program('editor', '{"node":"22.21.1","electron":"39.2.3"}');
    expect(await findRuntime({ path: '', editorExecPath: editor })).toEqual({
      command: editor,
      version: 'electron 39.2.3 (node 22.21.1)',
      isElectron: true,
      foundBy: 'editor',
    });
  });

  test('that is nowhere is an error with a remedy', async () => {
    await expect(findRuntime({ path: '' })).rejects.toThrow(/Install Node\.js/);
  });
});

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
