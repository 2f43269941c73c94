/** Who is measured: how each engine is started for a work, or why it cannot be. */
import { fileURLToPath } from 'node:url';
import { hasTensorflow } from '../src/trainer/executors/tensorflow.ts';
import type { Start } from './contestant.ts';
import type { Peers } from './peers.ts';
import type { Spec, Work } from './shapes.ts';

export interface Engine {
  /** As rows name it. */
  readonly key: string;
  /** Until it tells its version. */
  readonly name: string;
  /** How it starts; a string says why it does not. */
  readonly start: (spec: Spec, peers: Peers) => Start | string;
  readonly kinds: readonly Work['kind'][];
}

/** The workers that are bundled lie beside this program, the others beside its folder: in a kit too. */
const built = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const source = (name: string): string => fileURLToPath(new URL(`../bench/${name}`, import.meta.url));

const NO_GENERATION = 'training only: no generation with a key/value cache is written for it here';

const torch = (label: string, spec: Spec, mode: 'eager' | 'compile'): string[] => [
  source('torch_worker.py'),
  JSON.stringify({ ...spec, mode, label }),
];

const transformers = (spec: Spec, label: string): string[] => [
  source('transformers_worker.py'),
  JSON.stringify({ ...spec, label }),
];

/** The same command with MKL's faster path. */
const onMkl = (peers: Peers, start: Start): Start | string => {
  const mkl = peers.mkl();
  return typeof mkl === 'string' ? mkl : { ...start, env: { LD_PRELOAD: mkl.preload } };
};

const MKL = "MKL's AVX-512";

/** By the names of BLIS 0.9's kernels. */
const blisEnvironment = (threads: number, blisFolder: string, architecture: string | null): Record<string, string> => ({
  LD_LIBRARY_PATH: blisFolder,
  BLIS_NUM_THREADS: String(threads),
  ...(architecture === null ? {} : { BLIS_ARCH_TYPE: architecture }),
});

export const engines: readonly Engine[] = [
  {
    key: 'valley',
    name: 'Through the Valley',
    kinds: ['gemm', 'step', 'generation'],
    start: (spec) => ({ command: process.execPath, args: [built('bench-worker.mjs'), 'cpu', JSON.stringify(spec)] }),
  },
  {
    key: 'tensorflow',
    name: 'tfjs op by op, TensorFlow',
    kinds: ['step', 'generation'],
    start: (spec) =>
      hasTensorflow()
        ? { command: process.execPath, args: [built('bench-worker.mjs'), 'tensorflow', JSON.stringify(spec)] }
        : 'not installed; valley install-gpu-engine installs it',
  },
  {
    key: 'torchEager',
    name: 'PyTorch, eager',
    kinds: ['gemm', 'step', 'generation'],
    start: (spec, { python }) => ({ command: python, args: torch('eager', spec, 'eager') }),
  },
  {
    key: 'torchCompile',
    name: 'PyTorch, compile',
    kinds: ['step'],
    start: (spec, { python }) => ({ command: python, args: torch('compile', spec, 'compile') }),
  },
  {
    key: 'torchMkl',
    name: `PyTorch, eager, ${MKL}`,
    kinds: ['gemm', 'step', 'generation'],
    start: (spec, peers) => onMkl(peers, { command: peers.python, args: torch(`eager, ${MKL}`, spec, 'eager') }),
  },
  {
    key: 'torchMklCompile',
    name: `PyTorch, compile, ${MKL}`,
    kinds: ['step'],
    start: (spec, peers) => onMkl(peers, { command: peers.python, args: torch(`compile, ${MKL}`, spec, 'compile') }),
  },
  {
    key: 'torchBlis',
    name: "Debian's PyTorch, BLIS",
    kinds: ['gemm', 'step', 'generation'],
    start: (spec, { debian }) =>
      typeof debian === 'string'
        ? debian
        : {
            command: debian.python,
            args: torch('eager, Debian, BLIS', spec, 'eager'),
            env: blisEnvironment(spec.threads, debian.blisFolder, debian.blisArchitecture),
          },
  },
  {
    key: 'transformers',
    name: 'transformers generate',
    kinds: ['generation'],
    start: (spec, { python }) => ({ command: python, args: transformers(spec, '') }),
  },
  {
    key: 'transformersMkl',
    name: `transformers generate, ${MKL}`,
    kinds: ['generation'],
    start: (spec, peers) => onMkl(peers, { command: peers.python, args: transformers(spec, `, ${MKL}`) }),
  },
  {
    key: 'jaxJs',
    name: 'jax-js, wasm',
    kinds: ['step', 'generation'],
    start: (spec, { packages }) => {
      if (spec.kind === 'generation') return NO_GENERATION;
      if (typeof packages === 'string') return packages;
      const { entry, version } = packages.jaxJs;
      return { command: packages.node, args: [source('jaxWorker.mjs'), JSON.stringify(spec), entry, version] };
    },
  },
  {
    key: 'tfjsWasm',
    name: 'tfjs-backend-wasm',
    kinds: ['step', 'generation'],
    start: (spec, { packages }) => {
      if (spec.kind === 'generation') return NO_GENERATION;
      if (typeof packages === 'string') return packages;
      const args = [built('bench-tfjs.mjs'), 'wasm', JSON.stringify(spec), packages.tfjsWasm];
      return { command: process.execPath, args };
    },
  },
  {
    key: 'tfjsCpu',
    name: 'tfjs-backend-cpu',
    kinds: ['step', 'generation'],
    start: (spec) =>
      spec.kind === 'generation'
        ? NO_GENERATION
        : { command: process.execPath, args: [built('bench-tfjs.mjs'), 'cpu', JSON.stringify(spec)] },
  },
];

/** Precision that an engine computes in on a GPU. */
export type Precision = 'f32' | 'bf16' | 'f16';

export interface GpuEngine extends Engine {
  readonly precision: Precision;
}

const onCuda = (key: string, dtype: Precision, mode: 'eager' | 'compile', kinds: Engine['kinds']): GpuEngine => ({
  key,
  name: `PyTorch, ${mode}, ${dtype}`,
  precision: dtype,
  kinds,
  start: (spec, { python }) => ({
    command: python,
    args: [
      source('torch_worker.py'),
      JSON.stringify({ ...spec, mode, dtype, device: 'cuda', label: `${mode}, ${dtype}` }),
    ],
  }),
});

const ALL_KINDS = ['gemm', 'step', 'generation'] as const;

/** Key of this engine on a GPU. */
export const OURS_ON_GPU = 'valleyWebgpu';

/** With `--device gpu`. */
export const gpuEngines: readonly GpuEngine[] = [
  {
    key: OURS_ON_GPU,
    name: 'Through the Valley on WebGPU',
    precision: 'f32',
    kinds: ALL_KINDS,
    start: (spec) => ({ command: process.execPath, args: [built('bench-worker.mjs'), 'webgpu', JSON.stringify(spec)] }),
  },
  {
    key: 'valleyWebgpuF16',
    name: 'Through the Valley on WebGPU, f16',
    precision: 'f16',
    kinds: ['step'],
    start: (spec) => ({
      command: process.execPath,
      args: [built('bench-worker.mjs'), 'webgpu16', JSON.stringify(spec)],
    }),
  },
  onCuda('torchCuda', 'f32', 'eager', ALL_KINDS),
  onCuda('torchCudaBf16', 'bf16', 'eager', ALL_KINDS),
  onCuda('torchCudaBf16Compile', 'bf16', 'compile', ['step']),
];
