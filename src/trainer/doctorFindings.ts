/** From facts about a machine to sentences with remedies: pure, so that every machine can be tested on any. */
import type { DoctorFinding, DoctorTopic } from '../protocol/doctor.ts';
import type { Argument, Sentence } from '../protocol/sentence.ts';
import type { Probe } from './doctorProbe.ts';
import type { Adapter } from './executors/adapterFacts.ts';
import { searchOf } from './executors/findAdapter.ts';

/** What was found out about this machine. */
export interface MachineFacts {
  /** `node` or `electron` with the Node version inside, e.g. `node 20.20.2`. */
  readonly runtime: string;
  readonly nodeMajor: number;
  readonly platform: string;
  readonly arch: string;
  readonly isMusl: boolean;
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly freeMemoryBytes: number;
  readonly folder: string;
  readonly freeDiskBytes: number;
  readonly runsFolder: string;
  /** Why runs cannot be written there; null if they can. */
  readonly runsFolderProblem: string | null;
  readonly onnx: Probe;
  readonly hasCuda: boolean;
  readonly hasRuntimeFolder: boolean;
  /** Whether Linux shows a GPU among its devices. */
  readonly hasGpuFile: boolean;
  readonly tensorflow: readonly { readonly name: string; readonly probe: Probe | null }[];
}

export const findingsOf = (facts: MachineFacts): readonly DoctorFinding[] =>
  [
    runtime,
    platform,
    processor,
    memory,
    disk,
    runsFolder,
    onnxruntime,
    webgpu,
    float16,
    deviceLimits,
    cuda,
    tensorflow,
  ].flatMap((look) => look(facts) ?? []);

/** What is found on the way to a GPU stands together, from the machine's files to what the GPU can do. */
const GPU_ORDER: readonly DoctorTopic[] = [
  'webgpu',
  'gpuDevices',
  'nvidia',
  'vulkanLoader',
  'vulkanDriver',
  'float16',
  'deviceLimits',
  'cuda',
  'tensorflow',
];

/** All findings in the order in which they are read, and before them what they amount to. */
export function reportOf(facts: MachineFacts, findings: readonly DoctorFinding[]): readonly DoctorFinding[] {
  const place = ({ id }: DoctorFinding): number => GPU_ORDER.indexOf(id);
  return [verdict(facts, findings), ...findings.toSorted((a, b) => place(a) - place(b))];
}

function verdict({ onnx, hasGpuFile, processor }: MachineFacts, findings: readonly DoctorFinding[]): DoctorFinding {
  if (findings.some(({ level }) => level === 'problem'))
    return finding(
      'verdict',
      'problem',
      ['Runs cannot be started here yet.'],
      ['The lines marked ✗ say why, and what to do.'],
    );
  const search = searchOf(onnx, hasGpuFile);
  if (search.kind === 'found' && !search.adapter.isSoftware)
    return finding('verdict', 'ok', ['Runs can be started here. They compute on the GPU: {0}.', search.adapter.name]);
  return finding('verdict', 'ok', ['Runs can be started here. They compute on the processor: {0}.', processor]);
}

/** A sentence and the values of its places. */
export type Remedy = readonly [sentence: string, ...args: Argument[]];

export function finding(
  id: DoctorTopic,
  level: DoctorFinding['level'],
  said: Remedy,
  remedy: Remedy | null = null,
): DoctorFinding {
  const [sentence, ...args] = said;
  const [remedySentence = null, ...remedyArgs] = remedy ?? [];
  return { id, level, sentence, args, remedy: remedySentence, remedyArgs };
}

const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);

function runtime({ runtime, nodeMajor }: MachineFacts): DoctorFinding {
  if (nodeMajor >= 20) return finding('runtime', 'ok', ['The trainer runs on {0}.', runtime]);
  return finding(
    'runtime',
    'problem',
    ['The trainer runs on {0}, which is too old.', runtime],
    ['Install Node.js 20 or newer, or name one in the setting {0}.', 'valley.nodePath'],
  );
}

const BUILT_FOR = new Set(['linux x64', 'linux arm64', 'darwin arm64', 'win32 x64', 'win32 arm64']);

function platform({ platform, arch, isMusl }: MachineFacts): DoctorFinding {
  const name = `${platform} ${arch}`;
  if (isMusl) {
    return finding(
      'platform',
      'problem',
      ['This system is built on musl ({0}, as Alpine Linux is), for which ONNX Runtime has no build.', name],
      [
        'Use a system with glibc, such as Debian or Ubuntu, or a container of one; the executor "reference" works here, slowly.',
      ],
    );
  }
  if (BUILT_FOR.has(name))
    return finding('platform', 'ok', ['ONNX Runtime has a build for this platform ({0}).', name]);
  const remedy =
    platform === 'darwin'
      ? 'Macs with Intel processors are not supported: use one with Apple silicon, or a remote machine.'
      : 'Use a remote machine with Linux on x64 or arm64.';
  return finding('platform', 'problem', ['ONNX Runtime has no build for this platform ({0}).', name], [remedy]);
}

function processor({ processor, cores }: MachineFacts): DoctorFinding {
  return finding('processor', 'ok', ['Processor: {0}; physical cores: {1}.', processor, cores]);
}

function memory({ memoryBytes, freeMemoryBytes }: MachineFacts): DoctorFinding {
  const said = [
    'Memory: {0} GB, of which {1} GB are free.',
    gigabytes(memoryBytes),
    gigabytes(freeMemoryBytes),
  ] as const;
  if (freeMemoryBytes >= 1e9) return finding('memory', 'ok', said);
  return finding('memory', 'warning', said, ['Close other programs before a run, or train a smaller model.']);
}

function disk({ folder, freeDiskBytes }: MachineFacts): DoctorFinding {
  if (freeDiskBytes === Infinity)
    return finding('disk', 'info', ['The disk of {0} does not tell how much is free.', folder]);
  const said = ['Free disk space at {0}: {1} GB.', folder, gigabytes(freeDiskBytes)] as const;
  if (freeDiskBytes >= 5e9) return finding('disk', 'ok', said);
  const level = freeDiskBytes >= 2e8 ? 'warning' : 'problem';
  return finding('disk', level, said, ['Free some space, or lower {0} in the config.', 'checkpoints.diskBudgetMB']);
}

function runsFolder({ runsFolder, runsFolderProblem }: MachineFacts): DoctorFinding {
  if (runsFolderProblem === null) return finding('runsFolder', 'ok', ['Runs can be written to {0}.', runsFolder]);
  return finding(
    'runsFolder',
    'problem',
    ['Runs cannot be written to {0}: {1}', runsFolder, runsFolderProblem],
    ['Open a folder that can be written, or give your account the right to write there.'],
  );
}

function onnxruntime({ onnx }: MachineFacts): DoctorFinding {
  const { version, backends } = onnx.told;
  if (typeof version === 'string' && Array.isArray(backends)) {
    const names = backends.filter(isBackend).filter(({ bundled }) => bundled);
    return finding('onnxruntime', 'ok', [
      'ONNX Runtime {0} was loaded; it brings: {1}.',
      version,
      names.map(({ name }) => name).join(', '),
    ]);
  }
  return finding(
    'onnxruntime',
    'problem',
    ['ONNX Runtime could not be loaded: {0}', reasonOf(onnx)],
    ['Install the extension built for this platform, or run "npm install" in the project.'],
  );
}

function webgpu(facts: MachineFacts): DoctorFinding | null {
  const { told, ending } = facts.onnx;
  if (typeof told.version !== 'string') return null;
  const search = searchOf(facts.onnx, facts.hasGpuFile);
  if (search.kind === 'found') return adapterFinding(search.adapter);
  if (Array.isArray(told.squares)) {
    return finding(
      'webgpu',
      'warning',
      ['A GPU answers through WebGPU, but computes wrongly ({0}).', told.squares.join(', ')],
      ['Update the graphics driver.'],
    );
  }
  if (search.kind === 'absent') return noAdapter(facts, search);
  const said: Remedy =
    ending.kind === 'hung'
      ? ['The graphics driver did not answer in time.']
      : ['The graphics driver made the trial program crash ({0}).', reasonOf(facts.onnx)];
  return finding('webgpu', 'warning', said, ['Update the graphics driver; until then runs compute on the CPU.']);
}

function adapterFinding({ name, isSoftware }: Adapter): DoctorFinding {
  if (!isSoftware) return finding('webgpu', 'ok', ['Runs can compute on the GPU through WebGPU: {0}.', name]);
  return finding(
    'webgpu',
    'info',
    [
      'WebGPU answers, but by a program that poses as a GPU and is slower than the processor itself: {0}. Runs compute on the CPU.',
      name,
    ],
    [
      'If this machine has a GPU, install its current driver. To compute there nevertheless, set {0}.',
      '"device": "gpu"',
    ],
  );
}

/** Null without an adapter. */
function float16({ onnx, hasGpuFile }: MachineFacts): DoctorFinding | null {
  const search = searchOf(onnx, hasGpuFile);
  if (search.kind !== 'found') return null;
  const { name, hasFloat16 } = search.adapter;
  if (hasFloat16) return finding('float16', 'ok', ['{0} computes in 16 bits too (training.precision).', name]);
  const why = typeof onnx.told.float16Error === 'string' ? 'no shader-f16' : 'wrong results';
  return finding('float16', 'info', ['{0} does not compute in 16 bits ({1}): training passes take 32.', name, why]);
}

/** Null without an adapter. */
function deviceLimits({ onnx, hasGpuFile }: MachineFacts): DoctorFinding | null {
  const search = searchOf(onnx, hasGpuFile);
  if (search.kind !== 'found') return null;
  const { name, limits } = search.adapter;
  if (limits) {
    const { bindingBytes, bindings } = limits;
    const said = [
      'One calculation on {0} sees at most {1} buffers of {2} MB. A run that needs more is told so before it takes memory.',
      name,
      bindings,
      Math.floor(bindingBytes / 1e6),
    ] as const;
    return finding('deviceLimits', 'info', said);
  }
  return finding('deviceLimits', 'info', ['{0} does not tell how large its buffers may be: a run finds out.', name]);
}

function noAdapter(
  { platform, hasRuntimeFolder }: MachineFacts,
  { why, hasHardware }: { readonly why: Sentence; readonly hasHardware: boolean },
): DoctorFinding {
  return finding(
    'webgpu',
    hasHardware ? 'warning' : 'info',
    ['No GPU was found through WebGPU; runs compute on the CPU. ({0})', why],
    remedyFor(platform, hasRuntimeFolder),
  );
}

function remedyFor(platform: string, hasRuntimeFolder: boolean): Remedy {
  if (platform !== 'linux') return ['If this machine has a GPU, install its current driver.'];
  if (hasRuntimeFolder)
    return ["If this machine has a GPU, the lines on Vulkan and on the system's GPUs say what is missing."];
  return [
    "If this machine has a GPU, the lines on Vulkan and on the system's GPUs say what is missing. Some drivers also want {0}, which is not set.",
    'XDG_RUNTIME_DIR',
  ];
}

/** Linux shows a GPU among its files; elsewhere nobody knows. */
const mayHaveGpu = ({ platform, hasGpuFile }: MachineFacts): boolean => platform !== 'linux' || hasGpuFile;

function cuda(facts: MachineFacts): DoctorFinding | null {
  const { platform, arch, hasCuda, onnx } = facts;
  if (typeof onnx.told.version !== 'string' || arch !== 'x64' || platform === 'darwin') return null;
  if (hasCuda) return finding('cuda', 'ok', ["ONNX Runtime's CUDA parts are installed."]);
  if (!mayHaveGpu(facts)) return null;
  return finding(
    'cuda',
    'info',
    ["ONNX Runtime's CUDA parts are not installed; nothing needs them."],
    ['To get them: {0}', 'npm rebuild onnxruntime-node --onnxruntime-node-install=cuda12'],
  );
}

function tensorflow(facts: MachineFacts): DoctorFinding {
  const { tensorflow } = facts;
  for (const { name, probe } of tensorflow)
    if (typeof probe?.told.version === 'string') return engine(name, probe.told);
  const broken = tensorflow.find(({ probe }) => probe !== null);
  const remedy: Remedy = [
    'To compute through CUDA with TensorFlow, run “Valley: Install GPU Engine…” in the editor or {0} in a terminal; {1} tells how to use a libtensorflow of your own.',
    'valley install-gpu-engine',
    'docs/gpu-engine.md',
  ];
  if (!broken?.probe) {
    const said = ['TensorFlow is not installed; nothing needs it.'] as const;
    return finding('tensorflow', 'info', said, mayHaveGpu(facts) ? remedy : null);
  }
  return finding(
    'tensorflow',
    'warning',
    ['{0} is installed but cannot be loaded: {1}', broken.name, reasonOf(broken.probe)],
    remedy,
  );
}

/** Says so where a package made for CUDA computes on the CPU: then CUDA's own libraries are what is missing. */
function engine(name: string, { version, library, isOnGpu }: Probe['told']): DoctorFinding {
  const said = [
    '{0} {1} with libtensorflow {2} is installed and computes on the {3}.',
    name,
    String(version),
    String(library),
    isOnGpu === true ? 'GPU' : 'CPU',
  ] as const;
  if (isOnGpu === true || !name.endsWith('-gpu')) return finding('tensorflow', 'ok', said);
  return finding('tensorflow', 'info', said, [
    'If this machine has an NVIDIA GPU, install the CUDA and cuDNN that this libtensorflow was built with (2.9.1: CUDA 11.2 and cuDNN 8.1); {0} tells how to use another one.',
    'docs/gpu-engine.md',
  ]);
}

const isBackend = (value: unknown): value is { name: string; bundled: boolean } =>
  typeof value === 'object' && value !== null && 'name' in value && 'bundled' in value;

function reasonOf({ ending, lastWords }: Probe): string {
  if (ending.kind === 'hung') return 'no answer in time';
  const how = ending.kind === 'died' ? ending.how : '';
  return [firstLine(lastWords), how].filter(Boolean).join(', ');
}

const firstLine = (text: string): string => text.split('\n')[0]?.slice(0, 300) ?? '';
