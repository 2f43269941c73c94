/** Starts the workbench's server on a loopback port and says under which address a browser finds what. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workbench } from './workbench.mjs';

/** Without these: a welcome page, a chat side bar, and look-ups in places that tests must not need. */
export const QUIET_SETTINGS = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.tips.enabled': false,
  'workbench.colorTheme': 'Default Dark Modern',
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
  const child = spawn(node, [server, ...serverArguments(options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env, XDG_RUNTIME_DIR: options.home },
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
  };
  return { port: await listening(child, () => output), output: () => output, exited, stop };
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
  trust = true,
  extensions = join(home, 'extensions'),
  port = 0,
  reconnectionGraceSeconds,
}) {
  return [
    ...['--host', '127.0.0.1', '--port', String(port), '--accept-server-license-terms'],
    ...(token ? ['--connection-token', token] : ['--without-connection-token']),
    ...['--server-data-dir', home, '--user-data-dir', join(home, 'data'), '--extensions-dir', extensions],
    ...['--telemetry-level', 'off', '--enable-smoke-test-driver'],
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
 * The address of a workbench that shows a folder, with extensions under development, a test suite or an open file.
 * @param {number} port
 * @param {{ folder?: string, workspace?: string, token?: string, development?: readonly string[], tests?: string, open?: string, payload?: readonly (readonly [string, string])[] }} view
 */
export function workbenchAddress(port, { folder, workspace, token, development = [], tests, open, payload = [] }) {
  const authority = `127.0.0.1:${port}`;
  const remote = /** @param {string} path */ (path) => `vscode-remote://${authority}${path}`;
  const pairs = [
    ...development.map((path) => ['extensionDevelopmentPath', remote(path)]),
    ...(tests ? [['extensionTestsPath', remote(tests)]] : []),
    ...(open ? [['openFile', remote(open)]] : []),
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
