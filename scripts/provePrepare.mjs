/** `npm run prove -- prepare`: how fast and how large `valley prepare` is on 100,000 rows of 1 kB, and how soon it shows a file of 2 GB; appended to docs/log.md. */
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, run, say } from './shell.mjs';

const ROWS = 100_000;
/** What the issue promises for two cores. */
const BAR = { rowsPerSecond: 20_000, peakMB: 1000, previewSeconds: 1 };
const PREVIEWED_BYTES = 2e9;
const TICKS_PER_SECOND = 100;

/** Random words that repeat in every run. */
function chance() {
  let seed = 7;
  return () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

/**
 * Rows of about 1 kB, 7 % of them nearly the same as the one before.
 * @param {string} path
 * @param {number} count
 */
function writeRows(path, count) {
  const next = chance();
  const vocabulary = Array.from(
    { length: 8000 },
    (_, i) => `w${(Math.imul(i + 1, 0x9e3779b1) >>> 0).toString(36).slice(0, 2 + (i % 5))}`,
  );
  const words = (/** @type {number} */ length) =>
    Array.from({ length }, () => vocabulary[Math.floor(next() * next() * vocabulary.length)] ?? '');
  const file = openSync(path, 'w');
  let [prompt, completion] = [words(30), words(150)];
  for (let row = 0; row < count; row++) {
    if (row % 14 === 7) completion = completion.with(Math.floor(next() * completion.length), 'changed');
    else [prompt, completion] = [words(30), words(150)];
    const answer = String(row % 1000);
    const text = {
      prompt: prompt.join(' '),
      completion: `${completion.join(' ')} \\boxed{${answer}}`,
      answer,
      difficulty: row % 10,
    };
    writeSync(file, `${JSON.stringify(text)}\n`);
  }
  closeSync(file);
}

/** Processor seconds of all children that have ended; null where the platform does not tell. */
function childSeconds() {
  if (!existsSync('/proc/self/stat')) return null;
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}

/**
 * The most memory the trainer of a run folder had, in megabytes.
 * @param {string} folder
 */
function watchMemory(folder) {
  let most = 0;
  const look = () => {
    if (!existsSync(join(folder, 'run.json'))) return;
    const { pid } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
    const status = `/proc/${pid}/status`;
    const peak = existsSync(status) ? /VmHWM:\s+(\d+) kB/.exec(readFileSync(status, 'utf8'))?.[1] : undefined;
    most = Math.max(most, Number(peak ?? 0) / 1000);
  };
  const timer = setInterval(look, 50);
  return () => {
    clearInterval(timer);
    return most;
  };
}

/**
 * How long `valley prepare FILE` takes for a file of 2 GB, by the wall clock.
 * @param {string} rows repeated until it has so many bytes
 */
async function previewSeconds(rows) {
  const [path, bytes] = [`${rows}.large.jsonl`, readFileSync(rows)];
  const file = openSync(path, 'w');
  for (let written = 0; written < PREVIEWED_BYTES; written += bytes.length) writeSync(file, bytes);
  closeSync(file);
  const started = performance.now();
  const { code, output } = await run(process.execPath, ['dist/cli.mjs', 'prepare', path], { quiet: true });
  const seconds = (performance.now() - started) / 1000;
  if (code !== 0) throw new Error(`The preview ended with exit code ${code}: ${output.slice(-2000)}`);
  return seconds;
}

/** @returns {Promise<boolean>} whether the bar is met */
export async function provePrepare() {
  const folder = mkdtempSync(join(tmpdir(), 'valley-prove-'));
  mkdirSync(join(folder, '.valley'));
  writeRows(join(folder, 'data.jsonl'), ROWS);
  writeRows(join(folder, 'benchmark.jsonl'), 500);
  const config = {
    recipe: 'prepare',
    threads: 2,
    sources: [{ path: 'data.jsonl' }],
    decontamination: { benchmarks: [{ path: 'benchmark.jsonl' }], search: 'example' },
    correctness: { keep: 'notWrong' },
    repetition: { maxShare: 0.5 },
    languages: { keep: ['en'] },
    length: { maxTokens: 4000 },
  };
  const file = join(folder, 'prove.valley.jsonc');
  writeFileSync(file, JSON.stringify(config));
  const out = join(folder, '.valley', 'runs', 'prove');
  const [before, load, peak] = [childSeconds(), loadavg()[0] ?? 0, watchMemory(out)];
  const { code, output } = await run(process.execPath, ['dist/cli.mjs', 'prepare', file, '--json', '--out', out], {
    quiet: true,
  });
  const peakMB = peak();
  if (code !== 0) throw new Error(`The preparation ended with exit code ${code}: ${output.slice(-2000)}`);
  const after = childSeconds();
  const events = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const at = (/** @type {(event: { type: string, stage?: string }) => boolean} */ is) =>
    events.find(({ event }) => event && is(event))?.time ?? 0;
  const seconds =
    (at(({ type, stage }) => type === 'stage.finished' && stage === 'nearDuplicates') -
      at(({ type }) => type === 'run.started')) /
    1000;
  const found = {
    rowsPerSecond: ROWS / seconds,
    peakMB,
    cpuSeconds: after === null || before === null ? null : after - before,
  };
  const preview = await previewSeconds(join(folder, 'data.jsonl'));
  const passed =
    found.rowsPerSecond >= BAR.rowsPerSecond && found.peakMB <= BAR.peakMB && preview <= BAR.previewSeconds;
  const mb = (statSync(join(folder, 'data.jsonl')).size / 1e6).toFixed(0);
  rmSync(folder, { recursive: true, force: true });
  const whole = (/** @type {number} */ value) => Math.round(value).toLocaleString('en-US');
  say(
    `${whole(found.rowsPerSecond)} rows/s by the wall clock, ${found.cpuSeconds?.toFixed(1) ?? '?'} s of processor in all, peak ${whole(peakMB)} MB, load ${load.toFixed(1)}; a file of 2 GB is shown after ${preview.toFixed(2)} s.`,
  );
  appendFileSync(
    join(ROOT, 'docs', 'log.md'),
    [
      `\n## ${new Date().toISOString().slice(0, 10)} · npm run prove -- prepare: 100,000 rows of 1 kB (${mb} MB)`,
      `${cpus()[0]?.model}, ${cpus().length} logical cores, load ${load.toFixed(1)} before, Node ${process.version}. Reading, filters, decontamination and deduplication; bar: at least ${whole(BAR.rowsPerSecond)} rows/s, at most ${whole(BAR.peakMB)} MB, a file of 2 GB shown in ${BAR.previewSeconds} s. ${passed ? 'Met.' : 'NOT met.'}`,
      '',
      '| rows/s, wall | processor seconds (command, trainer, writing too) | rows per processor second, two cores | peak memory MB | preview of 2 GB, s |',
      '|---:|---:|---:|---:|---:|',
      `| ${whole(found.rowsPerSecond)} | ${found.cpuSeconds?.toFixed(1) ?? '–'} | ${found.cpuSeconds === null ? '–' : whole((2 * ROWS) / found.cpuSeconds)} | ${whole(peakMB)} | ${preview.toFixed(2)} |`,
      '',
    ].join('\n'),
  );
  return passed;
}
