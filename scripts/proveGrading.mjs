/** `npm run prove -- grading`: the math verifier on the golden tables, and how fast it is; written into docs/grading.md. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measured, tableOf } from './gradingTable.mjs';
import { ROOT, run, say } from './shell.mjs';

const TABLES = ['development.jsonl', 'held.jsonl'];
const PAGE = join(ROOT, 'docs', 'grading.md');
const [BEGIN, END] = ['<!-- figures: npm run prove -- grading -->', '<!-- end of figures -->'];
const BAR = { precision: 0.995, recall: 0.97, rowsPerSecond: 5000, slowestMs: 300 };
const PLAIN_ROWS = 50_000;

/**
 * The report and the rows of `valley grade`.
 * @param {string} input
 * @param {string} folder
 */
async function graded(input, folder) {
  const out = join(folder, 'verdicts.jsonl');
  const args = ['dist/cli.mjs', 'grade', '--in', input, '--out', out, '--json'];
  const { code, output } = await run(process.execPath, args, { quiet: true });
  if (code !== 0) throw new Error(`valley grade ended with exit code ${code}: ${output.slice(-2000)}`);
  return { report: JSON.parse(output.trim()), rows: linesOf(out) };
}

/** @param {string} path */
const linesOf = (path) =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

/** @param {string} path */
function writePlainRows(path) {
  const filler = 'We add the numbers one after the other and look at each carry. '.repeat(15);
  const row = (/** @type {number} */ n) => ({
    gold: String(n * 37),
    prediction: `${filler}The answer is $\\boxed{${n * 37 + (n % 3 === 0 ? 1 : 0)}}$.`,
  });
  writeFileSync(path, Array.from({ length: PLAIN_ROWS }, (_, n) => `${JSON.stringify(row(n))}\n`).join(''));
}

/** Each law of the verifier on so many generated answers: 100,000 in all. */
const LAW_RUNS = 10_000;

async function lawsHold() {
  const env = { ...process.env, VALLEY_LAW_RUNS: String(LAW_RUNS) };
  const laws = [
    'node_modules/vitest/vitest.mjs',
    'run',
    'test/engine/grading/mathProperties.test.ts',
    '--testTimeout=1800000',
  ];
  const { code } = await run(process.execPath, laws, { env });
  say(
    `The laws of the verifier on ${LAW_RUNS.toLocaleString('en-US')} generated answers each: ${code === 0 ? 'they hold' : 'BROKEN'}.`,
  );
  return code === 0;
}

/** @returns {Promise<boolean>} whether the bars are met */
export async function proveGrading() {
  const folder = mkdtempSync(join(tmpdir(), 'valley-prove-'));
  const parts = [];
  let isMet = true;
  for (const name of TABLES) {
    const path = join(ROOT, 'test', 'fixtures', 'grading', name);
    if (!existsSync(path)) continue;
    const { rows } = await graded(path, folder);
    const table = linesOf(path).map((row, place) => ({ row, verdict: rows[place].verdict }));
    const { precision, recall } = measured(table);
    const slowest = Math.max(...rows.map(({ ms }) => ms));
    isMet &&= precision >= BAR.precision && recall >= BAR.recall && slowest <= BAR.slowestMs;
    say(
      `${name}: precision ${(precision * 100).toFixed(2)} %, recall ${(recall * 100).toFixed(2)} %, slowest row ${slowest.toFixed(0)} ms.`,
    );
    parts.push(tableOf(name, table));
  }
  isMet &&= await lawsHold();
  writePlainRows(join(folder, 'plain.jsonl'));
  const { report } = await graded(join(folder, 'plain.jsonl'), folder);
  const rowsPerSecond = report.rows / report.seconds;
  say(`${Math.round(rowsPerSecond).toLocaleString('en-US')} rows/s on plain answers of 1 kB.`);
  rmSync(folder, { recursive: true, force: true });
  const page = readFileSync(PAGE, 'utf8');
  const [before = '', after = ''] = [page.split(BEGIN)[0], page.split(END)[1]];
  writeFileSync(PAGE, `${before}${BEGIN}\n${parts.join('\n\n')}\n${END}${after}`);
  return isMet && rowsPerSecond >= BAR.rowsPerSecond;
}
