/** What is measured beside this engine and is no dependency of the project: found where it is, or why it is not there. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { processorName } from '../src/trainer/executors/cores.ts';

export interface Peers {
  /** The Python that PyTorch runs in: one that is named, the benchmark's own, or the system's. */
  readonly python: string;
  /** What PyTorch preloads to be as fast on an AMD processor as its MKL can be; a string says why it is not used. */
  readonly mkl: () => { readonly preload: string } | string;
  /** Debian's PyTorch with the BLAS that suits it; a string says why it is not there. */
  readonly debian: DebianTorch | string;
  /** The packages from npm; a string says why they are not there. */
  readonly packages: Packages | string;
}

interface DebianTorch {
  readonly python: string;
  readonly blisFolder: string;
  /** BLIS 0.9 does not know the newest processors and takes its slowest path on them; null leaves the choice to it. */
  readonly blisArchitecture: string | null;
}

interface Packages {
  /** Folder of the package. */
  readonly tfjsWasm: string;
  readonly jaxJs: { readonly entry: string; readonly version: string };
  /** jax-js needs Node 22. */
  readonly node: string;
}

const isWindows = process.platform === 'win32';
/** What `--setup-python` makes. */
export const PYTHON_FOLDER = join('.bench', 'python');
export const OWN_PYTHON = isWindows
  ? join(PYTHON_FOLDER, 'Scripts', 'python.exe')
  : join(PYTHON_FOLDER, 'bin', 'python');
export const SYSTEM_PYTHON = isWindows ? 'python' : 'python3';
/** What `--setup-peers` makes. */
export const PACKAGES_FOLDER = join('.bench', 'packages');
/** What `--setup-debian` installs into. */
const DEBIAN_PYTHON = '/usr/bin/python3';
const OLDEST_NODE = 22;

export const isOldNode = (version: string): boolean => Number(version.replace(/^v/, '').split('.')[0]) < OLDEST_NODE;

export const findPeers = (python: string | null): Peers => ({
  python: python ?? process.env['VALLEY_BENCH_PYTHON'] ?? (existsSync(OWN_PYTHON) ? OWN_PYTHON : SYSTEM_PYTHON),
  mkl: mklOnAmd,
  debian: debianTorch(),
  packages: packages(resolve(PACKAGES_FOLDER, 'node_modules')),
});

const debianTorch = (): Peers['debian'] => {
  const missing = 'not installed; npm run bench -- --setup-debian installs it on Debian';
  if (!existsSync('/usr/lib/python3/dist-packages/torch')) return missing;
  const folders = readdirSync('/usr/lib').map((name) => join('/usr/lib', name, 'blis-openmp'));
  const blisFolder = folders.find((folder) => existsSync(folder));
  const blisArchitecture = hasAvx512() ? 'skx' : null;
  return blisFolder === undefined ? missing : { python: DEBIAN_PYTHON, blisFolder, blisArchitecture };
};

const hasAvx512 = (): boolean =>
  existsSync('/proc/cpuinfo') && /\bavx512bw\b/.test(readFileSync('/proc/cpuinfo', 'utf8'));

/** Built with the system's C compiler when it is asked for first: three lines. */
const mklOnAmd = (): ReturnType<Peers['mkl']> => {
  if (process.platform !== 'linux') return 'preloading is done on Linux only';
  if (!processorName().includes('AMD')) return 'not an AMD processor: MKL takes its best path by itself';
  const preload = resolve('.bench', 'mklOnAmd.so');
  if (existsSync(preload)) return { preload };
  mkdirSync('.bench', { recursive: true });
  const { status, error, stderr } = spawnSync('cc', [
    '-shared',
    '-fPIC',
    '-o',
    preload,
    fileURLToPath(new URL('../bench/mklOnAmd.c', import.meta.url)),
  ]);
  return status === 0 ? { preload } : `a C compiler is needed: ${error?.message ?? String(stderr).trim()}`;
};

const packages = (folder: string): Peers['packages'] => {
  const [tfjsWasm, jaxJs] = [join(folder, '@tensorflow', 'tfjs-backend-wasm'), join(folder, '@jax-js', 'jax')];
  const node = isOldNode(process.version)
    ? join(folder, 'node', 'bin', isWindows ? 'node.exe' : 'node')
    : process.execPath;
  if (![tfjsWasm, jaxJs, node].every((path) => existsSync(path)))
    return 'not installed; npm run bench -- --setup-peers installs it';
  const { version } = JSON.parse(readFileSync(join(jaxJs, 'package.json'), 'utf8')) as { version: string };
  return { tfjsWasm, jaxJs: { entry: join(jaxJs, 'dist', 'index.js'), version }, node };
};
