/** A libtensorflow that lies on this machine, brought to where tfjs-node looks for one. */
import { constants } from 'node:fs';
import { access, copyFile, cp, mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InstallFailure } from './installFailure.ts';

/** Names of the two libraries: those of an unpacked libtensorflow, and those of the Python package. */
const LIBRARIES = [/^libtensorflow(?:_cc)?\.so(?:\.\d+)*$/, /^libtensorflow_framework\.so(?:\.\d+)*$/];
const HEADERS = ['tensorflow/c/c_api.h', 'tensorflow/c/eager/c_api.h'];

/**
 * `source` is an unpacked libtensorflow (include/, lib/) or the folder of the Python package tensorflow (include/,
 * libtensorflow_cc.so.2). Throws InstallFailure `badLibrary` that names what is missing, `unsupported`.
 */
export async function checkLibrary(source: string): Promise<void> {
  if (process.platform !== 'linux') throw new InstallFailure('unsupported', [`${process.platform} ${process.arch}`]);
  await librariesIn(source);
  for (const header of HEADERS) await demand(source, join('include', header));
}

/** Copies libraries and headers of a `source` that was checked into the package folder. */
export async function bringLibrary(source: string, packageFolder: string): Promise<void> {
  const [whole, framework] = await librariesIn(source);
  const into = join(packageFolder, 'deps');
  await mkdir(join(into, 'lib'), { recursive: true });
  await cp(join(source, 'include'), join(into, 'include'), { recursive: true });
  await bring(whole, join(into, 'lib'), 'libtensorflow.so');
  await bring(framework, join(into, 'lib'), 'libtensorflow_framework.so');
  await linkCuda(source, into);
}

/** The headers are for the compiler only. */
export const removeHeaders = (packageFolder: string): Promise<void> =>
  rm(join(packageFolder, 'deps', 'include'), { recursive: true, force: true });

async function librariesIn(source: string): Promise<readonly [string, string]> {
  const [whole, framework] = [LIBRARIES[0], LIBRARIES[1]].map(
    async (name) => (await longest(source, name)) ?? (await longest(join(source, 'lib'), name)),
  );
  const found = [await whole, await framework] as const;
  if (!found[0]) throw new InstallFailure('badLibrary', [source, 'libtensorflow_cc.so.2']);
  if (!found[1]) throw new InstallFailure('badLibrary', [source, 'libtensorflow_framework.so.2']);
  return [found[0], found[1]];
}

/** The path of the file whose name fits best, or null; the longest name is the file, the shorter ones are links. */
async function longest(folder: string, name: RegExp | undefined): Promise<string | null> {
  const names = await readdir(folder).catch(() => []);
  const fitting = names.filter((one) => name?.test(one)).toSorted((a, b) => b.length - a.length);
  return fitting[0] === undefined ? null : join(folder, fitting[0]);
}

async function demand(source: string, file: string): Promise<void> {
  await access(join(source, file)).catch(() => {
    throw new InstallFailure('badLibrary', [source, file]);
  });
}

/** The file under the name that programs ask the loader for (`….so.2`), and a link under the name that the compiler asks for. */
async function bring(file: string, folder: string, linkName: string): Promise<void> {
  const name = soname(file);
  await copyFile(file, join(folder, name), constants.COPYFILE_FICLONE);
  if (name !== linkName) await symlink(name, join(folder, linkName));
}

const soname = (file: string): string => /[^/]+\.so(?:\.\d+)?/.exec(file.slice(dirname(file).length + 1))?.[0] ?? file;

/** The Python package finds CUDA's libraries in its neighbour nvidia/: so does the copy, through a link. */
async function linkCuda(source: string, into: string): Promise<void> {
  const neighbour = join(source, '..', 'nvidia');
  const isThere = await access(neighbour).then(
    () => true,
    () => false,
  );
  if (isThere) await symlink(neighbour, join(into, 'nvidia'));
}
