/** `npm run kit`: what is packed, and that it runs with nothing of this machine but its C library. The archive alone is left to the script. */
import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Row } from '../../bench/rows.ts';
import {
  foreignLibraries,
  kitProblem,
  newestVersion,
  nodeProblem,
  packFolder,
  parseKit,
  refuseOver,
} from '../../scripts/kit.mjs';
import { partsOf } from '../../scripts/package.mjs';
import type { DoctorReport } from '../../src/protocol/doctor.ts';
import { findAdapter } from '../../src/trainer/executors/findAdapter.ts';

/** Ten times what it takes alone on two cores. */
const DEADLINE_MS = 300_000;
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';
const problem = kitProblem() ?? (await nodeProblem(process.execPath));
const missing = problem === null ? '' : ` (needs what a kit is packed from: ${problem.replaceAll(/[()]/g, '')})`;
const drivers = [{}, ...(existsSync(SWIFTSHADER) ? [{ VK_DRIVER_FILES: SWIFTSHADER }] : [])];
const driver = await firstWorking(drivers);
const noGpu =
  driver === null ? ' (needs a WebGPU adapter: neither a driver of this machine nor SwiftShader computes)' : '';

async function firstWorking(candidates: readonly NodeJS.ProcessEnv[]): Promise<NodeJS.ProcessEnv | null> {
  for (const env of candidates) if ((await findAdapter({ ...process.env, ...env })).kind === 'found') return env;
  return null;
}

describe('npm run kit', () => {
  test('reads what is asked', () => {
    expect(parseKit([])).toEqual({ node: process.execPath, archive: 'gz' });
    expect(parseKit(['--xz', '--node', '/opt/node'])).toEqual({ node: '/opt/node', archive: 'xz' });
    expect(parseKit(['--folder-only']).archive).toBeNull();
    expect(() => parseKit(['--zip'])).toThrow(/--folder-only.*what is --zip/);
    expect(() => parseKit(['--node'])).toThrow(/what is --node/);
  });

  test('is packed where it runs', () => {
    expect(kitProblem('darwin', 'arm64')).toMatch(/linux-x64; this is darwin-arm64/);
  });

  test('refuses an archive that is too large, naming what fills it', () => {
    const parts = [{ path: 'bin/node', bytes: 90 * 2 ** 20 }];
    expect(() => refuseOver(60 * 2 ** 20, parts)).not.toThrow();
    expect(() => refuseOver(60 * 2 ** 20 + 2 ** 19, parts)).toThrow(
      /has 60\.5 MiB; 60\.0 is the most.*bin\/node 90\.0/,
    );
  });

  test('refuses a Node.js that needs more than every host has', () => {
    const usual =
      '\tlinux-vdso.so.1 (0x7f)\n\tlibstdc++.so.6 => /usr/lib/libstdc++.so.6 (0x7f)\n\t/lib64/ld-linux-x86-64.so.2 (0x7f)\n';
    expect(foreignLibraries(usual)).toEqual([]);
    expect(foreignLibraries(`${usual}\tlibnode.so.108 => /usr/lib/libnode.so.108 (0x7f)\n`)).toEqual([
      'libnode.so.108',
    ]);
  });
});

describe.skipIf(problem !== null)(`a kit${missing}`, { timeout: DEADLINE_MS }, () => {
  let folder = '';
  let kit = '';
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'valley-kit-'));
    kit = await packFolder(folder, process.execPath);
  }, DEADLINE_MS);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Without PATH and HOME: what is not in the kit cannot be found. */
  const valley = (args: readonly string[], env: NodeJS.ProcessEnv = {}, program = join(kit, 'valley')) =>
    promisify(execFile)(program, [...args], {
      cwd: folder,
      env: { VALLEY_STATE_DIR: join(folder, 'state'), ...env },
      timeout: DEADLINE_MS,
    });
  const doctor = async (env: NodeJS.ProcessEnv = {}): Promise<DoctorReport['findings']> =>
    (JSON.parse((await valley(['doctor', '--json'], env)).stdout) as DoctorReport).findings;
  const bench = async (device: string, env: NodeJS.ProcessEnv = {}): Promise<readonly Row[]> => {
    const file = join(folder, `${device}.json`);
    const options = ['--rounds', '1', '--without-peak', '--python', join(folder, 'no-python'), '--json', file];
    await valley(['bench', '--device', device, '--only', 'step-trial', ...options], env);
    return (JSON.parse(readFileSync(file, 'utf8')) as { rows: Row[] }).rows;
  };

  test('holds the parts of one platform and no more', () => {
    const paths = partsOf(kit).map(({ path }) => path);
    const native = paths.filter((path) => /\.(so|node|dll|dylib)(\.\d+)*$/.test(path));
    const runtime = 'dist/node_modules/onnxruntime-node/bin/napi-v6/linux/x64';
    expect(native.toSorted()).toEqual([
      `${runtime}/libonnxruntime.so.1`,
      `${runtime}/onnxruntime_binding.node`,
      'lib/libvulkan.so.1',
    ]);
    const programs = paths.filter(
      (path) => path.startsWith('dist/') && path.endsWith('.mjs') && !path.includes('_modules'),
    );
    expect(programs.toSorted()).toEqual(
      [
        'bench-tfjs',
        'bench-worker',
        'bench',
        'cli',
        'gradingProcess',
        'parquetProcess',
        'pulse',
        'rowsThread',
        'template',
        'trainer',
      ].map((name) => `dist/${name}.mjs`),
    );
    expect(paths).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'THIRD-PARTY-NOTICES.txt',
        'bin/node.LICENSE.txt',
        'lib/libvulkan.LICENSE.txt',
      ]),
    );
    expect(paths).toEqual(expect.arrayContaining(['examples/arithmetic/sft.valley.jsonc', 'bench/torch_worker.py']));
    expect(statSync(join(kit, 'bin', 'node')).mode & 0o111).toBe(0o111);
    expect(Number(newestVersion([join(kit, 'bin', 'node')], 'GLIBC').slice('GLIBC_2.'.length))).toBeGreaterThan(16);
  });

  test('the doctor runs without PATH, by its own Node.js', async () => {
    const findings = await doctor();
    expect(findings.find(({ id }) => id === 'runtime')?.args).toEqual([`node ${process.versions.node}`]);
    expect(findings.find(({ id }) => id === 'onnxruntime')?.level).toBe('ok');
    expect(findings.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['vulkanLoader', 'vulkanDriver', 'gpuDevices']),
    );
  });

  test('a link starts it too', async () => {
    symlinkSync(join(kit, 'valley'), join(folder, 'link'));
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect((await valley(['--version'], {}, join(folder, 'link'))).stdout.trim()).toBe(version);
  });

  test("NVIDIA's driver without a manifest is made known, unless a variable names one", async () => {
    const libraries = join(folder, 'driver');
    mkdirSync(libraries);
    writeFileSync(join(libraries, 'libEGL_nvidia.so.0'), 'no library');
    const said = async (env: NodeJS.ProcessEnv): Promise<string> => {
      const found = (await doctor({ LD_LIBRARY_PATH: libraries, ...env })).find(({ id }) => id === 'vulkanDriver');
      const [driver] = found?.args ?? [];
      return typeof driver === 'string' ? driver : '';
    };
    expect(await said({})).toMatch(/lib\/vulkan\/nvidia_egl\.json: .*libEGL_nvidia\.so\.0: file too short/);
    expect(await said({ VK_ICD_FILENAMES: '/my.json' })).toBe('/my.json: no manifest of a driver');
  });

  test('the benchmark runs on the CPU, and says that there is no PyTorch', async () => {
    const rows = await bench('cpu');
    const [ours] = rows;
    const torch = rows.filter(({ engineKey }) => ['torchEager', 'torchCompile'].includes(engineKey));
    expect(ours).toMatchObject({ work: 'step-trial', engine: expect.stringContaining('onnxruntime-node'), rounds: 1 });
    expect(ours?.tokensPerSecond).toBeGreaterThan(0);
    expect(torch.map(({ notRun }) => notRun)).toEqual([1, 2].map(() => expect.stringContaining('ENOENT')));
  });

  test.skipIf(driver === null)(`the benchmark runs on a GPU${noGpu}`, async () => {
    const rows = await bench('gpu', driver ?? {});
    expect(rows[0]).toMatchObject({ device: 'gpu', precision: 'f32', engine: expect.stringContaining('WebGPU on ') });
    expect(rows[0]?.tokensPerSecond).toBeGreaterThan(0);
    const [, half, ...torch] = rows;
    expect(half).toMatchObject({ precision: 'f16', engineKey: 'valleyWebgpuF16' });
    if (half?.tokensPerSecond === null) expect(half.notRun).toContain('does not compute in 16 bits (shader-f16)');
    else expect(half).not.toHaveProperty('differs');
    expect(torch.map((row) => [row.tokensPerSecond, row.notRun])).toEqual(
      torch.map(() => [null, expect.stringContaining('ENOENT')]),
    );
  });

  test('a GPU that is not there ends the benchmark with a hint at the doctor', async () => {
    const failure = bench('gpu', { VK_DRIVER_FILES: '/nowhere.json' });
    await expect(failure).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('`valley doctor` tells') });
    const { rows } = JSON.parse(readFileSync(join(folder, 'gpu.json'), 'utf8')) as { rows: Row[] };
    for (const { notRun } of rows.slice(0, 2)) expect(notRun).toContain('No GPU can be used through WebGPU');
  });
});
