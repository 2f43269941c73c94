/** The scoreboard: dots with their intervals over the steps of this run and of others, each beside its numbers. */
import { displayLine } from '../../src/protocol/displayText.ts';
import { axisPicture, intervalPicture, scaleOf, type Scale } from '../charts/intervalPicture.ts';
import { element, setAttributes, setShown, setText } from '../dom.ts';
import { evaluationName, measuredEvaluations } from '../evaluations.ts';
import { Memo, Questions } from '../memo.ts';
import type { Model } from '../model.ts';
import { fileKey } from '../references.ts';
import type { Stage, View } from '../stage.ts';
import { NumberTable, type Cell } from '../table.ts';
import { metricName, scoreValue, type Say, type Words } from '../text.ts';
import { Choices, linkButton, Segments } from '../toolkit.ts';
import { BOARD_ORDERS, BOARD_RUNS, type BoardOrder, type BoardRuns } from '../uiState.ts';
import { bestRow, boardOf, boardSummary, type Board, type BoardRow } from './boardRows.ts';
import { intervalText } from './figures.ts';
import { waitingForEvaluation } from './specs.ts';

const ROWS_SHOWN = 200;

export class BoardView implements View {
  readonly element: HTMLElement;
  readonly #stage: Stage;
  readonly #benchmark: Choices<string>;
  readonly #score: Choices<string>;
  readonly #runs: Segments<BoardRuns>;
  readonly #order: Choices<BoardOrder>;
  readonly #summary = element('p', 'summary');
  readonly #note = element('p', 'note');
  readonly #table: NumberTable;
  readonly #board = new Memo<Board>();
  readonly #questions = new Questions();
  #drawn: Board | null = null;

  constructor(stage: Stage) {
    const { t } = stage.words;
    this.#stage = stage;
    this.#benchmark = new Choices<string>(t('Benchmark'), (benchmark) => stage.choose({ benchmark, score: '' }));
    this.#score = new Choices<string>(t('Score'), (score) => stage.choose({ score }));
    this.#order = new Choices<BoardOrder>(t('Sort'), (boardOrder) => stage.choose({ boardOrder }));
    this.#runs = new Segments<BoardRuns>(
      t('Runs'),
      BOARD_RUNS.map((value) => ({ value, label: runsName(t, value) })),
      (boardRuns) => stage.choose({ boardRuns }),
    );
    this.#table = new NumberTable(t('Scoreboard'), 'board');
    const choices = [this.#runs, this.#benchmark, this.#score, this.#order].map((choice) => choice.element);
    const tools = element('div', 'tools', ...choices);
    this.element = element('div', 'page', tools, this.#summary, this.#table.element, this.#note);
  }

  draw(model: Model): void {
    const { ui, words } = this.#stage;
    if (ui.boardRuns === 'all' && model.otherRuns === null)
      this.#questions.once(model.revision, 'scores', () => this.#stage.post({ type: 'loadScores' }));
    const { benchmark, score, boardRuns, boardOrder } = ui;
    const measured = [model.revision, model.run.evaluations.length, model.run.sampleFiles.length, model.otherRuns];
    const board = this.#board.of([...measured, benchmark, score, boardRuns, boardOrder], () =>
      boardOf(measuredEvaluations(model), ui),
    );
    this.#drawTools(board);
    setShown(this.#table.element, board.rows.length > 0);
    setText(this.#summary, boardSummary(board, words));
    setShown(this.#summary, board.rows.length > 0);
    this.#drawNote(noteOf(model, board, ui.boardRuns, words));
    if (board !== this.#drawn) this.#drawRows(board);
    this.#drawn = board;
  }

  dispose(): void {
    this.#table.show([], []);
  }

  #drawTools({ benchmarks, benchmark, scores, score }: Board): void {
    const { ui, words } = this.#stage;
    const { t } = words;
    setShown(this.#benchmark.element, benchmarks.length > 1);
    this.#benchmark.show(
      benchmark,
      benchmarks.map((value) => ({ value, label: displayLine(value, 60) })),
    );
    setShown(this.#score.element, scores.length > 1);
    this.#score.show(
      score,
      scores.map((value) => ({ value, label: metricName(t, value) })),
    );
    this.#runs.show(ui.boardRuns, (value) => runsName(t, value));
    this.#order.show(
      ui.boardOrder,
      BOARD_ORDERS.map((value) => ({ value, label: orderName(t, value) })),
    );
  }

  #drawNote(note: string): void {
    setShown(this.#note, note !== '');
    setText(this.#note, note);
  }

  #drawRows({ rows, score }: Board): void {
    const { words } = this.#stage;
    const { t } = words;
    const shown = rows.slice(0, ROWS_SHOWN);
    const unit = shown[0]?.score.unit ?? 'share';
    const scale = scaleOf(shown.map((row) => row.score));
    const axis = axisPicture(scale, unit === 'share' ? words.shortPercent : words.metric);
    const best = bestRow(rows);
    this.#table.show(
      [
        t('step'),
        element('span', '', element('span', 'voice', metricName(t, score)), axis),
        t('value'),
        t('95 % interval'),
        t('n'),
        t('k'),
      ],
      shown.map((row) => this.#cells(row, scale, row === best)),
      true,
    );
  }

  #cells({ measured, score }: BoardRow, scale: Scale, isBest: boolean): Cell[] {
    const { words } = this.#stage;
    const { value, interval, unit, n, k } = score;
    const marks = [measured.reference.run === null ? '' : 'is-other', isBest ? 'is-best' : ''].join(' ').trim();
    return [
      this.#nameCell({ measured, score }, isBest),
      intervalPicture(score, scale, marks),
      element('span', isBest ? 'strong' : '', scoreValue(words, value, unit)),
      interval ? intervalText(words, interval, unit) : '–',
      words.count(n),
      words.count(k),
    ];
  }

  /** Leads to the problems of the evaluation, where they are kept. */
  #nameCell({ measured }: BoardRow, isBest: boolean): HTMLElement {
    const { words, choose } = this.#stage;
    const name = evaluationName(measured, words);
    const { file } = measured;
    const shown =
      file === null
        ? element('span', '', name)
        : linkButton(name, () => choose({ scorePage: 'problems', evaluation: fileKey(file), problemChosen: '' }));
    if (file !== null) setAttributes(shown, { title: words.t('Show the problems') });
    return element('span', '', shown, ...(isBest ? [element('span', 'badge', words.t('best'))] : []));
  }
}

function noteOf(model: Model, { rows }: Board, runs: BoardRuns, words: Words): string {
  const { t, count } = words;
  if (runs === 'all' && model.otherRuns === null) return t('Looking for the evaluations of other runs …');
  if (rows.length > ROWS_SHOWN) return t('The first {0} of {1} rows', ROWS_SHOWN, count(rows.length));
  return rows.length === 0 ? waitingForEvaluation(model.run, words) : '';
}

function runsName(t: Say, runs: BoardRuns): string {
  switch (runs) {
    case 'this':
      return t('This run');
    case 'all':
      return t('All runs');
    default:
      return runs satisfies never;
  }
}

function orderName(t: Say, order: BoardOrder): string {
  switch (order) {
    case 'steps':
      return t('by step');
    case 'best':
      return t('best first');
    default:
      return order satisfies never;
  }
}
