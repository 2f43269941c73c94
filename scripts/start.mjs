/** `npm start`: the examples in a real VS Code with the extension loaded; with --headless the main job in the terminal. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensure } from './ensure.mjs';
import { isProgramStarted, main, Refusal, ROOT, run, say, which } from './shell.mjs';
import { unsupported } from './workbench.mjs';
import { installCheckout, QUIET_SETTINGS, startServer, workbenchAddress } from './workbenchServer.mjs';

const EXAMPLES = join(ROOT, 'examples');
/** What the terminal can run by a name; the editor opens the first. @type {Readonly<Record<'sft' | 'ladder', string>>} */
const JOBS = {
  sft: join(EXAMPLES, 'arithmetic', 'sft.valley.jsonc'),
  ladder: join(EXAMPLES, 'ladder', 'small-machine.valley.jsonc'),
};
const USAGE = `npm start                      open the examples in VS Code, with the extension
npm start -- --headless        train the main example in the terminal (sft; or say ladder behind it)
npm start -- --workbench       use the workbench in the browser even if VS Code is installed
npm start -- --port 8300       the workbench's port (a free one if left out)`;

/**
 * @param {readonly string[]} args
 * @returns {{ headless: boolean, job: keyof typeof JOBS, workbench: boolean, port: number }}
 */
export function parseStart(args) {
  /** @type {ReturnType<typeof parseStart>} */
  const wish = { headless: false, job: 'sft', workbench: false, port: 0 };
  for (let at = 0; at < args.length; at++) {
    const arg = args[at];
    if (arg === '--headless') wish.headless = true;
    else if (wish.headless && (arg === 'sft' || arg === 'ladder')) wish.job = arg;
    else if (arg === '--workbench') wish.workbench = true;
    else if (arg === '--port') wish.port = parsePort(args[++at]);
    else throw new Refusal(`Unknown argument ${arg}.\n${USAGE}`);
  }
  return wish;
}

/** @param {string | undefined} text */
function parsePort(text) {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new Refusal(`--port wants a number from 1 to 65535, not ${text ?? 'nothing'}.`);
}

/**
 * Trains in the terminal; the exit code is the command line's.
 * @param {keyof typeof JOBS} job
 */
async function trainHere(job) {
  return (await run(process.execPath, [join(ROOT, 'dist', 'cli.mjs'), 'run', JOBS[job]])).code;
}

/** @param {string} code the desktop's command */
async function openDesktop(code) {
  say(`opening VS Code (${code}). Press Ctrl+Alt+Enter in the config to start the run.`);
  const target = [EXAMPLES, '--goto', JOBS.sft];
  return (await run(code, [`--extensionDevelopmentPath=${ROOT}`, ...target])).code;
}

/** @param {number} port */
async function openWorkbench(port) {
  const token = randomBytes(16).toString('hex');
  const home = join(ROOT, '.workbench', 'home');
  installCheckout(home);
  const isFirst = !existsSync(join(home, 'data', 'User', 'settings.json'));
  const server = await startServer({ home, token, port, ...(isFirst ? { settings: QUIET_SETTINGS } : {}) });
  const address = workbenchAddress(server.port, { folder: EXAMPLES, token });
  say(`VS Code is ready. Open this address in a browser on this machine:\n\n  ${address}\n`);
  say(
    'Press Ctrl+Alt+Enter in the config to start the run. Ctrl+C here stops the workbench, not a run that is training.',
  );
  void server.openFile(JOBS.sft);
  let isAsked = false;
  const stop = () => {
    isAsked = true;
    void server.stop();
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);
  const code = await server.exited;
  if (isAsked) return 0;
  console.error(server.output().slice(-2000));
  return code;
}

/** Why nothing can be opened here, or null. */
function obstacle() {
  const problem = unsupported(process.platform, process.arch);
  return problem && `There is no command \`code\` on PATH to open VS Code with. ${problem}`;
}

if (isProgramStarted(import.meta.url))
  await main(async () => {
    const wish = parseStart(process.argv.slice(2));
    const code = wish.headless || wish.workbench ? null : which('code');
    const problem = wish.headless || code ? null : obstacle();
    if (problem) throw new Refusal(problem);
    await ensure();
    if (wish.headless) return trainHere(wish.job);
    return code ? openDesktop(code) : openWorkbench(wish.port);
  });
