/** Installs what is measured beside this engine: Python packages and npm packages into .bench, which git ignores, or Debian's own. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isOldNode, OWN_PYTHON, PACKAGES_FOLDER, PYTHON_FOLDER, SYSTEM_PYTHON } from './peers.ts';

export type Setup = 'python' | 'peers' | 'debian';

/** Exact, so that two people measure the same. */
const PACKAGES = ['@tensorflow/tfjs-backend-wasm@4.22.0', '@jax-js/jax@0.1.25'];
/** jax-js does not run on Node 20. */
const NEWER_NODE = 'node@24';
const APT = [
  'apt-get',
  'install',
  '--yes',
  '--no-install-recommends',
  'python3-torch',
  'python3-numpy',
  'libblis4-openmp',
];

type Step = readonly [command: string, ...args: string[]];

/** The exit code of the step that failed, or 0. */
export const setUp = (setup: Setup): number => {
  switch (setup) {
    case 'python':
      return all('PyTorch and transformers from PyPI (on Linux about 3 GB to fetch, as it brings CUDA)', pythonSteps);
    case 'peers':
      prepareFolder();
      return all(`${PACKAGES.join(', ')} from npm`, [npmStep()]);
    case 'debian':
      return all("Debian's PyTorch and BLIS", [process.getuid?.() === 0 ? asStep(APT) : asStep(['sudo', ...APT])]);
    default:
      return setup satisfies never;
  }
};

const pythonSteps: readonly Step[] = [
  [SYSTEM_PYTHON, '-m', 'venv', PYTHON_FOLDER],
  [OWN_PYTHON, '-m', 'pip', 'install', '--disable-pip-version-check', 'torch', 'numpy', 'transformers'],
  [OWN_PYTHON, '-c', 'import torch; print("PyTorch", torch.__version__, "is ready")'],
];

/** A folder that is no part of the project's own package. */
const prepareFolder = (): void => {
  mkdirSync(PACKAGES_FOLDER, { recursive: true });
  writeFileSync(join(PACKAGES_FOLDER, 'package.json'), '{"private":true}\n');
};

const npmStep = (): Step => {
  const wanted = isOldNode(process.version) ? [...PACKAGES, NEWER_NODE] : PACKAGES;
  const args = ['install', '--prefix', PACKAGES_FOLDER, '--save-exact', '--no-audit', '--no-fund', ...wanted];
  const npm = process.env['npm_execpath'];
  return npm === undefined ? ['npm', ...args] : [process.execPath, npm, ...args];
};

const asStep = ([command = '', ...args]: readonly string[]): Step => [command, ...args];

const all = (what: string, steps: readonly Step[]): number => {
  console.log(`Installing ${what}.`);
  for (const [command, ...args] of steps) {
    const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
    if (error) console.error(`${command} could not be started: ${error.message}. Install it, or run the step by hand.`);
    if (status !== 0) return status ?? 1;
  }
  return 0;
};
