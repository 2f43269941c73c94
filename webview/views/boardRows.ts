/** The scoreboard as plain data: one score of one benchmark at each step of this run and of others, and what it comes to in a sentence. */
import { IDENTITY_KEYS } from '../../src/protocol/evaluationIdentity.ts';
import type { Score } from '../../src/protocol/events.ts';
import { benchmarksOf, evaluationName, scoresOf, type MeasuredEvaluation } from '../evaluations.ts';
import { metricName, scoreValue, type Words } from '../text.ts';
import type { BoardOrder, BoardRuns } from '../uiState.ts';
import { intervalText } from './figures.ts';

export interface BoardChoice {
  /** Empty for the first. */
  readonly benchmark: string;
  readonly score: string;
  readonly boardRuns: BoardRuns;
  readonly boardOrder: BoardOrder;
}

export interface BoardRow {
  readonly measured: MeasuredEvaluation;
  readonly score: Score;
}

export interface Board {
  readonly benchmarks: readonly string[];
  readonly benchmark: string;
  readonly scores: readonly string[];
  readonly score: string;
  readonly rows: readonly BoardRow[];
}

/** What was chosen, or the first of what there is. */
const chosenOf = (choices: readonly string[], chosen: string): string =>
  choices.includes(chosen) ? chosen : (choices[0] ?? '');

export function boardOf(measured: readonly MeasuredEvaluation[], choice: BoardChoice): Board {
  const shown = measured.filter(({ reference }) => choice.boardRuns === 'all' || reference.run === null);
  const benchmarks = benchmarksOf(shown);
  const benchmark = chosenOf(benchmarks, choice.benchmark);
  const scores = scoresOf(shown, benchmark);
  const score = chosenOf(scores, choice.score);
  const rows = shown
    .filter(({ evaluation }) => evaluation.benchmark === benchmark)
    .flatMap((one) =>
      one.evaluation.scores.filter(({ name }) => name === score).map((found) => ({ measured: one, score: found })),
    );
  return { benchmarks, benchmark, scores, score, rows: choice.boardOrder === 'best' ? bestFirst(rows) : rows };
}

const LESS_IS_BETTER = [
  'eval_loss',
  'wrong_steps',
  'completions/clipped_ratio',
  'looping',
  'unparsed',
  'unterminated',
  'given_up',
];
const MORE_IS_BETTER = ['accuracy', 'accuracy_finished', 'token_efficiency'];

/** 1 where more is better, -1 where less is, 0 where neither is said. */
export function direction(name: string): -1 | 0 | 1 {
  if (LESS_IS_BETTER.includes(name)) return -1;
  return MORE_IS_BETTER.includes(name) || /^(pass|maj)@/.test(name) ? 1 : 0;
}

/** Where neither is better, the largest first. */
function bestFirst(rows: readonly BoardRow[]): BoardRow[] {
  const sign = direction(rows[0]?.score.name ?? '') || 1;
  return [...rows].sort((a, b) => sign * (b.score.value - a.score.value));
}

/** The best row; null where there is no choice or no better. */
export const bestRow = (rows: readonly BoardRow[]): BoardRow | null =>
  rows.length > 1 && direction(rows[0]?.score.name ?? '') !== 0 ? (bestFirst(rows)[0] ?? null) : null;

/** The whole board in a sentence or two. */
export function boardSummary({ rows, score }: Board, words: Words): string {
  const { t } = words;
  const [first] = rows;
  if (first === undefined) return '';
  const name = metricName(t, score);
  const best = bestRow(rows);
  if (rows.length === 1)
    return t('{0}: {1} is {2}.', evaluationName(first.measured, words), name, valueText(first.score, words));
  if (best !== null) return [bestSummary(rows, best, name, words), unlikeNote(rows, words)].filter(Boolean).join(' ');
  const [most, least] = [bestFirst(rows)[0] ?? first, bestFirst(rows).at(-1) ?? first];
  return t(
    'Values of {0} lie between {1} ({2}) and {3} ({4}).',
    name,
    ...[least, most].flatMap((row) => plainParts(row, words)),
  );
}

function bestSummary(rows: readonly BoardRow[], best: BoardRow, name: string, words: Words): string {
  const { t } = words;
  const told = [name, evaluationName(best.measured, words), valueText(best.score, words)] as const;
  const close = rows.filter((row) => row !== best && overlaps(row.score, best.score)).length;
  return close === 0
    ? t('Best {0}: {1} with {2}. Its interval meets no other.', ...told)
    : t('Best {0}: {1} with {2}. Intervals that meet its own: {3}. Compare those problem by problem.', ...told, close);
}

/** What makes numbers side by side misleading. */
function unlikeNote(rows: readonly BoardRow[], { t }: Words): string {
  const keys = unlikeKeys(rows);
  if (keys.length > 0) return t('Not all were measured in the same way: they differ in {0}.', keys.join(', '));
  const sizes = new Set(rows.map(({ score: { n, k } }) => `${n} ${k}`));
  return sizes.size > 1 ? t('Not all were measured on as many problems (n) and samples (k).') : '';
}

/** What differs beside the model, as far as the evaluations tell what they were. */
function unlikeKeys(rows: readonly BoardRow[]): string[] {
  const known = rows.flatMap(({ measured }) => measured.evaluation.identity ?? []);
  return MEASURED_BY.filter((key) => new Set(known.map((identity) => identity[key])).size > 1);
}

const MEASURED_BY = IDENTITY_KEYS.filter((key) => key !== 'model');

function overlaps(one: Score, other: Score): boolean {
  const [a, b] = [one.interval, other.interval];
  return a === null || b === null || (a[0] <= b[1] && b[0] <= a[1]);
}

const plainParts = ({ score, measured }: BoardRow, words: Words): [string, string] => [
  scoreValue(words, score.value, score.unit),
  evaluationName(measured, words),
];

/** `97.0 % (94.8 – 98.3 %)`. */
function valueText({ value, unit, interval }: Score, words: Words): string {
  const told = scoreValue(words, value, unit);
  return interval ? `${told} (${intervalText(words, interval, unit)})` : told;
}
