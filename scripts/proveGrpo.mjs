/** `npm run prove -- grpo`: whether reinforcement learning makes a weak model clearly better, on three seeds; appended to docs/log.md. */
import { appendFileSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, run, say } from './shell.mjs';

const EXAMPLES = join(ROOT, 'examples', 'arithmetic');
const SEEDS = [1, 2, 3];
/** What the issue promises for two cores: so long for the run, and a paired 95 % interval above zero. */
const MOST_SECONDS = 600;

/**
 * The last line of a command of ours that prints JSON.
 * @param {readonly string[]} args
 */
async function json(args) {
  const { code, output } = await run(process.execPath, ['dist/cli.mjs', ...args, '--json'], { quiet: true });
  if (code !== 0) throw new Error(`valley ${args.join(' ')} ended with exit code ${code}: ${output.slice(-2000)}`);
  return JSON.parse(output.trim().split('\n').at(-1) ?? '{}');
}

/**
 * Weak start and reinforcement learning with one seed, in a folder of their own.
 * @param {number} seed
 * @param {string} folder
 */
async function prove(seed, folder) {
  mkdirSync(join(folder, '.valley'), { recursive: true });
  for (const name of ['weak.valley.jsonc', 'grpo.valley.jsonc']) {
    copyFileSync(join(EXAMPLES, name), join(folder, name));
    const text = readFileSync(join(folder, name), 'utf8');
    if (!text.includes('"seed": 1,')) throw new Error(`${name} names no "seed" to replace.`);
    writeFileSync(join(folder, name), text.replace('"seed": 1,', `"seed": ${seed},`));
  }
  await json(['run', join(folder, 'weak.valley.jsonc')]);
  const { seconds, runFolder } = await json(['run', join(folder, 'grpo.valley.jsonc')]);
  const { comparisons } = await json(['compare', `${runFolder}@0`, runFolder]);
  const [{ before, after, difference }] = comparisons;
  return { seed, seconds: Number(seconds), before: before.accuracy.value, after: after.accuracy.value, difference };
}

/** @param {number} share */
const percent = (share) => (share * 100).toFixed(1);

/** Whether the bar is met. */
export async function proveGrpo() {
  const root = mkdtempSync(join(tmpdir(), 'valley-grpo-'));
  const rows = [];
  for (const seed of SEEDS) {
    say(`weak start and GRPO, seed ${seed}.`);
    const row = await prove(seed, join(root, `seed-${seed}`));
    rows.push(row);
    say(`seed ${seed}: ${percent(row.before)} -> ${percent(row.after)} % in ${Math.round(row.seconds)} s.`);
  }
  rmSync(root, { recursive: true });
  const isMet = rows.every(({ seconds, difference: { interval } }) => seconds <= MOST_SECONDS && interval?.[0] > 0);
  const table = rows.map(({ seed, before, after, difference: { difference, interval, p, n }, seconds }) => {
    const [low, high] = interval ?? [NaN, NaN];
    return `| ${seed} | ${percent(before)} % | ${percent(after)} % | ${percent(difference)} (${percent(low)} to ${percent(high)}), p ${p.toPrecision(2)} | ${n} | ${Math.round(seconds)} |`;
  });
  appendFileSync(
    join(ROOT, 'docs', 'log.md'),
    [
      `\n## ${new Date().toISOString().slice(0, 10)} · npm run prove -- grpo: examples/arithmetic/grpo.valley.jsonc on seeds ${SEEDS.join(', ')}`,
      `${cpus()[0]?.model}, ${cpus().length} logical cores, Node ${process.version}. Bar: a paired 95 % interval above zero in at most ${MOST_SECONDS} s. ${isMet ? 'Met.' : 'NOT met.'}`,
      '',
      '| seed | weak start | after GRPO | difference in points (95 % interval) | n | seconds |',
      '|---|---|---|---|---|---|',
      ...table,
      '',
    ].join('\n'),
  );
  return isMet;
}
