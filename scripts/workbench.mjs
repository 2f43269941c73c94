/** Installs a real VS Code workbench (code-server's VS Code with its own Node) into .workbench/, once, on demand. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { withLock } from './lock.mjs';
import { isProgramStarted, main, mustRun, npm, Refusal, ROOT, say } from './shell.mjs';
import { chromium, compiler } from './systemPackages.mjs';

const MANIFEST = join(ROOT, 'test', 'workbench', 'server');
/** The variable lets several checkouts share one installation. */
const HOME = process.env['VALLEY_WORKBENCH'] ?? join(ROOT, '.workbench');
const SERVER = join(HOME, 'server');
const VSCODE = join(SERVER, 'node_modules', 'code-server', 'lib', 'vscode');
const STAMP = join(SERVER, 'installed.txt');

/** @typedef {{ node: string, server: string }} Workbench the program and its first argument */

/**
 * The installed workbench; installs it first where it is missing or of another version. A second caller waits for the first.
 * @returns {Promise<Workbench>}
 */
export async function workbench() {
  const problem = unsupported(process.platform, process.arch);
  if (problem) throw new Refusal(problem);
  if (!isCurrent()) await withLock(join(HOME, 'install.lock'), installOnce, { onWait: tellWaiting });
  return installed();
}

/**
 * Why the workbench cannot run on a machine, or null.
 * @param {string} platform
 * @param {string} arch
 */
export function unsupported(platform, arch) {
  if (platform === 'linux' && ['x64', 'arm64'].includes(arch)) return null;
  return `The workbench of the tests runs on Linux (x64, arm64); this is ${platform} ${arch}. Install VS Code with its command \`code\` on PATH, or train in the terminal with \`npm start -- --headless\`.`;
}

/** Where a finished installation has its two files. */
function installed() {
  return {
    node: join(SERVER, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node'),
    server: join(VSCODE, 'out', 'server-main.js'),
  };
}

/** What an installation is made of: another lock, another installation. */
function fingerprint() {
  const hash = createHash('sha256').update(process.arch);
  for (const name of ['package.json', 'package-lock.json']) hash.update(readFileSync(join(MANIFEST, name)));
  return hash.digest('hex');
}

function isCurrent() {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === fingerprint();
}

async function installOnce() {
  if (isCurrent()) return;
  await compiler();
  say(
    `installing the VS Code workbench of the tests into ${SERVER} (about 300 MB to fetch, 780 MB on disk, 1-2 minutes).`,
  );
  const started = performance.now();
  rmSync(SERVER, { recursive: true, force: true });
  mkdirSync(SERVER, { recursive: true });
  for (const name of ['package.json', 'package-lock.json']) cpSync(join(MANIFEST, name), join(SERVER, name));
  await installPackages();
  const { node, server } = installed();
  const version = (await mustRun('Starting the workbench', node, [server, '--version'], { quiet: true })).split(
    '\n',
  )[0];
  writeFileSync(STAMP, fingerprint());
  say(`the workbench is VS Code ${version}, installed in ${Math.round((performance.now() - started) / 1000)} s.`);
}

/** No install scripts run but the rebuild of the two pieces that have no prebuilt form. */
async function installPackages() {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const headers = join(SERVER, 'node_modules', `node-linux-${process.arch}`);
  const env = {
    ...process.env,
    PATH: join(headers, 'bin') + delimiter + (process.env['PATH'] ?? ''),
    npm_config_nodedir: headers,
  };
  await npmIn(SERVER, ['ci', ...quiet], process.env);
  // The published shrinkwrap of VS Code lacks an entry, which `npm ci` refuses.
  await npmIn(VSCODE, ['install', '--omit=dev', ...quiet], env);
  await npmIn(VSCODE, ['rebuild', '@vscode/spdlog', '@vscode/native-watchdog', '--loglevel=error'], env);
}

/**
 * @param {string} cwd
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
async function npmIn(cwd, args, env) {
  await mustRun(`npm ${args[0]}`, ...npm(args), { cwd, env, quiet: true });
}

/** @param {number} pid */
function tellWaiting(pid) {
  say(`another process (${pid}) is installing the workbench; waiting for it.`);
}

if (isProgramStarted(import.meta.url))
  await main(async () => {
    const { node, server } = await workbench();
    say(`workbench ready: ${node} ${server}`);
    say(`browser: ${await chromium()}`);
    return 0;
  });
