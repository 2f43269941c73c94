import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FileFailure } from '../../src/data/dataFailure.ts';
import { realFiles } from '../../src/data/files.ts';
import type { DoctorFinding, DoctorTopic } from '../../src/protocol/doctor.ts';
import { translated } from '../../src/protocol/sentence.ts';
import { examine, writingProblem } from '../../src/trainer/doctor.ts';
import { findingsOf, type MachineFacts, reportOf } from '../../src/trainer/doctorFindings.ts';
import { type Probe, probe, probeOnnx, probeTensorflow } from '../../src/trainer/doctorProbe.ts';

const korean = JSON.parse(readFileSync('l10n/ko/trainer.json', 'utf8')) as Record<string, string>;

const exited = (told: Probe['told'], lastWords = ''): Probe => ({ told, ending: { kind: 'exited' }, lastWords });
const ort = {
  version: '1.30.0',
  backends: [
    { name: 'cpu', bundled: true },
    { name: 'webgpu', bundled: true },
    { name: 'cuda', bundled: false },
  ],
};
const good: MachineFacts = {
  runtime: 'node 20.20.2',
  nodeMajor: 20,
  platform: 'linux',
  arch: 'x64',
  isMusl: false,
  processor: 'A fine processor',
  cores: 8,
  memoryBytes: 16e9,
  freeMemoryBytes: 8e9,
  folder: '/work',
  freeDiskBytes: 100e9,
  runsFolder: '/folder/.valley/runs',
  runsFolderProblem: null,
  onnx: exited({ ...ort, squares: [1, 4, 9, 16], adapter: 'A fine GPU', gpus: [] }),
  hasCuda: true,
  hasRuntimeFolder: true,
  hasGpuFile: false,
  tensorflow: [
    { name: '@tensorflow/tfjs-node-gpu', probe: exited({ version: '4.22.0', library: '2.9.1', isOnGpu: true }) },
  ],
};
const able = (told: object): Probe =>
  exited({ ...ort, squares: [1, 4, 9, 16], adapter: 'A fine GPU', gpus: [], ...told });
const said = ({ sentence, args }: DoctorFinding): string => translated({}, sentence, { text: sentence, args });
const remedied = ({ remedy, remedyArgs }: DoctorFinding): string =>
  translated({}, remedy ?? '', { text: remedy ?? '', args: remedyArgs });

const table: readonly [
  what: string,
  facts: Partial<MachineFacts>,
  topic: DoctorTopic,
  level: DoctorFinding['level'],
  words: string,
][] = [
  ['a good machine', {}, 'verdict', 'ok', 'can be started here. They compute on the GPU: A fine GPU.'],
  [
    'a machine whose GPU is of software',
    { onnx: exited({ ...ort, squares: [1, 4, 9, 16], adapter: 'llvmpipe', gpus: [] }) },
    'verdict',
    'ok',
    'They compute on the processor: A fine processor.',
  ],
  ['a machine that cannot', { isMusl: true }, 'verdict', 'problem', 'yet. The lines marked ✗'],
  ['a good runtime', {}, 'runtime', 'ok', 'node 20.20.2'],
  ['an old runtime', { runtime: 'node 18.1.0', nodeMajor: 18 }, 'runtime', 'problem', 'valley.nodePath'],
  ['a known platform', {}, 'platform', 'ok', 'linux x64'],
  ['musl', { isMusl: true }, 'platform', 'problem', 'glibc'],
  ['an Intel Mac', { platform: 'darwin' }, 'platform', 'problem', 'Apple silicon'],
  ['an unknown platform', { platform: 'freebsd' }, 'platform', 'problem', 'remote machine'],
  ['the processor', {}, 'processor', 'ok', 'A fine processor; physical cores: 8'],
  ['memory', {}, 'memory', 'ok', '16.0 GB, of which 8.0'],
  ['little memory', { freeMemoryBytes: 1e8 }, 'memory', 'warning', 'smaller model'],
  ['disk', {}, 'disk', 'ok', '100.0 GB'],
  ['little disk', { freeDiskBytes: 1e9 }, 'disk', 'warning', 'checkpoints.diskBudgetMB'],
  ['no disk', { freeDiskBytes: 1e7 }, 'disk', 'problem', 'checkpoints.diskBudgetMB'],
  ['a silent disk', { freeDiskBytes: Infinity }, 'disk', 'info', 'does not tell'],
  ['runs can be written', {}, 'runsFolder', 'ok', '/folder/.valley/runs'],
  ['runs cannot be written', { runsFolderProblem: 'access is denied' }, 'runsFolder', 'problem', 'access is denied'],
  ['ONNX Runtime', {}, 'onnxruntime', 'ok', '1.30.0 was loaded; it brings: cpu, webgpu.'],
  [
    'no ONNX Runtime',
    { onnx: { told: {}, ending: { kind: 'died', how: '1' }, lastWords: 'Error: no module' } },
    'onnxruntime',
    'problem',
    'Error: no module, 1',
  ],
  ['a GPU', {}, 'webgpu', 'ok', 'through WebGPU: A fine GPU.'],
  [
    'a GPU without a name',
    { onnx: exited({ ...ort, squares: [1, 4, 9, 16], adapter: null, gpus: ['Apple GPU 0x0'] }) },
    'webgpu',
    'ok',
    'Apple GPU 0x0',
  ],
  [
    'a GPU of software',
    { onnx: exited({ ...ort, squares: [1, 4, 9, 16], adapter: 'SwiftShader Device (Subzero)', gpus: [] }) },
    'webgpu',
    'info',
    'SwiftShader Device (Subzero). Runs compute on the CPU. If this machine has a GPU, install its current driver. To compute there nevertheless, set "device": "gpu"',
  ],
  [
    'a GPU without a driver',
    { onnx: exited({ ...ort, webgpuError: 'none', adapter: null, gpus: ['NVIDIA GPU 0x2330'] }) },
    'webgpu',
    'warning',
    'No GPU was found through WebGPU; runs compute on the CPU. (none)',
  ],
  [
    'a wrong GPU',
    { onnx: exited({ ...ort, squares: [0, 0, 0, 0] }) },
    'webgpu',
    'warning',
    'computes wrongly (0, 0, 0, 0)',
  ],
  [
    'a GPU with 16 bits',
    { onnx: able({ halves: [7, 10, 15, 22] }) },
    'float16',
    'ok',
    'A fine GPU computes in 16 bits',
  ],
  ['a GPU without', { onnx: able({ float16Error: 'requires f16' }) }, 'float16', 'info', '(no shader-f16): training'],
  ['a GPU with wrong ones', { onnx: able({ halves: [7, 10, 15, 0] }) }, 'float16', 'info', '(wrong results)'],
  [
    'the least limits of WebGPU',
    { onnx: able({ largeError: 'x.cc:306 Too many storage buffers in shader. Current: 513, Max is 16' }) },
    'deviceLimits',
    'info',
    'One calculation on A fine GPU sees at most 16 buffers of 134 MB',
  ],
  [
    'a GPU that does not tell its limits',
    { onnx: able({ largeError: 'Invalid Buffer' }) },
    'deviceLimits',
    'info',
    'A fine GPU does not tell how large its buffers may be',
  ],
  [
    'no GPU',
    { onnx: exited({ ...ort, webgpuError: 'x.cc:1 was false. Failed to get a WebGPU adapter: none' }) },
    'webgpu',
    'info',
    'CPU. (no driver offers an adapter (Failed to get a WebGPU adapter: none))',
  ],
  [
    'no GPU, no runtime folder',
    { hasRuntimeFolder: false, onnx: exited({ ...ort, webgpuError: 'x' }) },
    'webgpu',
    'info',
    'XDG_RUNTIME_DIR',
  ],
  [
    'no GPU on a Mac',
    { platform: 'darwin', arch: 'arm64', onnx: exited({ ...ort, webgpuError: 'x' }) },
    'webgpu',
    'info',
    'current driver',
  ],
  [
    'a driver that crashes',
    { onnx: { told: ort, ending: { kind: 'died', how: 'SIGABRT' }, lastWords: 'boom' } },
    'webgpu',
    'warning',
    'crash (boom, SIGABRT)',
  ],
  [
    'a driver that hangs',
    { onnx: { told: ort, ending: { kind: 'hung' }, lastWords: '' } },
    'webgpu',
    'warning',
    'did not answer',
  ],
  ['CUDA parts', {}, 'cuda', 'ok', 'are installed'],
  ['no CUDA parts', { hasCuda: false, hasGpuFile: true }, 'cuda', 'info', 'npm rebuild onnxruntime-node'],
  [
    'TensorFlow on a GPU',
    {},
    'tensorflow',
    'ok',
    'tfjs-node-gpu 4.22.0 with libtensorflow 2.9.1 is installed and computes on the GPU',
  ],
  [
    'TensorFlow without',
    {
      tensorflow: [
        { name: 'a', probe: null },
        { name: 'b', probe: exited({ version: '4', library: '2.9.1', isOnGpu: false }) },
      ],
    },
    'tensorflow',
    'ok',
    'b 4 with libtensorflow 2.9.1 is installed and computes on the CPU',
  ],
  [
    'TensorFlow for a GPU that it does not find',
    { tensorflow: [{ name: 'b-gpu', probe: exited({ version: '4', library: '2.9.1', isOnGpu: false }) }] },
    'tensorflow',
    'info',
    'computes on the CPU. If this machine has an NVIDIA GPU, install the CUDA and cuDNN',
  ],
  [
    'a broken TensorFlow',
    { tensorflow: [{ name: 'a', probe: { told: {}, ending: { kind: 'hung' }, lastWords: '' } }] },
    'tensorflow',
    'warning',
    'a is installed but cannot be loaded: no answer in time',
  ],
  [
    'no TensorFlow beside a GPU',
    { hasGpuFile: true, tensorflow: [{ name: 'a', probe: null }] },
    'tensorflow',
    'info',
    'valley install-gpu-engine',
  ],
  ['no TensorFlow', { tensorflow: [{ name: 'a', probe: null }] }, 'tensorflow', 'info', 'nothing needs it. '],
];

const reportFor = (facts: Partial<MachineFacts>): readonly DoctorFinding[] => {
  const machine = { ...good, ...facts };
  return reportOf(machine, findingsOf(machine));
};

describe('findings', () => {
  test('what they amount to stands first, and the way to a GPU together', () => {
    const device: DoctorFinding = { ...reportFor({})[0]!, id: 'gpuDevices' };
    const ids = reportOf(good, [...findingsOf(good), device]).map(({ id }) => id);
    expect(ids[0]).toBe('verdict');
    expect(ids.slice(ids.indexOf('webgpu'))).toEqual([
      'webgpu',
      'gpuDevices',
      'float16',
      'deviceLimits',
      'cuda',
      'tensorflow',
    ]);
  });

  test.each(table)('%s', (_, facts, topic, level, words) => {
    const findings = reportFor(facts);
    const found = findings.find(({ id }) => id === topic);
    expect(found?.level).toBe(level);
    expect(found && `${said(found)} ${remedied(found)}`).toContain(words);
    expect(level === 'problem' || level === 'warning' ? found?.remedy : '').not.toBeNull();
    expect(new Set(findings.map(({ id }) => id)).size).toBe(findings.length);
  });

  test('every sentence is there in Korean, with the same places', () => {
    const used = new Set(
      table.flatMap(([, facts]) => reportFor(facts).flatMap(({ sentence, remedy }) => [sentence, remedy ?? []].flat())),
    );
    const places = (text = ''): string => [...text.matchAll(/\{\d\}/g)].map(String).toSorted().join();
    for (const sentence of used) expect(places(korean[sentence]), sentence).toBe(places(sentence));
    expect(Object.keys(korean).filter((sentence) => !used.has(sentence))).toEqual([]);
  });
});

describe('trial programs', () => {
  const options = { deadlineMs: 30_000 };

  test('one that crashes is told with what it said before', async () => {
    const script = `console.log('{"a":1}'); console.log('no fact'); console.error('first'); console.error('last words'); process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000)`;
    expect(await probe(script, [], options)).toEqual({
      told: { a: 1 },
      ending: { kind: 'died', how: 'SIGKILL' },
      lastWords: 'last words',
    });
  });

  test('one that hangs is ended at the deadline', async () => {
    const script = `require('node:fs').writeSync(1, '{"pid":' + process.pid + '}\\n'); for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000)`;
    const { told, ending } = await probe(script, [], { deadlineMs: 4000 });
    expect(ending).toEqual({ kind: 'hung' });
    expect(() => process.kill(Number(told.pid), 0)).toThrow('ESRCH');
  });

  test('one that fails is told by its code', async () => {
    expect(await probe('process.exit(3)', [], options)).toMatchObject({ ending: { kind: 'died', how: '3' } });
  });

  test('ONNX Runtime tells its version, and WebGPU computes or says why not', async () => {
    const { told } = await probeOnnx(options);
    expect(told.version).toMatch(/^\d+\.\d+\.\d+/);
    expect(told.backends).toContainEqual({ name: 'cpu', bundled: true });
    if (told.squares) {
      expect(told.squares).toEqual([1, 4, 9, 16]);
      expect(told.halves ?? told.float16Error).toBeDefined();
      expect(told).toHaveProperty('largeError');
    }
    if (!told.squares) expect(String(told.webgpuError)).not.toBe('undefined');
  });

  test('a package that is not installed is not tried', async () => {
    expect(await probeTensorflow('@tensorflow/never-was', options)).toBeNull();
  });
});

describe('this machine', () => {
  let folder = '';
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'valley-doctor-'))));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('is examined without a trace', async () => {
    const report = await examine({ folder: join(folder, 'not', 'there') });
    expect(report.v).toBe(1);
    const topics = [
      'verdict',
      'runtime',
      'platform',
      'processor',
      'memory',
      'disk',
      'runsFolder',
      'onnxruntime',
      'webgpu',
      'tensorflow',
    ];
    expect(report.findings.map(({ id }) => id)).toEqual(expect.arrayContaining(topics));
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(report.findings.find(({ id }) => id === 'runsFolder')?.level).toBe('ok');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('says why runs cannot be written', () => {
    const open = (path: string): number => {
      throw new FileFailure('write', path, 'EROFS');
    };
    expect(writingProblem({ ...realFiles, open }, folder)).toContain('the disk is read-only (EROFS)');
    expect(writingProblem(realFiles, folder)).toBeNull();
  });
});
