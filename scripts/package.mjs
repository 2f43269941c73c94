/** `npm run package [-- --target NAME]`: a VSIX with one platform's native parts, or the universal one without any. */
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ensure } from './ensure.mjs';
import { ROOT, Refusal, isProgramStarted, main, mustRun, npm, say } from './shell.mjs';

/** Platform and processor of each target, in Node's words; null: no native parts. */
const TARGETS = /** @type {const} */ ({
  'linux-x64': ['linux', 'x64'],
  'linux-arm64': ['linux', 'arm64'],
  'darwin-arm64': ['darwin', 'arm64'],
  'win32-x64': ['win32', 'x64'],
  universal: null,
});
const CHECKOUT_ONLY = ['scripts', 'bin', 'dependencies', 'devDependencies', 'peerDependencies', 'peerDependenciesMeta'];
/** Types and maps; and the macOS library's second copy under a long name: the binding loads the short one. */
const NOT_RUN = /\.d\.ts$|\.map$|[/\\]libonnxruntime\.\d+\.\d+\.\d+\.dylib$/;
/** What a command of the extension opens. */
const RECIPES = ['docs/gpu-engine.md', 'docs/gpu-engine.ko.md'];
const MODULES = join(ROOT, 'node_modules');
const STAGE = join(ROOT, '.workbench', 'stage');

/** @typedef {keyof typeof TARGETS} Target */
/** @typedef {{ path: string, bytes: number }} Part a file of a VSIX and its size before packing */

/**
 * The target that is asked for; this machine's if none is.
 * @param {readonly string[]} args
 * @param {string} here platform-processor of this machine
 * @returns {Target[]}
 */
export function parseTargets(args, here) {
  const names = /** @type {Target[]} */ (Object.keys(TARGETS));
  if (args.length === 0) return [names.find((name) => name === here) ?? 'universal'];
  const [flag, value, ...rest] = args;
  if (flag === '--target' && value === 'all' && rest.length === 0) return names;
  const found = names.find((name) => name === value);
  if (flag === '--target' && found && rest.length === 0) return [found];
  throw new Refusal(`npm run package -- --target NAME, where NAME is one of ${names.join(', ')}, or all.`);
}

/**
 * Packs one target from a stage of its own.
 * @param {Target} target
 * @param {string} into folder for the VSIX
 * @returns {Promise<{ file: string, parts: Part[] }>} the VSIX and what lies in it, largest first
 */
export async function packTarget(target, into) {
  const stage = join(STAGE, target);
  rmSync(stage, { recursive: true, force: true });
  mkdirSync(stage, { recursive: true });
  await mustRun('The production build', process.execPath, [
    'esbuild.mjs',
    '--production',
    `--outdir=${join(stage, 'dist')}`,
  ]);
  copyShownFiles(stage);
  writeFileSync(join(stage, 'package.json'), JSON.stringify(manifest(), null, 2));
  writeFileSync(join(stage, 'THIRD-PARTY-NOTICES.txt'), notices('This extension'));
  const machine = TARGETS[target];
  if (machine) copyNativeParts(stage, machine[0], machine[1]);
  const file = await pack(stage, target, into);
  const parts = partsOf(stage);
  rmSync(stage, { recursive: true });
  return { file, parts };
}

/** The manifest as it is installed: without what only a checkout can use. */
function manifest() {
  const entries = Object.entries(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));
  return Object.fromEntries(entries.filter(([key]) => !CHECKOUT_ONLY.includes(key)));
}

/** @param {string} stage */
function copyShownFiles(stage) {
  const named = ['README.md', 'CHANGELOG.md', 'LICENSE', 'media', '.vscodeignore'].filter((name) =>
    existsSync(join(ROOT, name)),
  );
  const words = readdirSync(ROOT).filter((name) => /^package\.nls.*\.json$/.test(name));
  for (const name of [...named, ...words, ...RECIPES]) cpSync(join(ROOT, name), join(stage, name), { recursive: true });
}

/**
 * ONNX Runtime goes beside the bundles, where Node finds it from dist/trainer.mjs.
 * @param {string} stage
 * @param {string} platform
 * @param {string} arch
 */
export function copyNativeParts(stage, platform, arch) {
  const into = join(stage, 'dist', 'node_modules');
  for (const path of ['onnxruntime-common/package.json', 'onnxruntime-common/dist/cjs', 'onnxruntime-common/dist/esm'])
    copyCode(join(MODULES, path), join(into, path));
  const machine = join('bin', 'napi-v6', platform, arch);
  for (const path of ['package.json', 'dist', machine])
    copyCode(join(MODULES, 'onnxruntime-node', path), join(into, 'onnxruntime-node', path));
}

/**
 * What runs of a package.
 * @param {string} from
 * @param {string} to
 */
function copyCode(from, to) {
  if (!existsSync(from))
    throw new Refusal(`${relative(ROOT, from)} is missing: the installed onnxruntime-node has no such part.`);
  cpSync(from, to, { recursive: true, filter: (path) => !NOT_RUN.test(path) });
}

/**
 * The licences of all packages that may be part of a bundle.
 * @param {string} subject of the first sentence
 */
export function notices(subject) {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  const parts = Object.keys(packages)
    .filter((path) => path.startsWith('node_modules/') && !packages[path].dev && !packages[path].optional)
    .flatMap((path) => licenceOf(join(ROOT, path)));
  return `${subject} contains parts of the packages below, under their licences.\n\n${parts.join('\n\n')}\n`;
}

/**
 * @param {string} folder of an installed package
 * @returns {string[]}
 */
function licenceOf(folder) {
  if (!existsSync(folder)) return [];
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text =
    file && statSync(join(folder, file)).isFile() ? readFileSync(join(folder, file), 'utf8').trim() : license;
  return [`--- ${name} ${version} (${license})\n\n${text}`];
}

/**
 * @param {string} stage
 * @param {Target} target
 * @param {string} into
 */
async function pack(stage, target, into) {
  const { name, version } = JSON.parse(readFileSync(join(stage, 'package.json'), 'utf8'));
  const file = join(into, `${name}-${target}-${version}.vsix`);
  const aimed = target === 'universal' ? [] : ['--target', target];
  const options = ['--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links', '--out', file];
  const call = npm(['exec', '--no', '--prefix', ROOT, '--', 'vsce', 'package', ...aimed, ...options]);
  await mustRun('vsce package', ...call, { cwd: stage, quiet: true });
  return file;
}

/**
 * All files of a folder, largest first.
 * @param {string} stage
 * @returns {Part[]}
 */
export function partsOf(stage) {
  return readdirSync(stage, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== '.vscodeignore')
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: relative(stage, path), bytes: statSync(path).size }))
    .sort((a, b) => b.bytes - a.bytes);
}

/**
 * Prints what went in and the size of what came out.
 * @param {string} file
 * @param {readonly Part[]} parts
 */
function tell(file, parts) {
  for (const { path, bytes } of parts) console.log(`${(bytes / 1000).toFixed(1).padStart(9)} kB  ${path}`);
  const unpacked = megabytes(parts.reduce((sum, { bytes }) => sum + bytes, 0));
  say(
    `${relative(ROOT, file)}: ${megabytes(statSync(file).size)} MB (${unpacked} MB unpacked, ${parts.length} files).`,
  );
}

/** @param {number} bytes */
function megabytes(bytes) {
  return (bytes / 1e6).toFixed(2);
}

if (isProgramStarted(import.meta.url))
  await main(async () => {
    const targets = parseTargets(process.argv.slice(2), `${process.platform}-${process.arch}`);
    await ensure();
    for (const target of targets) {
      const { file, parts } = await packTarget(target, ROOT);
      tell(file, parts);
    }
    return 0;
  });
