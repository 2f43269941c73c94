#!/usr/bin/env node
/**
 * Stands in for the desktop's `code` where VS Code cannot be downloaded: takes the arguments of @vscode/test-electron,
 * runs the suite in the workbench (same VS Code, same kind of extension host) and ends with the suite's exit code.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { format } from 'node:util';
import { Refusal, isProgramStarted, main } from '../../scripts/shell.mjs';
import { QUIET_SETTINGS, startServer, workbenchAddress } from '../../scripts/workbenchServer.mjs';
import { openChromium } from './browser.mjs';

/** The suite writes this file as its last act, so that an early `process.exit(0)` is not taken for success. */
const DONE_FILE = 'VALLEY_SUITE_DONE';
const TIMEOUT_SECONDS = Number(process.env['VALLEY_SUITE_TIMEOUT'] ?? 300);
/** What the workbench says about itself, which no reader of a test needs. */
const NOISE =
  /^(Creating a socket|Resolv(ing|ed) connection|\[AgentHost|\[remote-connection|\[AccountPolicy|\[reconnection|Updating additional|Creation of workbench|\[ChatModel|.*open-vsx|.*\[Service Worker\])/;

/** @typedef {import('../../scripts/workbenchServer.mjs').WorkbenchServer} WorkbenchServer */

/**
 * @typedef {object} CodeArguments
 * @property {string[]} development folders of extensions
 * @property {string} tests module with `run()`
 * @property {string} [extensions] folder of installed extensions
 * @property {string} [folder] what is opened: a folder or a .code-workspace file
 * @property {boolean} trust
 */

/**
 * @param {readonly string[]} args
 * @returns {CodeArguments}
 */
export function parseCode(args) {
  const values = (/** @type {string} */ name) =>
    args.flatMap((arg) => (arg.startsWith(`--${name}=`) ? [arg.slice(name.length + 3)] : []));
  const tests = values('extensionTestsPath')[0];
  if (!tests) throw new Refusal('code.mjs runs test suites: it wants --extensionTestsPath=FILE.');
  const extensions = values('extensions-dir')[0];
  const folder = args.find((arg) => !arg.startsWith('-'));
  return {
    development: values('extensionDevelopmentPath').map((path) => resolve(path)),
    tests: resolve(tests),
    trust: args.includes('--disable-workspace-trust'),
    ...(extensions ? { extensions } : {}),
    ...(folder ? { folder: resolve(folder) } : {}),
  };
}

/** @param {CodeArguments} wish */
async function runSuite({ development, tests, extensions, folder, trust }) {
  const home = mkdtempSync(join(tmpdir(), 'valley-code-'));
  const done = join(home, 'suite-done');
  const server = await startServer({
    home,
    trust,
    driver: true,
    settings: QUIET_SETTINGS,
    reconnectionGraceSeconds: 1,
    env: { [DONE_FILE]: done },
    ...(extensions ? { extensions } : {}),
  });
  try {
    const target = folder?.endsWith('.code-workspace') ? { workspace: folder } : folder ? { folder } : {};
    const told = await exitCodeTold(server, workbenchAddress(server.port, { ...target, development, tests }));
    return await verdict(told, server, done);
  } finally {
    await server.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

/**
 * What the workbench says the suite's exit code is: a number, or in words why there is none.
 * @param {WorkbenchServer} server
 * @param {string} address
 * @returns {Promise<number | string>}
 */
async function exitCodeTold(server, address) {
  const browser = await openChromium();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    let tell = (/** @type {number} */ _code) => {};
    /** @type {Promise<number>} */
    const told = new Promise((resolveTold) => (tell = resolveTold));
    await page.exposeFunction('codeAutomationExit', (/** @type {number} */ code) => tell(code));
    await page.exposeFunction('codeAutomationLog', forward);
    await page.goto(address);
    const silence = sleep(TIMEOUT_SECONDS * 1000, `no end after ${TIMEOUT_SECONDS} s`, { ref: false });
    return await Promise.race([told, silence, server.exited.then((code) => `the server ended with exit code ${code}`)]);
  } finally {
    await browser.close();
  }
}

/**
 * The console of the extension host, printed as its own.
 * @param {string} type
 * @param {unknown[]} args
 */
function forward(type, args) {
  const text = format(...args);
  if (!NOISE.test(text)) (type === 'error' ? process.stderr : process.stdout).write(`${text}\n`);
}

/**
 * The workbench reports 0 when a remote extension host dies, so 0 counts only if the host's own exit code is 0
 * and the suite has reached its end.
 * @param {number | string} told
 * @param {WorkbenchServer} server
 * @param {string} done
 */
async function verdict(told, server, done) {
  if (typeof told === 'string') return fail(`${told}.\n${server.output().slice(-3000)}`);
  if (told !== 0) return told;
  const ended = await hostExit(server);
  if (ended?.[1] !== '0') return fail(`The extension host died: ${ended?.[0] ?? 'its end was not seen'}.`);
  if (!existsSync(done)) return fail('The extension host ended before the suite did.');
  return 0;
}

/**
 * @param {WorkbenchServer} server
 * @returns {Promise<RegExpExecArray | null>}
 */
async function hostExit(server) {
  const pattern = /Extension Host Process exited with code: (\d+|null), signal: (\w+)/;
  for (let wait = 0; wait < 100 && !pattern.test(server.output()); wait++) await sleep(100);
  return pattern.exec(server.output());
}

/** @param {string} why */
function fail(why) {
  console.error(`code.mjs: ${why}`);
  return 1;
}

if (isProgramStarted(import.meta.url)) await main(() => runSuite(parseCode(process.argv.slice(2))));
