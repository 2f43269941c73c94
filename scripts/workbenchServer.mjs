/** Starts the workbench's server on a loopback port and says under which address a browser finds what. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mustRun, ROOT } from './shell.mjs';
import { workbench } from './workbench.mjs';

/** Without these: a welcome page, a chat side bar, and look-ups in places that tests must not need. */
export const QUIET_SETTINGS = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.tips.enabled': false,
  'workbench.colorTheme': 'Dark Modern',
  'window.autoDetectColorScheme': false,
  'chat.disableAIFeatures': true,
  'chat.agentHost.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
};

/**
 * @typedef {object} ServerOptions
 * @property {string} home folder for all that the server writes: user data, extensions, logs
 * @property {Record<string, unknown>} [settings] user settings, written only where given
 * @property {string} [token] asked of every browser; none is asked where it is left out
 * @property {boolean} [driver] obey extensionDevelopmentPath and extensionTestsPath in addresses; notifications stay hidden then
 * @property {boolean} [trust] every folder is trusted without a question (the default)
 * @property {string} [extensions] folder of installed extensions
 * @property {number} [port] 0, the default, takes a free one
 * @property {number} [reconnectionGraceSeconds] how long an extension host outlives its window
 * @property {NodeJS.ProcessEnv} [env]
 */

/**
 * @typedef {object} WorkbenchServer
 * @property {number} port
 * @property {() => string} output all it has said so far
 * @property {Promise<number>} exited its exit code
 * @property {(file: string) => Promise<void>} openFile opens a file in the newest window, as `code FILE` does in its terminal; waits for a window
 * @property {() => Promise<void>} stop
 */

/**
 * Up within seconds; rejects with its last words where it ends first.
 * @param {ServerOptions} options
 * @returns {Promise<WorkbenchServer>}
 */
export async function startServer(options) {
  const { node, server } = await workbench();
  prepareHome(options);
  const sockets = mkdtempSync(join(tmpdir(), 'valley-'));
  const child = spawn(node, [server, ...serverArguments(options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env, XDG_RUNTIME_DIR: sockets },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  /** @type {Promise<number>} */
  const exited = new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
  const stop = async () => {
    const killer = setTimeout(() => child.kill('SIGKILL'), 5000);
    child.kill();
    await exited;
    clearTimeout(killer);
    removeWindowSockets(sockets);
  };
  const openFile = (/** @type {string} */ file) =>
    openInWindow({ node, server, sockets, file, isOver: () => child.exitCode !== null });
  return { port: await listening(child, () => output), output: () => output, exited, openFile, stop };
}

/**
 * A file that the address named would keep VS Code from restoring panels at every reload, so it is opened from outside, once.
 * @param {{ node: string, server: string, sockets: string, file: string, isOver: () => boolean }} where
 */
async function openInWindow({ node, server, sockets, file, isOver }) {
  while (windowSockets(sockets).length === 0) {
    if (isOver()) return;
    await sleep(200);
  }
  const [socket = ''] = windowSockets(sockets);
  const env = { ...process.env, VSCODE_IPC_HOOK_CLI: join(sockets, socket) };
  const code = [join(dirname(server), 'server-cli.js'), 'code', '', '', 'code'];
  await mustRun('Opening a file in the workbench', node, [...code, '--reuse-window', file], { env, quiet: true });
}

/**
 * Where windows listen, the newest first.
 * @param {string} folder
 */
function windowSockets(folder) {
  const names = readdirSync(folder).filter((name) => name.startsWith('vscode-ipc-'));
  return names.sort((a, b) => statSync(join(folder, b)).mtimeMs - statSync(join(folder, a)).mtimeMs);
}

/**
 * A run that goes on may have its control socket there too, so only what is empty is removed.
 * @param {string} folder
 */
function removeWindowSockets(folder) {
  for (const name of readdirSync(folder))
    if (name.startsWith('vscode-')) rmSync(join(folder, name), { recursive: true });
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}

/**
 * Makes this checkout an installed extension of a server, where it lies: a reload of the window takes the newest build.
 * An extension under development would need the smoke-test driver, which hides notifications from the person.
 * @param {string} home
 */
export function installCheckout(home) {
  const { publisher, name, version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const identifier = { id: `${publisher}.${name}` };
  const location = { $mid: 1, path: ROOT, scheme: 'file' };
  mkdirSync(join(home, 'extensions'), { recursive: true });
  const installed = [{ identifier, version, location, metadata: { source: 'vsix' } }];
  writeFileSync(join(home, 'extensions', 'extensions.json'), JSON.stringify(installed));
}

/** @param {ServerOptions} options */
function prepareHome({ home, settings }) {
  for (const folder of ['User', 'Machine']) mkdirSync(join(home, 'data', folder), { recursive: true });
  if (settings) writeFileSync(join(home, 'data', 'User', 'settings.json'), JSON.stringify(settings, null, 2));
}

/**
 * The smoke-test driver is what makes a built workbench read extensionDevelopmentPath from its address.
 * @param {ServerOptions} options
 */
function serverArguments({
  home,
  token,
  driver = false,
  trust = true,
  extensions = join(home, 'extensions'),
  port = 0,
  reconnectionGraceSeconds,
}) {
  return [
    ...['--host', '127.0.0.1', '--port', String(port), '--accept-server-license-terms'],
    ...(token ? ['--connection-token', token] : ['--without-connection-token']),
    ...['--server-data-dir', home, '--user-data-dir', join(home, 'data'), '--extensions-dir', extensions],
    ...['--telemetry-level', 'off'],
    ...(driver ? ['--enable-smoke-test-driver'] : []),
    ...(trust ? ['--disable-workspace-trust'] : []),
    ...(reconnectionGraceSeconds === undefined ? [] : ['--reconnection-grace-time', String(reconnectionGraceSeconds)]),
  ];
}

/**
 * @param {import('node:child_process').ChildProcessByStdio<null, import('node:stream').Readable, import('node:stream').Readable>} child
 * @param {() => string} output
 * @returns {Promise<number>}
 */
function listening(child, output) {
  return new Promise((resolve, reject) => {
    child.stdout.on('data', () => {
      const port = /Extension host agent listening on (\d+)/.exec(output())?.[1];
      if (port) resolve(Number(port));
    });
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new Error(`The workbench's server ended with exit code ${code}:\n${output().slice(-3000)}`)),
    );
  });
}

/**
 * The address of a workbench that shows a folder, with extensions under development or a test suite.
 * @param {number} port
 * @param {{ folder?: string, workspace?: string, token?: string, development?: readonly string[], tests?: string, payload?: readonly (readonly [string, string])[] }} view
 */
export function workbenchAddress(port, { folder, workspace, token, development = [], tests, payload = [] }) {
  const authority = `127.0.0.1:${port}`;
  const remote = /** @param {string} path */ (path) => `vscode-remote://${authority}${path}`;
  const pairs = [
    ...development.map((path) => ['extensionDevelopmentPath', remote(path)]),
    ...(tests ? [['extensionTestsPath', remote(tests)]] : []),
    ...payload,
  ];
  const address = new URL(`http://${authority}/`);
  if (token) address.searchParams.set('tkn', token);
  if (folder) address.searchParams.set('folder', folder);
  else if (workspace) address.searchParams.set('workspace', workspace);
  else address.searchParams.set('ew', 'true');
  if (pairs.length > 0) address.searchParams.set('payload', JSON.stringify(pairs));
  return address.href;
}
