/** 1,000 training steps in a process of its own, on the CPU and on WebGPU where there is an adapter: what it holds must not grow. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { ROOT, run } from './shell.mjs';

/** Memory may differ by so much between step 200 and the end: pages that the allocators keep. */
const ALLOWANCE = 16e6;

/** By provider: the width of the model. Software drivers of WebGPU are slow. */
const WORKS = /** @type {const} */ ([
  ['cpu', '128'],
  ['webgpu', '16'],
]);

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
  for (const [provider, width] of WORKS) {
    const { code, output } = await run(
      process.execPath,
      ['--expose-gc', '--max-semi-space-size=2', program, provider, '1000', width],
      {
        quiet: true,
      },
    );
    told.push(code === 0 ? judged(provider, output) : notRun(provider, output));
  }
  rmSync(program, { force: true });
  return told;
}

/**
 * @param {string} provider
 * @param {string} output
 */
function judged(provider, output) {
  const lines = output.split('\n').filter((line) => line.startsWith('{'));
  const held = lines.map((line) => /** @type {Held} */ (JSON.parse(line)));
  const [early, late] = [held[1], held.at(-1)];
  if (!early || !late || late.step !== 1000) return { text: `${provider}: told nothing`, isSteady: false };
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
