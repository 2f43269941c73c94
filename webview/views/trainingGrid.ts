/** The trainings of a ladder as a grid of kind and seed by size: what is done, under way, planned or failed. */
import { displayLine } from '../../src/protocol/displayText.ts';
import {
  trainingsOf,
  type CellState,
  type Ladder,
  type LadderStage,
  type TrainingProgress,
} from '../../src/protocol/ladder.ts';
import { element, setAttributes } from '../dom.ts';
import { setIcon, type IconName } from '../icons.ts';
import { NumberTable } from '../table.ts';
import type { Say, Words } from '../text.ts';

/** One training as its cell shows it. */
export interface GridCell {
  readonly state: CellState;
  /** Accuracy where it is measured, else the state in a word. */
  readonly text: string;
  /** All of it, for the pointer and for screen readers. */
  readonly said: string;
}

export interface GridRow {
  readonly name: string;
  /** As many as there are sizes; null where nothing is planned. */
  readonly cells: readonly (GridCell | null)[];
}

export interface TrainingRows {
  /** Ascending. */
  readonly sizes: readonly number[];
  readonly rows: readonly GridRow[];
}

const STAGES: readonly LadderStage[] = ['base', 'sft', 'short', 'grpo'];

/** `evaluation` is the id of the one whose accuracy is shown. */
export function trainingRows(ladder: Ladder, evaluation: string, words: Words): TrainingRows {
  const trainings = trainingsOf(ladder);
  const sizes = [...new Set(trainings.map(({ key }) => key.size))].sort((a, b) => a - b);
  const kinds = STAGES.flatMap((stage) => {
    const own = trainings.filter(({ key }) => key.stage === stage);
    const seeds = [...new Set(own.map(({ key }) => key.seed))].sort((a, b) => a - b);
    return seeds.map((seed) => ({ stage, seed, own: own.filter(({ key }) => key.seed === seed) }));
  });
  const rows = kinds.map(({ stage, seed, own }) => ({
    name: words.t('{0}, seed {1}', stageName(words.t, stage), seed),
    cells: sizes.map((size) => {
      const training = own.find(({ key }) => key.size === size);
      return training ? cellOf(training, evaluation, words) : null;
    }),
  }));
  return { sizes, rows };
}

function cellOf({ state, cells }: TrainingProgress, evaluation: string, words: Words): GridCell {
  const measured = cells.findLast(({ key, result }) => key.evaluation === evaluation && result !== null);
  const accuracy = measured?.result?.scores.find(({ name }) => name === 'accuracy');
  const name = stateName(words.t, state);
  const error = cells.find((cell) => cell.error !== null)?.error;
  const value = accuracy ? words.percent(accuracy.value) : name;
  const reason = error ? displayLine(words.tell(error.message, error.said), 300) : '';
  return { state, text: value, said: [name, accuracy ? value : '', reason].filter((part) => part !== '').join(', ') };
}

export class TrainingGrid {
  readonly element: HTMLElement;
  readonly #table: NumberTable;
  readonly #words: Words;
  #shown = '';

  constructor(words: Words) {
    this.#words = words;
    this.#table = new NumberTable(words.t('Trainings of the ladder'), 'trainings');
    this.element = this.#table.element;
  }

  draw(ladder: Ladder, evaluation: string): void {
    const made = trainingRows(ladder, evaluation, this.#words);
    const shown = JSON.stringify(made);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const { t, count } = this.#words;
    this.#table.show(
      [t('training examples'), ...made.sizes.map(count)],
      made.rows.map(({ name, cells }) => [name, ...cells.map((cell) => (cell ? cellElement(cell) : ''))]),
      true,
    );
  }
}

const SIGNS: Readonly<Record<CellState, IconName>> = {
  planned: 'waiting',
  running: 'running',
  finished: 'check',
  failed: 'cross',
};

function cellElement({ state, text, said }: GridCell): HTMLElement {
  const sign = element('span', 'sign');
  setIcon(sign, SIGNS[state]);
  setAttributes(sign, { role: 'img', 'aria-label': said });
  const made = element('span', `training training-${state}`, sign, text);
  made.title = said;
  return made;
}

function stateName(t: Say, state: CellState): string {
  switch (state) {
    case 'planned':
      return t('planned');
    case 'running':
      return t('running');
    case 'finished':
      return t('finished');
    case 'failed':
      return t('failed');
    default:
      return state satisfies never;
  }
}

function stageName(t: Say, stage: LadderStage): string {
  switch (stage) {
    case 'base':
      return t('untouched');
    case 'sft':
      return t('long traces');
    case 'short':
      return t('short traces');
    case 'grpo':
      return t('GRPO from');
    default:
      return stage satisfies never;
  }
}
