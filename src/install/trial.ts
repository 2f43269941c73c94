/** A small program that loads a TensorFlow engine and lets it compute: run in a process of its own, since a wrong library ends the process. */
import type { Runtime } from '../runs/runtime.ts';
import { runChild } from './child.ts';
import { InstallCancelled } from './installFailure.ts';

/** Argument: main file of the package. Prints `{version, library, isOnGpu, product}` as a line of JSON; the product must be [7, 10, 15, 22]. */
export const TRIAL_SCRIPT = `
const util = require('node:util');
util.isNullOrUndefined ??= (value) => value == null;
util.isArray = Array.isArray;
const tf = require(process.argv[1]);
const backend = tf.backend();
const square = tf.tensor2d([[1, 2], [3, 4]]);
const facts = {
  version: tf.version['tfjs-node'],
  library: String(backend.binding?.TF_Version ?? ''),
  isOnGpu: backend.isUsingGpuDevice === true,
  product: [...tf.matMul(square, square).dataSync()],
};
require('node:fs').writeSync(1, JSON.stringify(facts) + '\\n');
process.exit(0);
`;

const TRIAL_PRODUCT = '7,10,15,22';

export interface Trial {
  /** Of the package, e.g. 4.22.0. */
  readonly version: string;
  /** Of libtensorflow, e.g. 2.15.1. */
  readonly library: string;
  readonly isOnGpu: boolean;
}

/** What the engine in a package folder says; a string is why it does not compute. */
export async function tryEngine(
  { command }: Runtime,
  packageFolder: string,
  {
    env,
    signal,
    deadlineMs,
  }: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal; readonly deadlineMs: number },
): Promise<Trial | string> {
  const late = AbortSignal.timeout(deadlineMs);
  const options = { cwd: packageFolder, env, signal: AbortSignal.any([signal, late]) };
  try {
    const { code, output } = await runChild(command, ['-e', TRIAL_SCRIPT, '--', packageFolder], options);
    return readTrial(output) ?? `${causeIn(output)} (${code === null ? 'a signal' : `exit code ${code}`})`;
  } catch (error) {
    if (error instanceof InstallCancelled && !signal.aborted) return `no answer in ${deadlineMs / 1000} s`;
    throw error;
  }
}

function readTrial(output: string): Trial | null {
  const line = output.split('\n').find((one) => one.startsWith('{"version"'));
  if (line === undefined) return null;
  const said = JSON.parse(line) as Trial & { readonly product: readonly number[] };
  return said.product.join() === TRIAL_PRODUCT ? said : null;
}

/** The line of an error, else the last one. */
function causeIn(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const cause =
    lines.find((line) => /^\w*Error\b|error while loading|symbol lookup error/.test(line)) ?? lines.at(-1) ?? '';
  return cause.slice(0, 300);
}
