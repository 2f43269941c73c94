/** `npm run prove -- ladder`: whether the small-machine ladder crosses the valley on three sets of seeds, and whether one that is killed ten times tells the same; appended to docs/log.md. */
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, run, say } from './shell.mjs';

const EXAMPLE = join(ROOT, 'examples', 'ladder', 'small-machine.valley.jsonc');
const TINY = join(ROOT, 'scripts', 'tinyLadder.valley.jsonc');
/** Of base and rungs; the base of each is another. */
const SEEDS = [
  [1, [1, 2]],
  [11, [11, 12]],
  [21, [21, 22]],
];
/** What the issue promises for two cores. */
const MOST_SECONDS = 900;
const LEAST_RATIO = 1.5;
const KILLS = 10;

/**
 * @typedef {{ stage: string, size: number, seed: number, step: number }} Key
 * @typedef {{ key: Key, scores: { name: string, value: number }[], completions: { file: string } }} Result
 */

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
 * All cells that a run has told, each as it was told last.
 * @param {string} runFolder
 * @returns {Result[]}
 */
function resultsOf(runFolder) {
  const lines = readFileSync(join(runFolder, 'events.jsonl'), 'utf8').trim().split('\n');
  const told = lines.map((line) => JSON.parse(line).event).filter(({ type }) => type === 'cell.finished');
  return [...new Map(told.map(({ result }) => [JSON.stringify(result.key), result])).values()];
}

/**
 * @param {Result} result
 * @param {string} name
 */
const score = ({ scores }, name) => scores.find((one) => one.name === name)?.value ?? Number.NaN;
/** @param {Result} result */
const sampledAt = ({ completions }) => Number(/-(\d{8})\.jsonl$/.exec(completions.file)?.[1]);
/** @param {number} share */
const percent = (share) => (share * 100).toFixed(1);

/**
 * A rung against the base, in pairs of problems.
 * @param {string} runFolder
 * @param {Result} base
 * @param {Result} rung
 */
async function compared(runFolder, base, rung) {
  const sides = [base, rung].map((result) => `${runFolder}@${sampledAt(result)}`);
  const { comparisons } = await json(['compare', ...sides]);
  const [{ difference, before, after }] = comparisons;
  return { key: rung.key, ratio: after.meanLength / before.meanLength, accuracy: after.accuracy.value, ...difference };
}

/**
 * One ladder on its own seeds, in a folder of its own.
 * @param {number} seed
 * @param {readonly number[]} seeds
 * @param {string} folder
 */
async function climb(seed, seeds, folder) {
  mkdirSync(join(folder, '.valley'), { recursive: true });
  const config = join(folder, 'ladder.valley.jsonc');
  const text = readFileSync(EXAMPLE, 'utf8');
  const own = text
    .replace(/"seed": \d+,/, `"seed": ${seed},`)
    .replace(/"seeds": \[[^\]]*\]/, `"seeds": [${seeds.join(', ')}]`);
  if (!own.includes(`"seeds": [${seeds.join(', ')}]`)) throw new Error(`${EXAMPLE} names no "seeds" to replace.`);
  writeFileSync(config, own);
  const { seconds, runFolder } = await json(['run', config]);
  const results = resultsOf(runFolder);
  const base = results.find(({ key }) => key.stage === 'base');
  if (!base) throw new Error(`${runFolder} tells of no base.`);
  const rungs = results.filter(({ key }) => key.stage === 'sft');
  const all = [];
  for (const rung of rungs) all.push(await compared(runFolder, base, rung));
  const controls = results.filter(({ key }) => key.stage === 'short');
  const policies = results.filter(({ key }) => key.stage === 'grpo');
  const { verdicts } = await json(['report', runFolder]);
  const [{ valley, recovered }] = verdicts;
  const verdict = { valley: valley.holds, recovered: recovered.holds };
  return { seed, seconds: Number(seconds), base, all, controls, policies, verdict, ...verdictOf(all) };
}

/**
 * On each seed: the lowest rung is worse than the base and its answers are longer, the largest rung is not worse.
 * @param {Awaited<ReturnType<typeof compared>>[]} all
 */
function verdictOf(all) {
  const seeds = [...new Set(all.map(({ key }) => key.seed))].map((seed) => all.filter(({ key }) => key.seed === seed));
  const bottoms = seeds.map((own) => own.reduce((a, b) => (b.accuracy < a.accuracy ? b : a)));
  const tops = seeds.map((own) => own.reduce((a, b) => (b.key.size > a.key.size ? b : a)));
  return {
    bottoms,
    tops,
    fell: bottoms.every(({ interval, p }) => p < 0.05 && interval !== null && interval[1] < 0),
    isLonger: bottoms.every(({ ratio }) => ratio >= LEAST_RATIO),
    recovered: tops.every(({ interval, p }) => !(p < 0.05 && interval !== null && interval[1] < 0)),
  };
}

/**
 * A number in 0..1 that depends on a count alone: moments that can be had again.
 * @param {number} count
 */
function chance(count) {
  let state = (0x9e3779b9 * (count + 1)) >>> 0;
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b) >>> 0;
  return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
}

/**
 * Starts a command of ours, kills the trainer behind it after a while, and waits for both.
 * @param {readonly string[]} args
 * @param {string} runFolder
 * @param {number} afterMs
 */
async function killed(args, runFolder, afterMs) {
  const lease = join(runFolder, 'run.json');
  const earlier = existsSync(lease) ? readFileSync(lease, 'utf8') : '';
  const child = spawn(process.execPath, ['dist/cli.mjs', ...args], { cwd: ROOT, stdio: 'ignore' });
  const ended = new Promise((resolve) => child.on('close', resolve));
  const now = () => (existsSync(lease) ? readFileSync(lease, 'utf8') : '');
  while (now() === earlier && child.exitCode === null) await pause(20);
  await Promise.race([pause(afterMs), ended]);
  const wasAlive = child.exitCode === null;
  if (wasAlive) process.kill(JSON.parse(now()).pid, 'SIGKILL');
  await ended;
  return wasAlive;
}

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * What does not depend on the clock, as text: all cells, and all completions behind them.
 * @param {string} runFolder
 */
function tellingOf(runFolder) {
  const samples = join(runFolder, 'samples');
  const results = resultsOf(runFolder).map((result) => JSON.stringify(result));
  const files = readdirSync(samples).sort();
  return [...results.sort(), ...files.map((name) => `${name}\n${readFileSync(join(samples, name), 'utf8')}`)].join(
    '\n',
  );
}

/** @param {string} folder */
async function proveKills(folder) {
  mkdirSync(folder, { recursive: true });
  const whole = join(folder, 'whole');
  const { seconds } = await json(['run', TINY, '--out', whole]);
  const torn = join(folder, 'torn');
  let count = 0;
  for (let attempt = 0; count < KILLS && attempt < 3 * KILLS; attempt++) {
    const args = existsSync(torn) ? ['continue', torn] : ['run', TINY, '--out', torn];
    // Ten of them together take about as long as the whole.
    if (await killed(args, torn, (chance(attempt) * 1000 * Number(seconds)) / 8)) count++;
    else break;
  }
  const { code } = await run(process.execPath, ['dist/cli.mjs', 'continue', torn], { quiet: true });
  const isSame = tellingOf(torn) === tellingOf(whole);
  return { count, isSame, code };
}

/** Whether the bars are met. */
export async function proveLadder() {
  const root = mkdtempSync(join(tmpdir(), 'valley-ladder-'));
  const load = loadavg()[0] ?? 0;
  const kills = await proveKills(join(root, 'kills'));
  const killsSaid = `killed ${kills.count} times at moments by chance and continued: cells and completions are ${kills.isSame ? 'the same, byte for byte' : 'NOT the same'}.`;
  say(killsSaid);
  const rows = [];
  for (const [seed, seeds] of /** @type {[number, number[]][]} */ (SEEDS)) {
    say(`small-machine ladder, base of seed ${seed}, rungs of seeds ${seeds.join(', ')}.`);
    const row = await climb(seed, seeds, join(root, `seed-${seed}`));
    rows.push(row);
    say(
      `base ${percent(score(row.base, 'accuracy'))} %; fell: ${row.fell}; longer: ${row.isLonger}; recovered: ${row.recovered}; ${Math.round(row.seconds)} s.`,
    );
  }
  rmSync(root, { recursive: true });
  const isCrossed = rows.every(({ fell, isLonger, recovered }) => fell && isLonger && recovered);
  // Of the report, over both seeds of a ladder: the same on all of them.
  const isSaid = rows.every(({ verdict }) => verdict.valley === 'yes' && verdict.recovered === 'yes');
  const isFast = rows.every(({ seconds }) => seconds <= MOST_SECONDS);
  const isMet = isCrossed && isSaid && isFast && kills.isSame && kills.count === KILLS;
  appendFileSync(join(ROOT, 'docs', 'log.md'), told(rows, killsSaid, load, isMet));
  return isMet;
}

/**
 * @param {Awaited<ReturnType<typeof climb>>[]} rows
 * @param {string} killsSaid
 * @param {number} load
 * @param {boolean} isMet
 */
function told(rows, killsSaid, load, isMet) {
  const lines = rows.flatMap(({ seed, base, all, controls }) => [
    `| ${seed} | base | ${percent(score(base, 'accuracy'))} | ${score(base, 'completions/mean_length').toFixed(0)} | | |`,
    ...all.map(({ key, accuracy, difference, interval, p, ratio }) => {
      const control = controls.find((one) => one.key.size === key.size && one.key.seed === key.seed);
      const [low, high] = interval ?? [Number.NaN, Number.NaN];
      return `| ${seed} | ${key.size}, seed ${key.seed} | ${percent(accuracy)} | ${(ratio * score(base, 'completions/mean_length')).toFixed(0)} | ${percent(difference)} (${percent(low)} to ${percent(high)}), p ${p.toPrecision(2)} | ${control ? percent(score(control, 'accuracy')) : ''} |`;
    }),
  ]);
  const policies = rows.flatMap(({ seed, policies: own }) =>
    own.map(
      (one) =>
        `${one.key.size} (base ${seed}) after ${one.key.step}: ${percent(score(one, 'accuracy'))} %, ${score(one, 'completions/mean_length').toFixed(0)} tokens`,
    ),
  );
  return [
    `\n## ${new Date().toISOString().slice(0, 10)} · npm run prove -- ladder: examples/ladder/small-machine.valley.jsonc on ${rows.length} sets of seeds`,
    `${cpus()[0]?.model}, ${cpus().length} logical cores, load ${load.toFixed(1)} before, Node ${process.version}; ${rows.map(({ seconds }) => Math.round(seconds)).join(', ')} s (bar: ${MOST_SECONDS}). Bar on every seed: the lowest rung below the base (paired, 95 %) with answers ${LEAST_RATIO} x as long, the largest rung not below it, and the report says so: ${rows.map(({ verdict }) => `valley ${verdict.valley}, recovered ${verdict.recovered}`).join('; ')}. ${isMet ? 'Met.' : 'NOT met.'} A tiny ladder ${killsSaid}`,
    '',
    '| base of seed | rung | accuracy % | tokens | against the base in points (95 %) | short control % |',
    '|---|---|---|---|---|---|',
    ...lines,
    '',
    `Reinforcement learning from: ${policies.join('; ')}.`,
    '',
  ].join('\n');
}
