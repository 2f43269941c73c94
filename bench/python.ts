/** The Python that PyTorch runs in: one that is named, the benchmark's own, or the system's. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The environment that `--setup-python` makes; git ignores it. */
const FOLDER = join('.bench', 'python');
const OWN = process.platform === 'win32' ? join(FOLDER, 'Scripts', 'python.exe') : join(FOLDER, 'bin', 'python');
const SYSTEM = process.platform === 'win32' ? 'python' : 'python3';

export const findPython = (): string => process.env['VALLEY_BENCH_PYTHON'] ?? (existsSync(OWN) ? OWN : SYSTEM);

/** Makes the environment and installs the newest PyTorch and transformers from PyPI into it. The exit code of the step that failed, or 0. */
export const setUpPython = (): number => {
  console.log(
    `Installing PyTorch and transformers from PyPI into ${FOLDER} (on Linux about 3 GB to fetch, as it brings CUDA).`,
  );
  const steps: readonly (readonly [string, readonly string[]])[] = [
    [SYSTEM, ['-m', 'venv', FOLDER]],
    [OWN, ['-m', 'pip', 'install', '--disable-pip-version-check', 'torch', 'numpy', 'transformers']],
    [OWN, ['-c', 'import torch; print("PyTorch", torch.__version__, "is ready")']],
  ];
  for (const [command, args] of steps) {
    const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
    if (error) console.error(`${command} could not be started: ${error.message}. Install Python 3.10 or newer.`);
    if (status !== 0) return status ?? 1;
  }
  return 0;
};
