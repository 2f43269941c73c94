/** `node scripts/tensorflow.mjs [VERSION]`: PyPI's tensorflow-cpu as libtensorflow under the executor `tensorflow`, in .workbench/, and the executor's tests on it. */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensure } from './ensure.mjs';
import { main, mustRun, npm, Refusal, ROOT, run, say, which } from './shell.mjs';
import { compiler } from './systemPackages.mjs';

const HOME = join(ROOT, '.workbench', 'tensorflow');
/** Its C interface is the one that tfjs-node 4.22 was compiled against, and a year younger than its own libtensorflow. */
const VERSION = '2.15.1';
/** What is needed of a wheel of 200 MB and more. */
const PARTS = ['tensorflow/include/', 'tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2'];
const TESTS = ['test/trainer/executors/contract.test.ts', 'test/trainer/executors/tensorflow.test.ts'];
const UNPACK = `
import sys, zipfile
wheel, into, *parts = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    archive.extractall(into, [name for name in archive.namelist() if name.startswith(tuple(parts))])
`;

/**
 * The folder of the unpacked Python package.
 * @param {string} version
 * @returns {Promise<string>}
 */
async function unpackedWheel(version) {
  const [folder, python] = [join(HOME, version), which('python3')];
  const library = join(folder, 'tensorflow');
  if (existsSync(join(library, 'include'))) return library;
  if (!python) throw new Refusal('This needs python3 with pip, which fetches the wheel of tensorflow-cpu from PyPI.');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  say(`fetching tensorflow-cpu ${version} (200 to 300 MB) into ${folder}.`);
  const fetch = [
    '-m',
    'pip',
    'download',
    '--no-deps',
    '--only-binary=:all:',
    '--python-version',
    '3.11',
    '--dest',
    folder,
    `tensorflow-cpu==${version}`,
  ];
  await mustRun('pip download', python, fetch, { quiet: true });
  const wheel = readdirSync(folder).find((name) => name.endsWith('.whl')) ?? '';
  await mustRun('Unpacking', python, ['-c', UNPACK, join(folder, wheel), folder, ...PARTS], { quiet: true });
  rmSync(join(folder, wheel));
  return library;
}

await main(async () => {
  if (process.platform !== 'linux')
    throw new Refusal('This recipe is for Linux: elsewhere the wheels hold no C library.');
  await ensure();
  await compiler();
  const library = await unpackedWheel(process.argv[2] ?? VERSION);
  const env = { ...process.env, VALLEY_STATE_DIR: HOME };
  await mustRun('The build', process.execPath, ['esbuild.mjs']);
  const install = ['dist/cli.mjs', 'install-gpu-engine', '--yes', '--libtensorflow', library];
  await mustRun('The installation', process.execPath, install, { env });
  say(`VALLEY_GPU_ENGINE=${join(HOME, 'gpu-engine')} makes tests, trainer and bench use it.`);
  const { code } = await run(...npm(['exec', '--no', '--', 'vitest', 'run', ...TESTS]), { env });
  return code;
});
