/** `npm run prove`: the bars that take longer than a test may: the main job on fresh seeds, a training in 16 bits, and 1,000 steps that hold no more than the first; `-- NAME` proves one of `PARTS` instead. Prints what came out and appends it to docs/log.md. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensure } from './ensure.mjs';
import { soak } from './soak.mjs';
import { proveGrading } from './proveGrading.mjs';
import { proveGrpo } from './proveGrpo.mjs';
import { proveLoad } from './proveLoad.mjs';
import { provePrepare } from './provePrepare.mjs';
import { proveStatistics } from './proveStatistics.mjs';
import { main, ROOT, run, say } from './shell.mjs';
import { proveSixteenBits } from './sixteenBits.mjs';
import { vulkan } from './systemPackages.mjs';

const JOB = join(ROOT, 'examples', 'arithmetic', 'sft.valley.jsonc');
const SEEDS = [1, 2, 3];
/** What issue and README promise: the lowest share of exact answers, and the longest time in seconds on two cores. */
const BAR = { accuracy: 0.95, seconds: 300 };

/** What is proved by its name: reading of models, preparation of data, intervals, the math verifier, reinforcement learning. @type {Record<string, () => Promise<boolean>>} */
const PARTS = {
  load: proveLoad,
  prepare: provePrepare,
  statistics: proveStatistics,
  grading: proveGrading,
  grpo: proveGrpo,
};

/**
 * One run of the main job with another seed, in a folder of its own.
 * @param {number} seed
 * @param {string} folder
 */
async function prove(seed, folder) {
  const config = join(folder, `seed-${seed}.valley.jsonc`);
  writeFileSync(config, readFileSync(JOB, 'utf8').replace(/"seed":\s*\d+/, `"seed": ${seed}`));
  if (!readFileSync(config, 'utf8').includes(`"seed": ${seed}`)) throw new Error(`${JOB} names no "seed" to replace.`);
  const { code, output } = await run(
    process.execPath,
    ['dist/cli.mjs', 'run', config, '--json', '--out', join(folder, `seed-${seed}`)],
    { quiet: true },
  );
  const lines = output.trim().split('\n');
  const summary = JSON.parse(lines.at(-1) ?? '{}');
  if (code !== 0) throw new Error(`The run with seed ${seed} ended with exit code ${code}: ${output.slice(-2000)}`);
  /** @type {{ name: string, value: number, n: number, interval: [number, number], step: number }[]} */
  const scores = summary.scores.filter((/** @type {{ name: string }} */ { name }) => name === 'accuracy');
  const last = scores.reduce((a, b) => (b.step > a.step ? b : a));
  return { seed, seconds: /** @type {number} */ (summary.seconds), ...last };
}

await main(async () => {
  await ensure();
  const [, , name] = process.argv;
  if (name !== undefined) {
    const part = PARTS[name];
    if (!part)
      throw new Error(`There is no "${name}" to prove: name one of ${Object.keys(PARTS).join(', ')}, or none.`);
    return (await part()) ? 0 : 1;
  }
  const folder = mkdtempSync(join(tmpdir(), 'valley-prove-'));
  const rows = [];
  for (const seed of SEEDS) {
    say(`main job, seed ${seed}.`);
    const row = await prove(seed, folder);
    rows.push(row);
    say(
      `seed ${seed}: ${(row.value * 100).toFixed(1)} % exact on ${row.n} problems after ${Math.round(row.seconds)} s.`,
    );
  }
  const bits = await proveSixteenBits(folder);
  const bitsSaid =
    'notRun' in bits
      ? `16 bits, not run: ${bits.notRun}`
      : `16 bits beside 32 on ${bits.adapter}: losses apart by ${(bits.early * 100).toFixed(3)} % at most in the first steps and ${(bits.mean * 100).toFixed(2)} % on the mean; at the end ${bits.last.map((loss) => loss.toFixed(4)).join(' and ')}; ${bits.skipped} steps skipped. ${bits.isMet ? 'Met.' : 'NOT met.'}`;
  say(bitsSaid);
  rmSync(folder, { recursive: true, force: true });
  await vulkan();
  const steady = await soak();
  for (const { text } of steady) say(text);
  const isFast = rows.every(({ value, seconds }) => value >= BAR.accuracy && seconds <= BAR.seconds);
  const passed = isFast && ('notRun' in bits || bits.isMet);
  const table = rows.map(
    ({ seed, value, interval: [low, high], n, seconds }) =>
      `| ${seed} | ${(value * 100).toFixed(1)} % (${(low * 100).toFixed(1)}–${(high * 100).toFixed(1)}) | ${n} | ${Math.round(seconds)} |`,
  );
  appendFileSync(
    join(ROOT, 'docs', 'log.md'),
    [
      `\n## ${new Date().toISOString().slice(0, 10)} · npm run prove: the main job on seeds ${SEEDS.join(', ')}`,
      `${cpus()[0]?.model}, ${cpus().length} logical cores, Node ${process.version}. Bar: at least ${BAR.accuracy * 100} % in at most ${BAR.seconds} s. ${isFast ? 'Met.' : 'NOT met.'}`,
      '',
      '| seed | exact answers (95 % interval) | n | seconds |',
      '|---|---|---|---|',
      ...table,
      '',
      bitsSaid,
      '',
      `1,000 steps, memory, tensors and handles at step 300 and at the end (bar: no growth):`,
      ...steady.map(({ text }) => `- ${text}`),
      '',
    ].join('\n'),
  );
  return passed && steady.every(({ isSteady }) => isSteady !== false) ? 0 : 1;
});
