/** A whole training in 16 bits beside the same one in 32, on a WebGPU adapter that has them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './shell.mjs';

/** Relative differences of losses: in the first steps, before small differences grow, and on the mean of all. */
export const SIXTEEN_BITS_BAR = { early: 1e-3, mean: 0.02 };
const [STEPS, EARLY] = [200, 20];

const model = {
  family: 'decoder',
  hiddenSize: 32,
  numHiddenLayers: 2,
  numAttentionHeads: 4,
  numKeyValueHeads: 2,
  intermediateSize: 64,
  maxPositionEmbeddings: 64,
};

/** @param {'float32' | 'float16'} precision */
const configOf = (precision) => ({
  recipe: 'sft',
  device: 'gpu',
  executor: 'onnx',
  threads: 1,
  model,
  task: { name: 'arithmetic', level: 'addition-2' },
  data: { problems: 2000 },
  training: { maxSteps: STEPS, batchSize: 16, learningRate: 3e-3, precision },
  sampling: { everySteps: STEPS, maxNewTokens: 24 },
  evaluation: { everySteps: STEPS, atStart: false, problems: 8, maxNewTokens: 24 },
});

/**
 * Executor and losses of one run, or why it could not be made.
 * @param {'float32' | 'float16'} precision
 * @param {string} folder
 * @returns {Promise<{ precision: string, adapter: string, losses: number[], skipped: number } | string>}
 */
async function train(precision, folder) {
  const config = join(folder, `${precision}.valley.jsonc`);
  const out = join(folder, precision);
  writeFileSync(config, JSON.stringify(configOf(precision)));
  const { code, output } = await run(process.execPath, ['dist/cli.mjs', 'run', config, '--json', '--out', out], {
    quiet: true,
  });
  if (code !== 0) return output.trim().split('\n').at(-1) ?? `exit code ${code}`;
  const events = readFileSync(join(out, 'events.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).event);
  const { executor } = events.find(({ type }) => type === 'run.started');
  const metrics = events.filter(({ type }) => type === 'step.finished').map((event) => event.metrics);
  const skipped = metrics.at(-1)?.skipped_steps ?? 0;
  return { precision: executor.precision, adapter: executor.adapter, losses: metrics.map(({ loss }) => loss), skipped };
}

/**
 * @param {string} folder for the two runs
 * @returns {Promise<{ notRun: string } | { adapter: string, early: number, mean: number, last: [number, number], skipped: number, isMet: boolean }>}
 */
export async function proveSixteenBits(folder) {
  const half = await train('float16', folder);
  if (typeof half === 'string') return { notRun: half };
  if (half.precision !== 'f16') return { notRun: `${half.adapter} has no shader-f16` };
  const full = await train('float32', folder);
  if (typeof full === 'string') return { notRun: full };
  const apart = half.losses.map((loss, i) => Math.abs(loss / (full.losses[i] ?? NaN) - 1));
  const early = Math.max(...apart.slice(0, EARLY));
  const mean = meanOf(apart);
  const isMet = early <= SIXTEEN_BITS_BAR.early && mean <= SIXTEEN_BITS_BAR.mean;
  const last = /** @type {[number, number]} */ ([half, full].map(({ losses }) => meanOf(losses.slice(-EARLY))));
  return { adapter: half.adapter, early, mean, last, skipped: half.skipped, isMet };
}

/** @param {number[]} values */
const meanOf = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
