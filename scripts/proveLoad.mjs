/** `npm run prove -- load`: how long a model folder of 500 MB takes to be read beside the disk's own time, and in how much memory; appended to docs/log.md. */
import { appendFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { mustRun, ROOT, run, say } from './shell.mjs';

/** What the issue promises: so many times the disk's own time, and memory for the model and its largest tensor (MB, in 32 bits). */
const BAR = { times: 2, tensorMB: 164 };

/**
 * @typedef {{ seconds: number, cpuSeconds: number, bytes: number, peakBytes: number }} Reading medians of the rounds
 * @typedef {{ dtype: string, disk: Reading, model: Reading }} Row
 */

const mb = (/** @type {number} */ bytes) => Math.round(bytes / 1e6);
const ms = (/** @type {number} */ seconds) => Math.round(seconds * 1000);

/** @param {Row} row */
const isMet = ({ disk, model }) =>
  model.seconds <= BAR.times * disk.seconds && mb(model.peakBytes) <= mb(model.bytes) + BAR.tensorMB;

/** @param {Row} row */
const lineOf = ({ dtype, disk, model }) =>
  `| ${dtype}, ${mb(disk.bytes)} MB | ${ms(disk.seconds)} | ${ms(model.seconds)} | ${(model.seconds / disk.seconds).toFixed(2)} | ${ms(disk.cpuSeconds)} | ${ms(model.cpuSeconds)} | ${mb(model.peakBytes)} | ${mb(model.bytes)} |`;

/** Whether the bar is met. */
export async function proveLoad() {
  await mustRun('The build', process.execPath, ['esbuild.mjs', '--bench']);
  const before = loadavg()[0] ?? 0;
  const { code, output } = await run(process.execPath, ['dist/bench-load.mjs'], { quiet: true });
  if (code !== 0) throw new Error(`The measurement ended with exit code ${code}: ${output.slice(-2000)}`);
  /** @type {Row[]} */
  const rows = JSON.parse(output.trim().split('\n').at(-1) ?? '[]');
  const passed = rows.length > 0 && rows.every(isMet);
  const lines = [
    `\n## ${new Date().toISOString().slice(0, 10)} · npm run prove -- load: model folders of 500 MB`,
    `${cpus()[0]?.model}, ${cpus().length} logical cores, load ${before.toFixed(1)} before and ${(loadavg()[0] ?? 0).toFixed(1)} after, Node ${process.version}. Files out of the system's cache, disk and model in turns, medians. Bar: at most ${BAR.times} times the disk's own time, at most ${BAR.tensorMB} MB (the largest tensor) above the final size. ${passed ? 'Met.' : 'NOT met.'}`,
    '',
    '| folder | disk, ms | model, ms | times | disk, ms of processor | model, ms of processor | peak added MB | final MB |',
    '|---|---:|---:|---:|---:|---:|---:|---:|',
    ...rows.map(lineOf),
    '',
  ];
  for (const line of lines.slice(3)) say(line);
  appendFileSync(join(ROOT, 'docs', 'log.md'), lines.join('\n'));
  return passed;
}
