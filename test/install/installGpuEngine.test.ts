import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ENGINE_VARIABLE, findEngine, GPU_ENGINE, libraryAddress } from '../../src/install/gpuEngine.ts';
import { findNpm } from '../../src/install/findNpm.ts';
import { InstallCancelled, InstallFailure } from '../../src/install/installFailure.ts';
import { installGpuEngine, type Installation, type InstallPhase } from '../../src/install/installGpuEngine.ts';
import { checkHost } from '../../src/install/libraryHost.ts';
import { ownRuntime } from '../../src/runs/runtime.ts';
import { startHost, writeFakeNpm, type FakeNpm, type HostManner } from './fakeNpm.ts';

let root = '';
const cleanups: (() => void)[] = [];
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), 'valley-install-'))));
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
  rmSync(root, { recursive: true, force: true });
});

const isElsewhere = libraryAddress(process.platform, process.arch, {}) === null;
const needsLinux =
  process.platform === 'linux' ? '' : '(needs Linux: the only system where a libtensorflow can be brought)';
const needsPlatform = isElsewhere ? '(needs a platform that has a libtensorflow with CUDA)' : '';

/** Installs with a fake npm and a host of this machine, and tells all that happened. */
async function attempt(
  manner: HostManner,
  behaviour: FakeNpm = {},
  more: Partial<Installation> & { readonly cancelAt?: InstallPhase } = {},
) {
  const host = await startHost(manner);
  cleanups.push(host.stop);
  const { npm, env, calls } = writeFakeNpm(root, host.base, behaviour);
  const folder = join(root, 'store', 'gpu-engine');
  const phases: InstallPhase[] = [];
  const abort = new AbortController();
  let mostBytes = 0;
  const { cancelAt, ...given } = more;
  const onProgress = (phase: InstallPhase, bytes: number): void => {
    if (phases.at(-1) !== phase) phases.push(phase);
    mostBytes = Math.max(mostBytes, bytes);
    if (phase === cancelAt && (phase !== 'library' || bytes > 0)) abort.abort();
  };
  const installation = { runtime: ownRuntime(), folder, ownLibrary: null, signal: abort.signal, onProgress, env, npm };
  const outcome = await installGpuEngine({ ...installation, ...given }).catch((error: unknown) => error);
  return { outcome, folder, env, phases, calls: calls(), mostBytes, host: host.host };
}

const left = (): string[] => (existsSync(join(root, 'store')) ? readdirSync(join(root, 'store')) : []);

const earlier = (): void => {
  mkdirSync(join(root, 'store', 'gpu-engine'), { recursive: true });
  writeFileSync(join(root, 'store', 'gpu-engine', 'earlier.txt'), 'x');
};
const keptEarlier = (): boolean => existsSync(join(root, 'store', 'gpu-engine', 'earlier.txt'));

function failureOf(outcome: unknown): InstallFailure {
  if (outcome instanceof InstallFailure) return outcome;
  throw outcome instanceof Error ? outcome : new Error('The installation did not fail.');
}

describe.skipIf(isElsewhere)(`installing ${needsPlatform}`, () => {
  test('fetches without scripts, runs those of one package, tries the engine and puts it in its place', async () => {
    earlier();
    const { outcome, folder, env, phases, calls, mostBytes } = await attempt('gives');
    expect(outcome).toMatchObject({ version: '4.22.0', library: '2.9.1', isOnGpu: false });
    expect(phases).toEqual(['checking', 'packages', 'library', 'building', 'trying']);
    expect(mostBytes).toBeLessThanOrEqual(200_000);
    expect(calls.map(({ command }) => command)).toEqual(['install', 'rebuild']);
    expect(calls[0]?.args).toContain('--ignore-scripts');
    expect(calls[0]?.args.at(-1)).toBe('@tensorflow/tfjs-node-gpu@4.22.0');
    expect(calls[1]?.args).toEqual(['--foreground-scripts', GPU_ENGINE.packageName]);
    expect(left()).toEqual(['gpu-engine']);
    expect(keptEarlier()).toBe(false);
    const found = findEngine(GPU_ENGINE.packageName, { ...env, [ENGINE_VARIABLE]: folder }, import.meta.url);
    expect(found).toBe(join(folder, 'node_modules', GPU_ENGINE.packageName, 'index.js'));
  });

  test.each([
    ['has nothing', {}, 'hostUnreachable', 'HTTP 404', ['checking']],
    ['gives', { registry: 'down' }, 'registryUnreachable', 'registry.example', ['checking', 'packages']],
    [
      'gives',
      { registry: 'another package' },
      'anotherPackage',
      'None of its scripts was run',
      ['checking', 'packages'],
    ],
    ['breaks off', {}, 'hostUnreachable', 'ECONNRESET', ['checking', 'packages', 'library']],
    ['stalls', {}, 'hostUnreachable', 'nothing arrived for 0.4 s', ['checking', 'packages', 'library']],
    [
      'gives',
      { engine: 'wrong' },
      'cannotLoad',
      'does not compute',
      ['checking', 'packages', 'library', 'building', 'trying'],
    ],
    [
      'gives',
      { engine: 'silent' },
      'cannotLoad',
      'exit code 3',
      ['checking', 'packages', 'library', 'building', 'trying'],
    ],
  ] as const)(
    'where the host %s and npm is %o: %s, and the earlier engine stays',
    async (manner, npm, code, words, until) => {
      earlier();
      const { outcome, phases, calls, host } = await attempt(manner, npm, { stallMs: 400 });
      const failure = failureOf(outcome);
      expect([failure.code, failure.message]).toEqual([code, expect.stringContaining(words)]);
      if (code === 'hostUnreachable') {
        expect(failure.args[0]).toBe(host);
        expect(failure.args[1]).toMatch(/^libtensorflow-gpu-.+2\.9\.1\.(tar\.gz|zip)$/);
      }
      expect(phases).toEqual(until);
      expect(calls.some(({ command }) => command === 'rebuild')).toBe((until as readonly string[]).includes('library'));
      expect([left(), keptEarlier()]).toEqual([['gpu-engine'], true]);
    },
  );

  test.each(['packages', 'library'] as const)(
    'cancelled while it fetches (%s), it leaves no file and no process',
    async (cancelAt) => {
      const { outcome, calls } = await attempt('stalls', {}, { cancelAt });
      expect(outcome).toBeInstanceOf(InstallCancelled);
      expect(left()).toEqual([]);
      for (const { pid } of calls) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    },
  );

  test('what an installation left behind that was killed is cleared away, what another one works on is not', async () => {
    for (const pid of [2 ** 22 + 1, process.ppid])
      mkdirSync(join(root, 'store', `gpu-engine.part-${pid}-abc`), { recursive: true });
    await attempt('gives');
    expect(left().toSorted()).toEqual(['gpu-engine', `gpu-engine.part-${process.ppid}-abc`]);
  });
});

describe.skipIf(process.platform !== 'linux')(`a libtensorflow of one's own ${needsLinux}`, () => {
  const library = (files: readonly string[]): string => {
    for (const file of files) {
      mkdirSync(join(root, 'tensorflow', file, '..'), { recursive: true });
      writeFileSync(join(root, 'tensorflow', file), file);
    }
    return join(root, 'tensorflow');
  };
  const headers = ['include/tensorflow/c/c_api.h', 'include/tensorflow/c/eager/c_api.h'];
  const libraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

  test.each([
    ['the Python package', [...headers, ...libraries]],
    ['an unpacked archive', [...headers, 'lib/libtensorflow.so.2.9.1', 'lib/libtensorflow_framework.so.2.9.1']],
  ])('%s is copied, and only the script that compiles is run', async (_, files) => {
    const { outcome, folder, phases, calls } = await attempt('is silent', {}, { ownLibrary: library(files) });
    expect(outcome).toMatchObject({ version: '4.22.0' });
    expect(phases).toEqual(['checking', 'packages', 'library', 'building', 'trying']);
    expect(calls.map(({ command, args }) => [command, args.at(-1)])[1]).toEqual(['run', 'build-addon-from-source']);
    const deps = join(folder, 'node_modules', GPU_ENGINE.packageName, 'deps');
    expect(readdirSync(deps)).toEqual(['lib']);
    const whole = files.find((file) => /libtensorflow(_cc)?\.so/.test(file)) ?? '';
    expect(readFileSync(join(deps, 'lib', 'libtensorflow.so'), 'utf8')).toBe(whole);
    expect(existsSync(join(deps, 'lib', 'libtensorflow_framework.so.2'))).toBe(true);
  });

  test('the CUDA libraries that pip lays beside the Python package are found where the copy looks for them', async () => {
    mkdirSync(join(root, 'nvidia', 'cublas', 'lib'), { recursive: true });
    const { folder } = await attempt('is silent', {}, { ownLibrary: library([...headers, ...libraries]) });
    const lib = join(folder, 'node_modules', GPU_ENGINE.packageName, 'deps', 'lib');
    expect(existsSync(join(lib, '..', 'nvidia', 'cublas', 'lib'))).toBe(true);
  });

  test.each([
    [headers, 'libtensorflow_cc.so.2'],
    [[...headers, 'libtensorflow_cc.so.2'], 'libtensorflow_framework.so.2'],
    [libraries, 'include/tensorflow/c/c_api.h'],
  ])('a folder with only %j is refused before anything is fetched', async (files, missing) => {
    const { outcome, calls } = await attempt('is silent', {}, { ownLibrary: library(files) });
    expect([failureOf(outcome).code, failureOf(outcome).message]).toEqual([
      'badLibrary',
      expect.stringContaining(missing),
    ]);
    expect([calls, left()]).toEqual([[], []]);
  });
});

test('a host that does not answer is given up', async () => {
  const { base, host, stop } = await startHost('is silent');
  cleanups.push(stop);
  const address = new URL(`${base}gpu.tar.gz`);
  const asked = checkHost(address, {}, new AbortController().signal, 200);
  await expect(asked).rejects.toMatchObject({ args: [host, 'libtensorflow-gpu.tar.gz', 'no answer in 0.2 s'] });
  await checkHost(address, { HTTPS_PROXY: 'http://proxy.example' }, new AbortController().signal, 200);
});

test('the real npm says which registry it could not reach, and nothing is left', async () => {
  const host = await startHost('gives');
  cleanups.push(host.stop);
  const env = { ...process.env, TFJS_NODE_BASE_URI: host.base, npm_config_registry: 'http://127.0.0.1:9/' };
  const outcome = await installGpuEngine({
    runtime: ownRuntime(),
    folder: join(root, 'store', 'gpu-engine'),
    ownLibrary: null,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    env,
  }).catch((error: unknown) => error);
  const expected = isElsewhere
    ? ['unsupported', [`${process.platform} ${process.arch}`]]
    : [
        'registryUnreachable',
        ['127.0.0.1:9', '@tensorflow/tfjs-node-gpu@4.22.0', expect.stringContaining('ECONNREFUSED')],
      ];
  expect([failureOf(outcome).code, failureOf(outcome).args]).toEqual(expected);
  expect(left()).toEqual([]);
});

test('npm is a script beside Node.js or on the PATH; the editor’s own runtime has none', async () => {
  expect(await findNpm(ownRuntime(), process.env)).toMatch(/npm-cli\.js$/);
  const electron = { ...ownRuntime(), isElectron: true };
  await expect(findNpm(electron, process.env)).rejects.toMatchObject({ code: 'noNpm' });
});

test('the address is that of tfjs-node, and follows its variables', () => {
  const plain = 'https://storage.googleapis.com/tensorflow/libtensorflow/libtensorflow-gpu-linux-x86_64-2.9.1.tar.gz';
  expect(libraryAddress('linux', 'x64', {})?.href).toBe(plain);
  expect(libraryAddress('linux', 'x64', { TFJS_NODE_BASE_URI: 'http://h/l-' })?.href).toBe(
    'http://h/l-gpu-linux-x86_64-2.9.1.tar.gz',
  );
  expect(libraryAddress('darwin', 'arm64', {})).toBeNull();
});
