/** Runs other programs for the scripts and tells the person what happens. */
import { spawn } from 'node:child_process';
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of this repository. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** @param {string} sentence */
export function say(sentence) {
  console.log(`valley: ${sentence}`);
}

/** An expected failure whose message is all that the person needs: no stack is printed. */
export class Refusal extends Error {}

/**
 * Runs a program to its end. Its output goes to the person, or is collected where `quiet`.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, quiet?: boolean }} [options]
 * @returns {Promise<{ code: number, output: string }>} `code` is 127 where the program could not be started.
 */
export function run(command, args, { cwd = ROOT, env = process.env, quiet = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => resolve({ code: 127, output: output + error.message }));
    child.on('close', (code, signal) => resolve({ code: code ?? (signal ? 128 : 1), output }));
  });
}

/**
 * The same for a step that must succeed.
 * @param {string} what in words, for the error
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, quiet?: boolean }} [options]
 */
export async function mustRun(what, command, args, options) {
  const { code, output } = await run(command, args, options);
  if (code === 0) return output;
  throw new Refusal(
    `${what} failed (exit code ${code}): ${command} ${args.join(' ')}\n${output.slice(-3000)}`.trimEnd(),
  );
}

/**
 * How to call npm without a shell: by the file that started us, or by the program on PATH.
 * @param {readonly string[]} args
 * @returns {[command: string, args: string[]]}
 */
export function npm(args) {
  const script = process.env['npm_execpath'];
  if (script && /npm-cli\.[cm]?js$/.test(script)) return [process.execPath, [script, ...args]];
  const beside = join(dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js');
  return process.platform === 'win32' ? [process.execPath, [beside, ...args]] : ['npm', [...args]];
}

/**
 * The path of a program on PATH, or null.
 * @param {string} name
 */
export function which(name) {
  const endings = process.platform === 'win32' ? ['.cmd', '.exe'] : [''];
  for (const folder of (process.env['PATH'] ?? '').split(delimiter))
    for (const ending of endings)
      if (folder && isProgram(join(folder, name + ending))) return join(folder, name + ending);
  return null;
}

/** @param {string} path */
function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch (error) {
    return rethrowUnlessMissing(error);
  }
}

/**
 * A file that is not there or not ours is an answer, anything else is a bug.
 * @param {unknown} error
 * @returns {false}
 */
function rethrowUnlessMissing(error) {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (['ENOENT', 'EACCES', 'ENOTDIR'].includes(code)) return false;
  throw error;
}

/**
 * Whether a module is the program that was started, also through a link.
 * @param {string} url `import.meta.url`
 */
export function isProgramStarted(url) {
  const started = process.argv[1];
  return started !== undefined && realpathSync(started) === fileURLToPath(url);
}

/**
 * Runs a script's story; a refusal is said as a sentence, a bug with its stack; the exit code is 1 for both.
 * @param {() => Promise<number>} story gives the exit code
 */
export async function main(story) {
  try {
    process.exitCode = await story();
  } catch (error) {
    if (error instanceof Refusal) console.error(`valley: ${error.message}`);
    else console.error(error);
    process.exitCode = 1;
  }
}
