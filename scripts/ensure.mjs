/** Makes a checkout ready: the npm packages of the lockfile, and a build that is newer than the sources. Needs nothing installed. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lock.mjs';
import { ROOT, Refusal, mustRun, npm, say } from './shell.mjs';

const OUTPUTS = [
  'extension.cjs',
  'trainer.mjs',
  'pulse.mjs',
  'rowsThread.mjs',
  'gradingProcess.mjs',
  'parquetProcess.mjs',
  'template.mjs',
  'cli.mjs',
  'panel.js',
].map((name) => join('dist', name));
const SOURCES = ['src', 'webview', 'l10n', 'esbuild.mjs', 'package.json', 'package-lock.json'];

/** Installs and builds where needed, one process at a time. */
export async function ensure() {
  requireNode(process.versions.node);
  await withLock(join(ROOT, '.workbench', 'ensure.lock'), ensureAlone, {
    onWait: (pid) => say(`another process (${pid}) is installing or building here; waiting for it.`),
  });
}

/** @param {string} version */
export function requireNode(version) {
  if (Number(version.split('.')[0]) < 20)
    throw new Refusal(`Node 20 or newer is needed; this is ${version}. Install a newer one from nodejs.org.`);
}

async function ensureAlone() {
  if (!isInstalled(ROOT)) await install();
  if (!isBuilt(ROOT)) await build();
}

/** Node packages that are missing come with `npm ci`: exactly the lockfile's versions. */
async function install() {
  const { count } = lockedPackages(ROOT);
  say(`installing ${count} npm packages into node_modules (about 250 MB to fetch, 650 MB on disk, half a minute).`);
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip', npm_config_loglevel: 'error' };
  await mustRun('npm ci', ...npm(['ci', '--no-audit', '--no-fund']), { env });
}

async function build() {
  say('building dist/.');
  await mustRun('The build', process.execPath, ['esbuild.mjs']);
}

/**
 * Whether node_modules holds what the lockfile asks for. npm writes down what it has installed.
 * @param {string} root
 */
export function isInstalled(root) {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = readPackages(record);
  return lockedPackages(root).required.every(
    ([path, version]) => installed[path]?.version === version && existsSync(join(root, path)),
  );
}

/**
 * All packages of the lockfile, and those which every platform gets.
 * @param {string} root
 */
function lockedPackages(root) {
  const entries = Object.entries(readPackages(join(root, 'package-lock.json'))).filter(([path]) => path !== '');
  const required = entries.filter(([, { optional, os, cpu }]) => !optional && !os && !cpu);
  return {
    count: entries.length,
    required: required.map(([path, { version }]) => /** @type {const} */ ([path, version])),
  };
}

/**
 * @param {string} file
 * @returns {Record<string, { version?: string, optional?: boolean, os?: string[], cpu?: string[] }>}
 */
function readPackages(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}

/**
 * Whether every bundle is there and none is older than a source.
 * @param {string} root
 */
export function isBuilt(root) {
  const outputs = OUTPUTS.map((path) => join(root, path));
  if (!outputs.every((path) => existsSync(path))) return false;
  const oldest = Math.min(...outputs.map((path) => statSync(path).mtimeMs));
  return Math.max(...SOURCES.map((path) => newestIn(join(root, path)))) <= oldest;
}

/**
 * Time of the last change under a file or folder, in milliseconds; 0 where there is none.
 * @param {string} path
 * @returns {number}
 */
function newestIn(path) {
  if (!existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newestIn(join(path, name))));
}
