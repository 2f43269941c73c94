/** What the doctor says of the way to a GPU through Vulkan, from facts of any machine and from this one. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DoctorFinding, DoctorTopic } from '../../src/protocol/doctor.ts';
import { translated } from '../../src/protocol/sentence.ts';
import { vulkanManifests } from '../../src/trainer/executors/vulkanManifests.ts';
import { vulkanFacts, type NvidiaFacts, type VulkanFacts } from '../../src/trainer/vulkanFacts.ts';
import { vulkanFindings } from '../../src/trainer/vulkanFindings.ts';

const korean = JSON.parse(readFileSync('l10n/ko/vulkan.json', 'utf8')) as Record<string, string>;
const glx = 'libGLX_nvidia.so.0';
const noFile = 'cannot open shared object file: No such file or directory';
const nvidia: NvidiaFacts = {
  version: '570.86.15',
  compute: { name: 'libcuda.so.1', problem: null },
  graphics: [
    { name: glx, problem: null },
    { name: 'libEGL_nvidia.so.0', problem: null },
  ],
  capabilities: null,
};
const withoutGraphics: NvidiaFacts = {
  ...nvidia,
  graphics: nvidia.graphics.map(({ name }) => ({ name, problem: `${name}: ${noFile}` })),
  capabilities: 'compute,utility',
};
const good: VulkanFacts = {
  loader: { name: 'libvulkan.so.1', problem: null },
  folders: ['/etc/vulkan/icd.d'],
  drivers: [{ manifest: '/etc/vulkan/icd.d/nvidia_icd.json', library: { name: glx, problem: null } }],
  devices: [{ path: '/dev/nvidia0', isOpen: true }],
  nvidia,
};

const table: readonly [
  what: string,
  facts: Partial<VulkanFacts>,
  topic: DoctorTopic,
  level: DoctorFinding['level'],
  words: readonly string[],
][] = [
  ['a loader', {}, 'vulkanLoader', 'ok', ['libvulkan.so.1 can be loaded']],
  [
    'no loader',
    { loader: { name: 'libvulkan.so.1', problem: noFile } },
    'vulkanLoader',
    'warning',
    [noFile, 'libvulkan1', 'npm run kit'],
  ],
  [
    'no loader and no GPU',
    { loader: { name: 'libvulkan.so.1', problem: noFile }, devices: [], nvidia: null },
    'vulkanLoader',
    'info',
    [noFile],
  ],
  ['a driver', {}, 'vulkanDriver', 'ok', ['/etc/vulkan/icd.d/nvidia_icd.json']],
  [
    'a driver that lacks a library',
    { drivers: [{ manifest: '/m.json', library: { name: glx, problem: `libX11.so.6: ${noFile}` } }] },
    'vulkanDriver',
    'warning',
    ['/m.json: libGLX_nvidia.so.0: libX11.so.6: cannot open', 'libx11-6', 'NVIDIA_DRIVER_CAPABILITIES=all'],
  ],
  [
    'a driver that is not there',
    { drivers: [{ manifest: '/m.json', library: { name: glx, problem: `${glx}: ${noFile}` } }] },
    'vulkanDriver',
    'warning',
    [`(/m.json: ${glx}: cannot open`],
  ],
  [
    'a torn manifest',
    { drivers: [{ manifest: '/m.json', library: null }] },
    'vulkanDriver',
    'warning',
    ['/m.json: no manifest'],
  ],
  [
    'no manifest',
    { drivers: [], nvidia: null },
    'vulkanDriver',
    'warning',
    ['VK_DRIVER_FILES, VK_ICD_FILENAMES, VK_ADD_DRIVER_FILES names a file', 'in /etc/vulkan/icd.d', 'mesa-vulkan'],
  ],
  [
    'no manifest beside a driver',
    { drivers: [] },
    'vulkanDriver',
    'warning',
    ['only its manifest is missing', `"library_path":"${glx}"`, 'VK_DRIVER_FILES'],
  ],
  ['a device', {}, 'gpuDevices', 'ok', ['/dev/nvidia0']],
  ['no device', { devices: [] }, 'gpuDevices', 'info', ['/dev/dri/renderD*', '--gpus all']],
  [
    'a device of others',
    { devices: [{ path: '/dev/dri/renderD128', isOpen: false }] },
    'gpuDevices',
    'warning',
    ['may not use /dev/dri/renderD128', 'video and render'],
  ],
  ["NVIDIA's driver", {}, 'nvidia', 'ok', ['570.86.15', glx]],
  [
    "NVIDIA's driver in a container for computing",
    { nvidia: withoutGraphics },
    'nvidia',
    'warning',
    [`${glx}: cannot open`, 'libcuda.so.1: ok', 'NVIDIA_DRIVER_CAPABILITIES=all', '(it is compute,utility)'],
  ],
];

describe('findings', () => {
  test.each(table)('%s', (_, facts, topic, level, words) => {
    const findings = vulkanFindings({ ...good, ...facts });
    const found = findings.find(({ id }) => id === topic);
    expect(found?.level).toBe(level);
    const said = found && [
      translated({}, found.sentence, { text: found.sentence, args: found.args }),
      translated({}, found.remedy ?? '', { text: found.remedy ?? '', args: found.remedyArgs }),
    ];
    for (const word of words) expect(said?.join(' ')).toContain(word);
    expect(found?.remedy === null).toBe(level === 'ok');
  });

  test('without NVIDIA, nothing is said of it', () => {
    expect(vulkanFindings({ ...good, nvidia: null }).map(({ id }) => id)).not.toContain('nvidia');
  });

  test('every sentence is there in Korean, with the same places', () => {
    const sentences = table.flatMap(([, facts]) =>
      vulkanFindings({ ...good, ...facts }).flatMap(({ sentence, remedy }) => [sentence, ...(remedy ? [remedy] : [])]),
    );
    const places = (text = ''): string => [...text.matchAll(/\{\d\}/g)].map(String).toSorted().join();
    for (const sentence of sentences) expect(places(korean[sentence]), sentence).toBe(places(sentence));
    expect(Object.keys(korean).filter((sentence) => !sentences.includes(sentence))).toEqual([]);
  });
});

describe('manifests', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'valley-vulkan-'));
    mkdirSync(join(folder, 'vulkan', 'icd.d'), { recursive: true });
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const write = (name: string, text: string): string => {
    const file = join(folder, 'vulkan', 'icd.d', name);
    writeFileSync(file, text);
    return file;
  };

  test('come from folders, or in their place from a variable, and beside both from another', () => {
    const own = write('own.json', '{}');
    write('own.txt', '{}');
    const env = { XDG_DATA_HOME: folder };
    expect(vulkanManifests(env).files).toContain(own);
    expect(vulkanManifests(env).files.filter((file) => file.startsWith(folder))).toEqual([own]);
    expect(vulkanManifests({ ...env, VK_ICD_FILENAMES: '/a:/b' })).toEqual({ folders: [], files: ['/a', '/b'] });
    expect(vulkanManifests({ ...env, VK_ICD_FILENAMES: '/a', VK_DRIVER_FILES: '/b' }).files).toEqual(['/b']);
    expect(vulkanManifests({ ...env, VK_ADD_DRIVER_FILES: '/c' }).files).toEqual(expect.arrayContaining(['/c', own]));
    expect(vulkanManifests({ HOME: '/home/me' }).folders).toContain('/home/me/.config/vulkan/icd.d');
  });

  test.skipIf(process.platform !== 'linux')(
    'are read, and their libraries tried: by name, by path, beside them',
    async () => {
      const manifest = (path: string): string => JSON.stringify({ ICD: { library_path: path } });
      const found = write('1.json', manifest('libc.so.6'));
      const missing = write('2.json', manifest('libnever.so.9'));
      const beside = write('3.json', manifest('./libtorn.so'));
      write('libtorn.so', 'no library');
      const torn = write('4.json', '{"ICD":');
      const gone = join(folder, 'gone.json');
      const env = { ...process.env, VK_DRIVER_FILES: [found, missing, beside, torn, gone].join(':') };
      const facts = await vulkanFacts({ deadlineMs: 30_000, env });
      expect(facts?.folders).toEqual([]);
      const path = join(folder, 'vulkan', 'icd.d', 'libtorn.so');
      expect(facts?.drivers).toEqual([
        { manifest: found, library: { name: 'libc.so.6', problem: null } },
        { manifest: missing, library: { name: 'libnever.so.9', problem: `libnever.so.9: ${noFile}` } },
        { manifest: beside, library: { name: path, problem: `${path}: file too short` } },
        { manifest: torn, library: null },
        { manifest: gone, library: null },
      ]);
    },
  );
});
