/** `npm run prove -- statistics`: simulated coverage of the 95 % intervals of shares, of paired differences, and of those over seeds and problems; appended to docs/log.md. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { ROOT, say } from './shell.mjs';

const DRAWS = 20_000;
const PAIRED_DRAWS = 1000;
const CROSSED_DRAWS = 1000;
const SEED = 11;
const SIZES = [30, 100, 500];
const CHANCES = [0.005, 0.02, 0.1, 0.2, 0.5, 0.9];
const AGREEMENTS = [0, 0.1, 0.3, 0.7, 1];

const SEEDS = [1, 2, 3, 5];
/** How far the accuracies of two trainings lie apart; the bar is for what is usual and less. */
const APART = [0, 0.02, 0.05, 0.1, 0.15];
const USUAL = 0.05;

/** Problems as they may be: `same` is no difference, the others are. */
const KINDS = {
  same: [
    { weight: 0.4, before: 0.05, after: 0.05 },
    { weight: 0.3, before: 0.5, after: 0.5 },
    { weight: 0.3, before: 0.95, after: 0.95 },
  ],
  better: [
    { weight: 0.4, before: 0.1, after: 0.2 },
    { weight: 0.3, before: 0.4, after: 0.7 },
    { weight: 0.3, before: 0.9, after: 0.9 },
  ],
  'few change': [
    { weight: 0.9, before: 0, after: 0 },
    { weight: 0.06, before: 0.1, after: 0.9 },
    { weight: 0.04, before: 0.5, after: 0.5 },
  ],
};

/**
 * What test/support/coverage.ts exports.
 * @typedef {{ n: number, k: number, p: number, agreement: number }} Cell
 * @typedef {Cell & { coverage: number, isEdge: boolean }} Covered
 * @typedef {{ n: number, k: number, kinds: { weight: number, before: number, after: number }[] }} PairedCell
 * @typedef {object} Simulation
 * @property {(cell: Cell, draws: number, seed: number) => Covered} coverageOf
 * @property {(covered: Covered) => boolean} isWithin
 * @property {(cell: PairedCell, draws: number, seed: number) => { coverage: number, claimed: number }} pairedCoverage
 * @property {(cell: { problems: number, seeds: number, apart: number }, draws: number, seed: number) => { coverage: number, ofProblems: number, half: number }} crossedCoverage
 */

/** @returns {Promise<Simulation>} */
async function simulation() {
  const program = join(ROOT, 'dist', 'coverage.mjs');
  await build({
    entryPoints: [join(ROOT, 'test', 'support', 'coverage.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  return import(pathToFileURL(program).href);
}

const perCent = (/** @type {number} */ share) => (share * 100).toFixed(1);

/** Whether every interval holds the truth as often as it says. */
export async function proveStatistics() {
  const { coverageOf, isWithin, pairedCoverage, crossedCoverage } = await simulation();
  const rows = [];
  let isMet = true;
  for (const n of SIZES)
    for (const k of [1, 4, 8])
      for (const agreement of k === 1 ? [0] : AGREEMENTS) {
        const cells = CHANCES.map((p) => coverageOf({ n, k, p, agreement }, DRAWS, SEED));
        isMet &&= cells.every(isWithin);
        const told = cells.map(
          (cell) => `${perCent(cell.coverage)}${cell.isEdge ? '*' : ''}${isWithin(cell) ? '' : ' !'}`,
        );
        rows.push(`| ${n} | ${k} | ${k === 1 ? '–' : agreement} | ${told.join(' | ')} |`);
        say(rows.at(-1) ?? '');
      }
  const pairs = [];
  for (const n of SIZES)
    for (const k of [1, 4])
      for (const [name, kinds] of Object.entries(KINDS)) {
        const { coverage, claimed } = pairedCoverage({ n, k, kinds }, k === 1 ? DRAWS / 4 : PAIRED_DRAWS, SEED);
        isMet &&= coverage >= 0.93 && (name !== 'same' || claimed <= 0.06);
        pairs.push(`| ${n} | ${k} | ${name} | ${perCent(coverage)} | ${perCent(claimed)} |`);
        say(pairs.at(-1) ?? '');
      }
  const crossed = [];
  for (const problems of [100, 500])
    for (const seeds of SEEDS) {
      const cells = APART.map((apart) => ({
        apart,
        ...crossedCoverage({ problems, seeds, apart }, CROSSED_DRAWS, SEED),
      }));
      isMet &&= cells.every(({ apart, coverage }) => apart > USUAL || coverage >= 0.93);
      const told = cells.map(
        ({ coverage, half, ofProblems }) => `${perCent(coverage)} (±${perCent(half)}; ${perCent(ofProblems)})`,
      );
      crossed.push(`| ${problems} | ${seeds} | ${told.join(' | ')} |`);
      say(crossed.at(-1) ?? '');
    }
  const verdict = isMet ? 'Met.' : 'NOT met.';
  say(verdict);
  appendFileSync(
    join(ROOT, 'docs', 'log.md'),
    [
      `\n## ${new Date().toISOString().slice(0, 10)} · npm run prove -- statistics`,
      '',
      `Coverage of the 95 % intervals in per cent, ${DRAWS} draws a cell; agreement: how much completions to one problem agree (ICC, beta-binomial). Bar: 93 to 97.5 where n p and n (1 - p) are at least 5, at least 93 elsewhere (*). ${verdict}`,
      '',
      `| n | k | agreement | ${CHANCES.map((p) => `p = ${p}`).join(' | ')} |`,
      `|---|---|---|${CHANCES.map(() => '---').join('|')}|`,
      ...rows,
      '',
      'Paired differences: coverage (at least 93), and how often a difference is claimed (where there is none: at most 6).',
      '',
      '| n | k | problems | coverage | claimed |',
      '|---|---|---|---|---|',
      ...pairs,
      '',
      `Means over seeds and problems, ${CROSSED_DRAWS} draws: coverage (at least 93 up to ${USUAL}), in brackets half the width in points, and the coverage of the interval over problems alone, by how far seeds lie apart.`,
      '',
      `| problems | seeds | ${APART.join(' | ')} |`,
      `|---|---|${APART.map(() => '---').join('|')}|`,
      ...crossed,
      '',
    ].join('\n'),
  );
  return isMet;
}
