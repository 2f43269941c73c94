/** `npm run kit`: a folder, and an archive of it, that runs on a GPU host with neither Node.js nor network: Node, the programs, ONNX Runtime, the Vulkan loader. */
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { ensure } from './ensure.mjs';
import { copyNativeParts, notices, partsOf } from './package.mjs';
import { ROOT, Refusal, isProgramStarted, main, mustRun, run, say, which } from './shell.mjs';

const NAME = 'through-the-valley-kit-linux-x64';
const PARTS = join(ROOT, 'scripts', 'kit');
const OUT = join(ROOT, '.kit');
/** The largest archive, in bytes: 60 MiB. */
const LIMIT = 60 * 2 ** 20;
const ARCHIVES = /** @type {const} */ ({ gz: 'gzip -9', xz: 'xz -6 -T0' });
/** What the editor and the development need and a host has no use for. */
const NOT_FOR_HOSTS = [
  ...['extension.cjs', 'panel.js', 'panel.css', 'uplot.css', 'valley.editor.schema.json'],
  'bench-load.mjs',
];
/** What every Linux with glibc and a C++ runtime has. */
const ON_EVERY_HOST = /^(linux-vdso|ld-linux-x86-64|lib(c|m|dl|rt|pthread|stdc\+\+|gcc_s))\.so/;

/**
 * @typedef {{ node: string, archive: keyof typeof ARCHIVES | null }} KitOptions
 *   `node`: the program to pack. `archive`: null for the folder alone.
 */

/**
 * @param {readonly string[]} args
 * @returns {KitOptions}
 */
export function parseKit(args) {
  /** @type {KitOptions} */
  let options = { node: process.execPath, archive: 'gz' };
  for (let i = 0; i < args.length; i++) {
    const value = args[i + 1];
    if (args[i] === '--xz') options = { ...options, archive: 'xz' };
    else if (args[i] === '--folder-only') options = { ...options, archive: null };
    else if (args[i] === '--node' && value) options = { ...options, node: args[++i] ?? '' };
    else throw new Refusal(`npm run kit -- [--xz | --folder-only] [--node FILE]: what is ${args[i]}?`);
  }
  return options;
}

/**
 * Why no kit can be packed here; null if one can.
 * @param {string} platform
 * @param {string} arch
 */
export function kitProblem(platform = process.platform, arch = process.arch) {
  if (platform !== 'linux' || arch !== 'x64')
    return `The kit is packed on linux-x64, for linux-x64; this is ${platform}-${arch}.`;
  if (vulkanLoader() === null)
    return 'The Vulkan loader libvulkan.so.1, a part of the kit, is not installed here (Debian: apt-get install -y libvulkan1).';
  return null;
}

/**
 * Packs the folder.
 * @param {string} into an existing folder
 * @param {string} node the program to pack
 * @returns {Promise<string>} the path of the kit
 */
export async function packFolder(into, node) {
  const problem = kitProblem();
  if (problem) throw new Refusal(problem);
  const kit = join(into, NAME);
  rmSync(kit, { recursive: true, force: true });
  mkdirSync(join(kit, 'bin'), { recursive: true });
  await buildPrograms(join(kit, 'dist'));
  copyNativeParts(kit, 'linux', 'x64');
  await copyNode(node, join(kit, 'bin'));
  copyVulkan(join(kit, 'lib'));
  copyTexts(kit);
  return kit;
}

/** @param {string} dist */
async function buildPrograms(dist) {
  const options = ['esbuild.mjs', '--production', `--outdir=${dist}`];
  await mustRun('The production build', process.execPath, options);
  await mustRun('The build of the benchmark', process.execPath, [...options, '--bench']);
  for (const name of NOT_FOR_HOSTS) rmSync(join(dist, name), { force: true });
}

/**
 * Without its symbols, which are a tenth of it, where the machine can strip.
 * @param {string} node
 * @param {string} into
 */
async function copyNode(node, into) {
  const problem = await nodeProblem(node);
  if (problem) throw new Refusal(problem);
  const target = join(into, 'node');
  const stripped = which('strip') ? await run('strip', ['-o', target, node], { quiet: true }) : { code: 1 };
  if (stripped.code !== 0) copyFileSync(node, target);
  chmodSync(target, 0o755);
  writeFileSync(join(into, 'node.LICENSE.txt'), nodeLicence(node));
}

/**
 * Why a Node.js cannot be carried to another host; null if it can.
 * @param {string} node
 */
export async function nodeProblem(node) {
  const foreign = foreignLibraries(await mustRun('ldd', 'ldd', [node], { quiet: true }));
  if (foreign.length === 0) return null;
  return `${node} needs ${foreign.join(', ')}, which a host may lack. Name a Node.js from nodejs.org: npm run kit -- --node FILE.`;
}

/**
 * Libraries that a host with glibc and a C++ runtime may not have.
 * @param {string} told by ldd
 */
export function foreignLibraries(told) {
  const names = told.split('\n').flatMap((line) => /^\s*(\S+)/.exec(line)?.[1] ?? []);
  return names.map((name) => name.split('/').at(-1) ?? name).filter((name) => !ON_EVERY_HOST.test(name));
}

/** @param {string} node */
function nodeLicence(node) {
  const prefix = dirname(dirname(realpathSync(node)));
  const places = [join(prefix, 'LICENSE'), join(prefix, 'share', 'doc', 'nodejs', 'LICENSE')];
  const found = places.find((path) => existsSync(path));
  if (found) return readFileSync(found, 'utf8');
  say(`no licence of Node.js lies at ${places.join(' or ')}; the kit names its place instead.`);
  return `Node.js ${process.version} is used under the licence at https://github.com/nodejs/node/blob/${process.version}/LICENSE\n`;
}

/** The Vulkan loader of this machine with its licence, as paths; null where it is not installed. */
function vulkanLoader() {
  const folders = ['/usr/lib/x86_64-linux-gnu', '/usr/lib64', '/usr/lib'];
  const licences = ['/usr/share/doc/libvulkan1/copyright', '/usr/share/licenses/vulkan-loader/LICENSE.txt'];
  const library = folders.map((folder) => join(folder, 'libvulkan.so.1')).find((path) => existsSync(path));
  const licence = licences.find((path) => existsSync(path));
  return library && licence ? { library, licence } : null;
}

/** @param {string} lib */
function copyVulkan(lib) {
  const loader = vulkanLoader();
  if (!loader) throw new Error('The loader was there a moment ago.');
  mkdirSync(join(lib, 'vulkan'), { recursive: true });
  copyFileSync(realpathSync(loader.library), join(lib, 'libvulkan.so.1'));
  copyFileSync(loader.licence, join(lib, 'libvulkan.LICENSE.txt'));
  for (const name of ['nvidia_egl.json', 'nvidia_glx.json']) copyFileSync(join(PARTS, name), join(lib, 'vulkan', name));
}

/** @param {string} kit */
function copyTexts(kit) {
  const { name, version, license, type } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  writeFileSync(join(kit, 'package.json'), JSON.stringify({ name, version, license, type }, null, 2));
  writeFileSync(join(kit, 'THIRD-PARTY-NOTICES.txt'), notices('This kit'));
  for (const file of ['valley', 'README.md']) copyFileSync(join(PARTS, file), join(kit, file));
  chmodSync(join(kit, 'valley'), 0o755);
  copyFileSync(join(ROOT, 'LICENSE'), join(kit, 'LICENSE'));
  cpSync(join(ROOT, 'examples'), join(kit, 'examples'), {
    recursive: true,
    filter: (path) => !path.includes('.valley/') && !path.endsWith('.valley'),
  });
  mkdirSync(join(kit, 'bench'));
  for (const file of [
    'torch_worker.py',
    'transformers_worker.py',
    'inputs.py',
    'serve.py',
    'jaxWorker.mjs',
    'mklOnAmd.c',
  ])
    copyFileSync(join(ROOT, 'bench', file), join(kit, 'bench', file));
}

/**
 * The newest glibc and libstdc++ that the binaries ask for, e.g. `GLIBC_2.34`.
 * @param {readonly string[]} files
 * @param {'GLIBC' | 'GLIBCXX'} library
 */
export function newestVersion(files, library) {
  const pattern = new RegExp(`\\b${library}_(\\d+(?:\\.\\d+)+)\\0`, 'g');
  const versions = files.flatMap((file) =>
    [...readFileSync(file, 'latin1').matchAll(pattern)].map(([, version = '']) => version),
  );
  return `${library}_${versions.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1) ?? '?'}`;
}

/**
 * @param {string} kit
 * @param {keyof typeof ARCHIVES} kind
 */
async function archiveOf(kit, kind) {
  const file = `${kit}.tar.${kind}`;
  const options = ['--owner=0', '--group=0', '--sort=name', '-I', ARCHIVES[kind], '-C', dirname(kit)];
  await mustRun('tar', 'tar', [...options, '-cf', file, NAME]);
  const { size } = statSync(file);
  refuseOver(size, partsOf(kit));
  return { file, size };
}

/**
 * Throws Refusal where the archive is larger than a host is asked to take.
 * @param {number} bytes
 * @param {readonly { path: string, bytes: number }[]} parts largest first
 */
export function refuseOver(bytes, parts) {
  if (bytes <= LIMIT) return;
  const largest = parts.slice(0, 5).map((part) => `${part.path} ${mebibytes(part.bytes)} MiB`);
  throw new Refusal(
    `The archive has ${mebibytes(bytes)} MiB; ${mebibytes(LIMIT)} is the most. Largest, unpacked: ${largest.join(', ')}. npm run kit -- --xz packs tighter.`,
  );
}

/** @param {number} bytes */
function mebibytes(bytes) {
  return (bytes / 2 ** 20).toFixed(1);
}

/** @param {string} kit */
function tellContents(kit) {
  const parts = partsOf(kit);
  for (const { path, bytes } of parts) if (bytes > 2 ** 16) say(`${mebibytes(bytes).padStart(6)} MiB  ${path}`);
  const natives = parts.filter(({ path }) => /(^|\/)node$|\.so(\.\d+)*$|\.node$/.test(path));
  const own = natives.filter(({ path }) => !path.startsWith('lib/')).map(({ path }) => join(kit, path));
  const loader = join(kit, 'lib', 'libvulkan.so.1');
  say(
    `hosts need ${newestVersion(own, 'GLIBC')} and ${newestVersion(own, 'GLIBCXX')}; those without a Vulkan loader of their own ${newestVersion([loader], 'GLIBC')}.`,
  );
}

if (isProgramStarted(import.meta.url))
  await main(async () => {
    const { node, archive } = parseKit(process.argv.slice(2));
    await ensure();
    mkdirSync(OUT, { recursive: true });
    const kit = await packFolder(OUT, node);
    tellContents(kit);
    say(`${relative(ROOT, kit)} is packed.`);
    if (!archive) return 0;
    const { file, size } = await archiveOf(kit, archive);
    say(`${relative(ROOT, file)}: ${mebibytes(size)} MiB (at most ${mebibytes(LIMIT)}).`);
    return 0;
  });
