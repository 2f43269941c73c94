import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ExecutorError } from '../../../src/engine/executorError.ts';
import { chooseExecutor, listExecutors } from '../../../src/trainer/executors/index.ts';
import { adapterFacts, adapterOf, isChatter } from '../../../src/trainer/executors/adapterFacts.ts';
import {
  findAdapter,
  hasVulkanDriver,
  searchOf,
  type AdapterSearch,
} from '../../../src/trainer/executors/findAdapter.ts';
import { precisionOnWebgpu } from '../../../src/trainer/executors/precision.ts';
import { physicalCores } from '../../../src/trainer/executors/cores.ts';
import { english, phrase, said, type Told } from '../../../src/protocol/sentence.ts';

const facts = await listExecutors();
const hasTensorflowGpu = facts.some(
  ({ executor, provider, available }) => executor === 'tensorflow' && provider === 'cuda' && available,
);

/** Machines, as their search for an adapter ends. */
const without: AdapterSearch = { kind: 'absent', why: phrase('no Vulkan driver'), hasHardware: false };
const withoutDriver: AdapterSearch = { kind: 'absent', why: phrase('no Vulkan driver'), hasHardware: true };
const withBrokenDriver: AdapterSearch = {
  kind: 'broken',
  why: phrase('the graphics driver ended the trial program (boom)'),
};
const withSoftware: AdapterSearch = { kind: 'found', adapter: { name: 'llvmpipe', isSoftware: true } };
const withGpu: AdapterSearch = { kind: 'found', adapter: { name: 'A fine GPU', isSoftware: false } };

const wish = { device: 'auto', executor: 'onnx', provider: 'auto', threads: 3 } as const;

/** Chooses on a machine, and tells what was warned of. */
const choose = async (asked: Partial<Parameters<typeof chooseExecutor>[0]>, machine: AdapterSearch = without) => {
  const warnings: string[] = [];
  const surroundings = { search: async () => machine, warn: (told: Told) => warnings.push(english(told)) };
  const executor = await chooseExecutor({ ...wish, ...asked }, surroundings);
  await executor.dispose();
  return { identity: executor.identity, warnings };
};

const failure = async (work: Promise<unknown>): Promise<ExecutorError> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof ExecutorError) return error;
    throw error;
  }
  throw new Error('The choice was made.');
};

describe('chooseExecutor', () => {
  test('takes ONNX Runtime on the CPU with one thread per core, as the config asks', async () => {
    const { identity } = await choose({ device: 'cpu', executor: 'auto', threads: 0 }, withGpu);
    expect(identity).toMatchObject({ executor: 'onnx', provider: 'cpu', threads: physicalCores() });
    expect(identity.reason).toContain('device: cpu');
    expect((await choose({ provider: 'cpu' }, withGpu)).identity.reason).toContain('provider: cpu');
  });

  test.each([
    ['no GPU', without, 'no Vulkan driver', false],
    ['a GPU without a driver', withoutDriver, 'no Vulkan driver', true],
    ['a driver that crashes', withBrokenDriver, 'ended the trial program (boom)', true],
    ['software that poses as a GPU', withSoftware, 'llvmpipe is a program that poses as a GPU and is slower', true],
  ])('takes the CPU by itself where there is %s, and says why', async (_, machine, why, isLoud) => {
    const { identity, warnings } = await choose({}, machine);
    expect(identity).toMatchObject({ executor: 'onnx', provider: 'cpu', threads: 3 });
    expect(identity.reason).toContain(`because no GPU can be used: `);
    expect(identity.reason).toContain(why);
    expect(warnings).toHaveLength(isLoud ? 1 : 0);
    for (const warning of warnings) expect(warning).toContain(why);
  });

  test('falls back loudly where the GPU of the trial cannot be had a moment later', async () => {
    const own = await findAdapter();
    if (own.kind === 'found') return expect((await choose({}, withGpu)).identity.provider).toBe('webgpu');
    const { identity, warnings } = await choose({}, withGpu);
    expect(identity.provider).toBe('cpu');
    expect(warnings[0]).toMatch(/Computing on the CPU: The provider webgpu cannot compute here: .*adapter/);
  });

  test.each([{ device: 'gpu' }, { provider: 'webgpu' }] as const)(
    '%o fails with a remedy without a GPU',
    async (asked) => {
      for (const [machine, why] of [[without, 'no Vulkan driver'] as const, [withBrokenDriver, 'boom'] as const]) {
        const error = await failure(choose(asked, machine));
        expect([error.code, error.message]).toEqual(['noDevice', expect.stringContaining(why)]);
        expect(error.remedy).toMatch(/Vulkan driver.*valley install-gpu-engine/);
      }
    },
  );

  test('refuses wishes that contradict each other', async () => {
    const refused = [
      [{ device: 'gpu', executor: 'reference' }, 'noDevice', 'The reference executor computes on the CPU only.'],
      [{ executor: 'reference', provider: 'webgpu' }, 'badConfig', 'belongs to the executor onnx'],
      [{ device: 'cpu', provider: 'webgpu' }, 'badConfig', 'does not compute on the device "cpu"'],
      [{ device: 'gpu', provider: 'cpu' }, 'badConfig', 'does not compute on the device "gpu"'],
    ] as const;
    for (const [asked, code, words] of refused) {
      const error = await failure(choose(asked, withGpu));
      expect([error.code, error.message]).toEqual([code, expect.stringContaining(words)]);
    }
  });

  test('16 bits are taken where the adapter has them; where they cannot be had, it is said aloud', async () => {
    const cpu = await choose({ device: 'cpu', training: { precision: 'float16' } });
    expect(cpu.identity.precision).toBe('f32');
    expect(cpu.identity.reason).toMatch(
      /In 32 bits, though training.precision is "float16": ONNX Runtime has no 16-bit/,
    );
    expect(cpu.warnings).toEqual([
      expect.stringMatching(/^Computing in 32 bits, though training.precision is "float16"/),
    ]);
    const slow = await choose({ executor: 'reference', training: { precision: 'float16' } });
    expect([slow.identity.precision, slow.warnings.length]).toEqual(['f32', 1]);
    for (const precision of ['auto', 'float32'] as const)
      expect(await choose({ device: 'cpu', training: { precision } })).toMatchObject({
        identity: { precision: 'f32', reason: 'The CPU, as the config asks (device: cpu).' },
        warnings: [],
      });
  });

  const [bare, able] = [
    { name: 'A fine GPU', isSoftware: false, hasFloat16: false },
    { name: 'A fine GPU', isSoftware: false, hasFloat16: true },
  ];
  const posing = { name: 'llvmpipe', isSoftware: true, hasFloat16: true };
  test.each([
    ['auto', able, 'f32', /^In 32 bits; it has 16, which training\.precision "float16" takes\.$/, false],
    ['auto', bare, 'f32', /^$/, false],
    ['float16', able, 'f16', /16 bits, as training\.precision asks/, false],
    ['float16', posing, 'f16', /16 bits, as training\.precision asks/, false],
    ['float16', bare, 'f32', /In 32 bits, though .* A fine GPU does not compute in 16 bits .*no shader-f16/, true],
    ['float32', able, 'f32', /^$/, false],
  ] as const)('precision %s on %o: %s', (wanted, adapter, precision, reason, isLoud) => {
    const chosen = precisionOnWebgpu(wanted, adapter);
    expect(chosen.precision).toBe(precision);
    expect(english(chosen.reason)).toMatch(reason);
    expect(chosen.warning !== undefined).toBe(isLoud);
  });

  test.each(['dml', 'coreml', 'cuda'] as const)(
    'says so where ONNX Runtime has no %s, or cannot load it',
    async (provider) => {
      try {
        expect((await choose({ provider })).identity.provider).toBe(provider);
      } catch (error) {
        if (!(error instanceof ExecutorError)) throw error;
        expect([error.code, error.message]).toEqual(['noDevice', expect.stringContaining(provider)]);
        expect(error.remedy).toContain('Set provider to "auto"');
      }
    },
  );

  test('takes a GPU by way of TensorFlow if that is installed for it', async () => {
    const choice = choose({ device: 'gpu', executor: 'auto' });
    if (hasTensorflowGpu) expect((await choice).identity.provider).toBe('cuda');
    else expect((await failure(choice)).remedy).toMatch(/valley install-gpu-engine/);
  });

  test('takes the reference where it is asked for', async () => {
    const { identity } = await choose({ executor: 'reference' });
    expect(identity).toMatchObject({ executor: 'reference', provider: 'cpu', threads: 1 });
  });
});

/** Lines as the Vulkan loader (1.3.239 and later ones) and ONNX Runtime 1.30 wrote them. */
describe('who answers through WebGPU', () => {
  const old =
    'DRIVER | LAYER:          Using "llvmpipe (LLVM 15.0.6, 256 bits)" with driver: "/usr/lib/libvulkan_lvp.so"';
  const later = '[Vulkan Loader] DRIVER | LAYER:   Using "NVIDIA H200" with driver: "libGLX_nvidia.so.0"';
  const discovered = (type: number): string =>
    `2026-11-22 18:02:02.77 [I:onnxruntime:onnxruntime-node, device_discovery_common.cc:34 operator()] Discovered OrtHardwareDevice {vendor_id:0x10de, device_id:0x2335, vendor:NVIDIA, type:${type}, metadata: []}`;

  test.each([
    [[old], { name: 'llvmpipe (LLVM 15.0.6, 256 bits)', isSoftware: true }],
    [[later, discovered(1)], { name: 'NVIDIA H200', isSoftware: false }],
    [[discovered(0), discovered(1)], { name: 'NVIDIA GPU 0x2335', isSoftware: false }],
    [[discovered(0)], { name: 'an adapter without a name', isSoftware: true }],
  ])('%s', (lines, adapter) => {
    expect(adapterOf(adapterFacts(lines))).toEqual(adapter);
  });

  test('chatter is told from last words', () => {
    expect([old, later, discovered(1)].map(isChatter)).toEqual([true, true, true]);
    const words = ['terminate called after throwing', "Warning: Couldn't load Vulkan: libvulkan.so.1"];
    expect(words.map(isChatter)).toEqual([false, false]);
  });

  test('a probe tells what an adapter can do; one that died, hung or computed wrongly is a broken driver', () => {
    const probe = { told: {}, ending: { kind: 'exited' }, lastWords: '' } as const;
    expect(searchOf({ ...probe, told: { squares: [0, 0, 0, 0] } }, false)).toMatchObject({ kind: 'broken' });
    const told = { squares: [1, 4, 9, 16], adapter: 'A fine GPU', halves: [7, 10, 15, 22] };
    const largeError = 'x.cc:306 Too many storage buffers in shader. Current: 513, Max is 16';
    expect(searchOf({ ...probe, told: { ...told, largeError } }, false)).toEqual({
      kind: 'found',
      adapter: {
        name: 'A fine GPU',
        isSoftware: false,
        hasFloat16: true,
        limits: { bindingBytes: 128 * 2 ** 20 - 8, bindings: 16 },
      },
    });
    expect(searchOf({ ...probe, ending: { kind: 'hung' } }, false)).toMatchObject({ kind: 'broken' });
    const died = searchOf({ ...probe, ending: { kind: 'died', how: 'SIGABRT' }, lastWords: 'boom' }, false);
    expect(died).toEqual({ kind: 'broken', why: said`the graphics driver ended the trial program (${'boom'})` });
    expect(searchOf({ ...probe, told: { webgpuError: 'x.cc:1 Failed to get an adapter\nat' } }, true)).toEqual({
      kind: 'absent',
      why: phrase('Failed to get an adapter'),
      hasHardware: true,
    });
  });

  test('a driver counts where the loader looks for its manifest', () => {
    const folder = mkdtempSync(join(tmpdir(), 'valley-vulkan-'));
    const nowhere = join(folder, 'nowhere');
    const homes = { XDG_CONFIG_HOME: nowhere, XDG_CONFIG_DIRS: nowhere, XDG_DATA_HOME: nowhere, XDG_DATA_DIRS: folder };
    const before = hasVulkanDriver(homes);
    mkdirSync(join(folder, 'vulkan', 'icd.d'), { recursive: true });
    writeFileSync(join(folder, 'vulkan', 'icd.d', 'some_icd.json'), '{}');
    expect(hasVulkanDriver(homes)).toBe(true);
    rmSync(folder, { recursive: true });
    expect(hasVulkanDriver(homes)).toBe(before);
    expect(hasVulkanDriver({ VK_DRIVER_FILES: 'some.json' })).toBe(true);
  });
});

describe('listExecutors', () => {
  test('tells of each executor whether it is there, and if not how to get it', () => {
    expect(new Set(facts.map(({ executor }) => executor))).toEqual(new Set(['onnx', 'tensorflow', 'reference']));
    expect(facts.find(({ executor, provider }) => executor === 'onnx' && provider === 'cpu')?.available).toBe(true);
    for (const { detail } of facts) expect(detail.length).toBeGreaterThan(0);
    const absent = facts.find(({ executor, available }) => executor === 'tensorflow' && !available);
    if (absent) expect(absent.remedy).toMatch(/docs\/gpu-engine\.md/);
  });
});
