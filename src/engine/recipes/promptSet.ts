/** Which problems of a file are asked and which are held out: each once, with an answer that the reward can verify. */
import type { PromptRowsConfig } from '../../config/schema.ts';
import type { LeftOutReason } from '../../protocol/preparation.ts';
import type { Question } from '../tasks/task.ts';
import type { QuestionSet } from './problemSet.ts';
import { heldOutKeys, tooFew } from './rowSet.ts';
import type { RowsSource } from './rowsSource.ts';

export interface PromptSet {
  readonly training: LevelledQuestions;
  /** Held-out problems. */
  readonly questions: QuestionSet;
  /** Problems that are used, by number in the table. */
  readonly used: Uint32Array;
  /** How many there are. */
  readonly problems: number;
  /** The longest of their prompts, in tokens. */
  readonly longest: number;
}

export interface LevelledQuestions extends QuestionSet {
  /** How hard the question at a place is; null where nobody tells. */
  level(place: number): string | null;
}

export interface PromptSetOptions {
  readonly rows: Pick<RowsSource, 'table' | 'exampleAt' | 'textAt'>;
  readonly data: Pick<PromptRowsConfig, 'path' | 'maxPromptLength'>;
  /** Longest sequence that the model reads. */
  readonly maxPositions: number;
  /** So many problems are held out, and no more than a tenth of them unless `holdsOutAll`. */
  readonly heldOut: number;
  readonly holdsOutAll?: boolean;
  readonly seed: number;
  readonly isVerifiable: (answer: string) => boolean;
  /** Hears of each row that is not used. */
  readonly leaveOut: (reason: LeftOutReason, line: number) => void;
}

/** Throws RunFailure `badDataset` where too little is left. */
export function promptSet(options: PromptSetOptions): PromptSet {
  const { rows } = options;
  const { numbers, levels } = usedProblems(options);
  const keys = numbers.map((row) => rows.table.problemKey(row));
  const held = new Set(heldOutKeys(keys, options));
  const places = keys.map((_, place) => place);
  const [heldOut, asked] = [true, false].map((isHeld) => places.filter((at) => held.has(keys[at] ?? 0) === isHeld));
  if (!heldOut || heldOut.length === 0 || !asked || (asked.length === 0 && !options.holdsOutAll))
    throw tooFew(options, numbers.length);
  const questionsOf = (chosen: readonly number[]): QuestionSet => ({
    size: chosen.length,
    at: (place) => questionOf(numbers[chosen[place] ?? 0] ?? 0, rows),
  });
  return {
    training: { ...questionsOf(asked), level: (place) => levels[asked[place] ?? 0] ?? null },
    questions: questionsOf(heldOut),
    used: Uint32Array.from(numbers),
    problems: numbers.length,
    longest: numbers.reduce((most, row) => Math.max(most, rows.table.promptLength(row)), 0),
  };
}

/** The longest prompt that leaves the model room for a token. */
export const longestPrompt = ({ data, maxPositions }: Pick<PromptSetOptions, 'data' | 'maxPositions'>): number =>
  Math.min(data.maxPromptLength ?? maxPositions, maxPositions - 1);

/** The first usable row of each problem, in the order of the file. */
function usedProblems(options: PromptSetOptions): {
  readonly numbers: readonly number[];
  readonly levels: readonly (string | null)[];
} {
  const { rows, leaveOut } = options;
  const [numbers, levels]: [number[], (string | null)[]] = [[], []];
  const seen = new Set<number>();
  const most = longestPrompt(options);
  for (let row = 0; row < rows.table.count; row++) {
    const key = rows.table.problemKey(row);
    if (seen.has(key)) continue;
    const { answer, level } = rows.textAt(row);
    const isLong = rows.table.promptLength(row) > most;
    const isUseless = rows.table.promptLength(row) === 0 || answer === null || !options.isVerifiable(answer);
    if (isLong || isUseless) {
      leaveOut(isLong ? 'tooManyTokens' : 'unverifiable', rows.table.line(row));
      continue;
    }
    seen.add(key);
    numbers.push(row);
    levels.push(level);
  }
  return { numbers, levels };
}

function questionOf(row: number, rows: PromptSetOptions['rows']): Question {
  const { prompt, answer, level } = rows.textAt(row);
  return {
    prompt,
    gold: answer,
    tokens: Array.from(rows.exampleAt(row).tokens),
    ...(level !== null && { level }),
  };
}
