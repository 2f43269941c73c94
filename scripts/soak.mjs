/** 1,000 training steps in a process of its own, on the CPU and on WebGPU where there is an adapter: what it holds must not grow. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { ROOT, run } from './shell.mjs';
import { SWIFTSHADER } from './systemPackages.mjs';

/** Memory may differ by so much between step 300 and the end: pages that the allocators keep. */
const ALLOWANCE = 16e6;

const STEPS = 1000;
/** By provider: what is trained. Software drivers of WebGPU take 45 ms of processor for the step of the smallest model. */
const WORKS = /** @type {const} */ ([
  { provider: 'cpu', steps: STEPS, layers: 2, hiddenSize: 128, batch: 8, length: 32 },
  { provider: 'webgpu', steps: STEPS, layers: 1, hiddenSize: 16, batch: 2, length: 8 },
]);
/** A tenth of the steps after which allocators and drivers have what they keep: 300 of 1,000. */
const WARM = 2;

/** @typedef {{ step: number, rss: number, handles: number, tensors: number }} Held */

/**
 * One line on each provider; `isSteady` is null where it was not run.
 * @returns {Promise<{ text: string, isSteady: boolean | null }[]>}
 */
export async function soak() {
  const program = join(ROOT, 'dist', 'soak.mjs');
  await build({
    entryPoints: [join(ROOT, 'test', 'trainer', 'fixtures', 'soak.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
    external: ['onnxruntime-node'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  });
  const told = [];
  for (const work of WORKS) {
    const { code, output } = await trained(program, work);
    told.push(code === 0 ? judged(work.provider, output) : notRun(work.provider, output));
  }
  rmSync(program, { force: true });
  return told;
}

/**
 * On the machine's own adapter, else on one of software, whose memory is the process's: a buffer that is not freed shows.
 * @param {string} program
 * @param {(typeof WORKS)[number]} work
 */
async function trained(program, work) {
  const args = ['--expose-gc', '--max-semi-space-size=2', program, JSON.stringify(work)];
  const own = await run(process.execPath, args, { quiet: true });
  if (own.code === 0 || work.provider === 'cpu' || !existsSync(SWIFTSHADER)) return own;
  return run(process.execPath, args, { quiet: true, env: { ...process.env, VK_DRIVER_FILES: SWIFTSHADER } });
}

/**
 * @param {string} provider
 * @param {string} output
 */
function judged(provider, output) {
  const lines = output.split('\n').filter((line) => line.startsWith('{'));
  const held = lines.map((line) => /** @type {Held} */ (JSON.parse(line)));
  const [early, late] = [held[WARM], held.at(-1)];
  if (!early || !late || late.step !== STEPS) return { text: `${provider}: told nothing`, isSteady: false };
  const isSteady = late.rss - early.rss < ALLOWANCE && late.handles === early.handles && late.tensors === early.tensors;
  const numbers = [early, late].map(
    ({ rss, tensors, handles }) => `${Math.round(rss / 1e6)} MB, ${tensors}, ${handles}`,
  );
  return { text: `${provider}: ${numbers.join(' → ')}: ${isSteady ? 'steady' : 'GROWS'}`, isSteady };
}

/**
 * A provider that is not here is no failure; the CPU always is.
 * @param {string} provider
 * @param {string} output
 */
function notRun(provider, output) {
  const why = /ExecutorError: (.*)/.exec(output)?.[1];
  if (provider !== 'cpu' && why) return { text: `${provider}: not run: ${why}`, isSteady: null };
  return { text: `${provider}: failed: ${output.slice(-500)}`, isSteady: false };
}
