/** Which rows of a file are learned and which are held out: by seed, problem by problem, so that no held-out prompt is ever trained on. */
import type { RowsDataConfig } from '../../config/schema.ts';
import type { LeftOutReason } from '../../protocol/preparation.ts';
import { said } from '../../protocol/sentence.ts';
import { heldOutChance } from '../rows/heldOutRows.ts';
import type { Question } from '../tasks/task.ts';
import type { Example } from './batch.ts';
import type { QuestionSet } from './problemSet.ts';
import type { RowsSource } from './rowsSource.ts';
import { RunFailure } from './runFailure.ts';
import type { ExampleSet } from './trainingData.ts';

/** The largest share of the problems of a file that is held out of training. */
export const MOST_HELD_OUT = 1 / 10;

export interface RowSet {
  readonly training: ExampleSet;
  /** One example of each held-out problem. */
  readonly heldOut: ExampleSet;
  /** The same as questions, those whose prompt leaves room for a completion, answered ones first. */
  readonly questions: QuestionSet;
  /** How many of them have a right answer. */
  readonly answered: number;
  /** Examples that are used, by number in the table. */
  readonly used: Uint32Array;
  /** Different problems among them. */
  readonly problems: number;
}

export interface RowSetOptions {
  readonly rows: Pick<RowsSource, 'table' | 'exampleAt' | 'textAt'>;
  /** Whether of each two examples of the table the second is what the first is preferred to: pairs go by the number of the first. */
  readonly isPaired?: boolean;
  readonly data: Pick<RowsDataConfig, 'path' | 'maxLength' | 'onLongExample'>;
  /** Longest sequence that the model reads. */
  readonly maxPositions: number;
  /** So many problems are held out, and no more than a tenth of them unless `holdsOutAll`. */
  readonly heldOut: number;
  readonly holdsOutAll?: boolean;
  readonly seed: number;
  /** Hears of each example that is not used. */
  readonly leaveOut: (reason: LeftOutReason, line: number) => void;
}

/** Throws RunFailure `badDataset` where nothing is left, and for a long example where the config wants none. */
export function rowSet(options: RowSetOptions): RowSet {
  const limit = longestOf(options);
  const used = usedRows(options, limit);
  const byProblem = firstOfEach(used, options.rows.table.problemKey);
  const held = heldOutKeys([...byProblem.keys()], options);
  const heldKeys = new Set(held);
  const training = used.filter((row) => !heldKeys.has(options.rows.table.problemKey(row)));
  const heldOut = held.flatMap((key) => byProblem.get(key) ?? []);
  if (heldOut.length === 0 || (training.length === 0 && !options.holdsOutAll)) throw tooFew(options, byProblem.size);
  return {
    training: examplesOf(training, options, limit),
    heldOut: examplesOf(Uint32Array.from(heldOut), options, limit),
    ...questionsOf(heldOut, options),
    used,
    problems: byProblem.size,
  };
}

/** Prompt and completion together, in tokens. */
export const longestOf = ({ data, maxPositions }: Pick<RowSetOptions, 'data' | 'maxPositions'>): number =>
  Math.min(data.maxLength ?? maxPositions, maxPositions);

function usedRows(options: RowSetOptions, limit: number): Uint32Array {
  const { rows, leaveOut, isPaired = false } = options;
  const { table } = rows;
  const step = isPaired ? 2 : 1;
  const all = Uint32Array.from({ length: table.count / step }, (_, number) => number * step);
  return all.filter((row) => {
    const refused = isPaired ? pairRefusal(row, options, limit) : rowRefusal(row, options, limit);
    if (refused !== null) leaveOut(refused, table.line(row));
    return refused === null;
  });
}

/** Of a pair both completions must be of use, and differ as far as they are read. */
function pairRefusal(row: number, options: RowSetOptions, limit: number): LeftOutReason | null {
  const refused = rowRefusal(row, options, limit) ?? rowRefusal(row + 1, options, limit);
  if (refused !== null) return refused;
  const [chosen, rejected] = [row, row + 1].map((one) => options.rows.exampleAt(one).tokens.subarray(0, limit));
  const isSame = chosen?.length === rejected?.length && chosen?.every((token, place) => token === rejected?.[place]);
  return isSame ? 'samePair' : null;
}

function rowRefusal(row: number, { rows, data }: RowSetOptions, limit: number): LeftOutReason | null {
  const { table } = rows;
  const isLong = table.tokens(row) > limit;
  if (isLong && data.onLongExample === 'stop') throw tooLong(data.path, table.line(row), table.tokens(row), limit);
  if (isLong && data.onLongExample === 'drop') return 'tooManyTokens';
  const learnsNothing = table.learned(row) === 0 || (isLong && !learnsWithin(rows.exampleAt(row).tokens, limit));
  return learnsNothing ? 'nothingLearned' : null;
}

const learnsWithin = (tokens: Int32Array, limit: number): boolean =>
  tokens.subarray(1, limit).some((token) => token < 0);

function firstOfEach(rows: Uint32Array, keyOf: (row: number) => number): ReadonlyMap<number, number> {
  const first = new Map<number, number>();
  for (const row of rows) if (!first.has(keyOf(row))) first.set(keyOf(row), row);
  return first;
}

type HoldingOut = Pick<RowSetOptions, 'heldOut' | 'holdsOutAll' | 'seed'>;

/** Which of these different problems are held out. */
export const heldOutKeys = (keys: readonly number[], options: HoldingOut): number[] =>
  heldOutOrder(keys, options.seed).slice(0, heldOutCount(options, keys.length));

/** By chance, the same for the same problems whatever else is in the file: the smaller of two counts is a part of the larger. */
function heldOutOrder(keys: readonly number[], seed: number): number[] {
  const chance = heldOutChance(seed);
  const drawn = keys.map((key) => ({ key, at: chance(key) }));
  return drawn.sort((a, b) => a.at - b.at || a.key - b.key).map(({ key }) => key);
}

function heldOutCount({ heldOut, holdsOutAll }: HoldingOut, problems: number): number {
  if (holdsOutAll) return Math.min(heldOut, problems);
  return problems < 2 ? 0 : Math.min(heldOut, Math.max(1, Math.floor(problems * MOST_HELD_OUT)));
}

function examplesOf(numbers: Uint32Array, { rows, isPaired }: RowSetOptions, limit: number): ExampleSet {
  const sequence = (row: number): Example => exampleOf(rows.exampleAt(row).tokens.subarray(0, limit));
  const at = (place: number): Example => {
    const row = numbers[place] ?? 0;
    return isPaired ? { ...sequence(row), rejected: sequence(row + 1) } : sequence(row);
  };
  return { size: numbers.length, at };
}

/** Learned tokens are kept as `~id`. */
const exampleOf = (kept: Int32Array): Example => ({
  tokens: kept.map((token) => (token < 0 ? ~token : token)),
  isLearned: (place) => (kept[place] ?? 0) < 0,
});

function questionsOf(
  heldOut: readonly number[],
  { rows, maxPositions }: RowSetOptions,
): Pick<RowSet, 'questions' | 'answered'> {
  const asked = heldOut
    .filter((row) => rows.table.promptLength(row) > 0 && rows.table.promptLength(row) < maxPositions)
    .map((row) => ({ row, hasAnswer: rows.textAt(row).answer !== null }));
  const order = [...asked.filter(({ hasAnswer }) => hasAnswer), ...asked.filter(({ hasAnswer }) => !hasAnswer)];
  const at = (place: number): Question => questionOf(order[place]?.row ?? 0, rows);
  return { questions: { size: order.length, at }, answered: asked.filter(({ hasAnswer }) => hasAnswer).length };
}

function questionOf(row: number, rows: RowSetOptions['rows']): Question {
  const { prompt, answer } = rows.textAt(row);
  const { tokens } = exampleOf(rows.exampleAt(row).tokens.subarray(0, rows.table.promptLength(row)));
  return { prompt, gold: answer, tokens: Array.from(tokens) };
}

export const tooFew = ({ data }: { readonly data: { readonly path: string } }, problems: number): RunFailure =>
  new RunFailure(
    'badDataset',
    said`${data.path} has ${problems} different problems that can be used: at least 2 are needed, one to learn and one to hold out.`,
    'Bring more rows, or look at what was left out and why: `data.maxLength`, `data.columns`.',
  );

const tooLong = (path: string, line: number, length: number, limit: number): RunFailure =>
  new RunFailure(
    'badDataset',
    said`${path}:${line}: the example has ${length} tokens; at most ${limit} are learned at once.`,
    'Raise `data.maxLength` as far as the model reads, or set `data.onLongExample` to "drop" or "truncate".',
  );
