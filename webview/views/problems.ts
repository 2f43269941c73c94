/** The problems of an evaluation, each with all its completions: filter, search, order, and the chosen one beside the list. */
import { PROMPT_SENT, type EvaluationFile } from '../../src/protocol/panel.ts';
import { element, setAttributes, setLine, setQuoted, setShown, setText } from '../dom.ts';
import { Memo } from '../memo.ts';
import type { Model, ProblemFile } from '../model.ts';
import type { Stage, View } from '../stage.ts';
import type { Say } from '../text.ts';
import { Choices, searchField, Segments } from '../toolkit.ts';
import { PROBLEM_FILTERS, PROBLEM_ORDERS, type ProblemFilter, type ProblemOrder } from '../uiState.ts';
import { answerTable } from './answerTable.ts';
import { EvaluationPicker } from './evaluationPicker.ts';
import { fillProblemRow, PROBLEM_ROW_HEIGHT } from './problemRow.ts';
import { listedProblems, passesProblem, problemRows, type ProblemRow } from './problemRows.ts';
import { VirtualList } from './virtualList.ts';

export class ProblemsView implements View {
  readonly element: HTMLElement;
  readonly #stage: Stage;
  readonly #picker: EvaluationPicker;
  readonly #filter: Segments<ProblemFilter>;
  readonly #order: Choices<ProblemOrder>;
  readonly #note = element('p', 'note');
  readonly #list: VirtualList<ProblemRow>;
  readonly #detail = element('article', 'detail');
  readonly #split: HTMLElement;
  readonly #all = new Memo<readonly ProblemRow[]>();
  readonly #rows = new Memo<readonly ProblemRow[]>();
  #of: EvaluationFile | null = null;
  #shown: ProblemRow | null = null;

  constructor(stage: Stage) {
    const { t } = stage.words;
    this.#stage = stage;
    this.#picker = new EvaluationPicker(stage);
    const filters = PROBLEM_FILTERS.map((value) => ({ value, label: filterName(t, value) }));
    this.#filter = new Segments(t('Show'), filters, (problemFilter) => stage.choose({ problemFilter }));
    this.#order = new Choices<ProblemOrder>(t('Sort'), (problemOrder) => stage.choose({ problemOrder }));
    const search = searchField(t('Find in problems and answers'), stage.ui.problemSearch, (problemSearch) =>
      stage.choose({ problemSearch }),
    );
    this.#list = new VirtualList(this.#listLook(), 'problem');
    setAttributes(this.#detail, { tabindex: '0', role: 'region', 'aria-label': t('Chosen problem') });
    this.#split = element('div', 'split', this.#list.element, this.#detail);
    const tools = element('div', 'tools', this.#picker.element, this.#filter.element, search, this.#order.element);
    this.element = element('div', 'page filled', tools, this.#note, this.#split);
  }

  draw(model: Model): void {
    const { ui } = this.#stage;
    const { of, read, note } = this.#picker.draw(model);
    this.#of = of;
    const all = this.#all.of([read], () => problemRows(read?.problems ?? []));
    const { problemFilter, problemSearch, problemOrder } = ui;
    const rows = this.#rows.of([all, problemFilter, problemSearch, problemOrder], () => listedProblems(all, ui));
    this.#drawTools(all);
    this.#drawNote(note || this.#emptyNote(read, rows));
    setShown(this.#split, rows.length > 0);
    const chosen = rows.find(({ place }) => String(place) === ui.problemChosen) ?? rows[0];
    this.#list.show(rows, chosen?.place ?? null);
    if (chosen && of) this.#drawDetail(chosen, of);
  }

  dispose(): void {
    this.#list.dispose();
  }

  #listLook(): ConstructorParameters<typeof VirtualList<ProblemRow>>[0] {
    const { words, choose } = this.#stage;
    return {
      label: words.t('Problems. Enter opens the first completion of the chosen one beside the code.'),
      rowHeight: PROBLEM_ROW_HEIGHT,
      keyOf: ({ place }) => place,
      fill: (node, row) => fillProblemRow(node, row, words),
      onChoose: ({ place }) => choose({ problemChosen: String(place) }),
      onOpen: (row) => this.#open(row),
    };
  }

  #open({ problem }: ProblemRow): void {
    const [first] = problem.answers;
    if (first && this.#of) this.#stage.post({ type: 'openAnswer', of: this.#of, id: first.id });
  }

  #drawTools(all: readonly ProblemRow[]): void {
    const { ui, words } = this.#stage;
    const { t, count } = words;
    const counts = (filter: ProblemFilter): number => all.filter((row) => passesProblem(row, filter)).length;
    this.#filter.show(ui.problemFilter, (value) => `${filterName(t, value)} ${count(counts(value))}`);
    this.#order.show(
      ui.problemOrder,
      PROBLEM_ORDERS.map((value) => ({ value, label: orderName(t, value) })),
    );
  }

  #drawNote(note: string): void {
    setShown(this.#note, note !== '');
    setText(this.#note, note);
  }

  #emptyNote(read: ProblemFile | null, rows: readonly ProblemRow[]): string {
    if (read === null || rows.length > 0) return '';
    const { t } = this.#stage.words;
    return read.problems.length === 0
      ? t('This evaluation kept no completions.')
      : t('No problem passes filter and search.');
  }

  #drawDetail(row: ProblemRow, of: EvaluationFile): void {
    if (row === this.#shown) return;
    this.#shown = row;
    this.#detail.scrollTop = 0;
    this.#detail.replaceChildren(...problemElements(row.problem, this.#stage), this.#answers(row, of));
  }

  #answers({ problem }: ProblemRow, of: EvaluationFile): HTMLElement {
    return answerTable(this.#stage.words.t('Completions of the problem'), of, problem.answers, this.#stage);
  }
}

/** What was asked, and what is right. */
export function problemElements(
  { prompt, gold }: Pick<ProblemRow['problem'], 'prompt' | 'gold'>,
  { words }: Stage,
): HTMLElement[] {
  const { t } = words;
  const asked = element('pre', 'prompt-text');
  setQuoted(asked, prompt.length > PROMPT_SENT ? `${prompt.slice(0, PROMPT_SENT)}…` : prompt);
  const right = element('dd', 'answer');
  setLine(right, gold ?? '–', 400);
  const pairs = element('dl', 'pairs', element('dt', '', t('Right answer')), right);
  return [element('h2', '', t('Prompt')), asked, pairs, element('h2', '', t('Completions'))];
}

function filterName(t: Say, filter: ProblemFilter): string {
  switch (filter) {
    case 'all':
      return t('All');
    case 'solved':
      return t('Always right');
    case 'mixed':
      return t('Sometimes right');
    case 'unsolved':
      return t('Never right');
    case 'truncated':
      return t('Truncated');
    default:
      return filter satisfies never;
  }
}

function orderName(t: Say, order: ProblemOrder): string {
  switch (order) {
    case 'measured':
      return t('as measured');
    case 'hardest':
      return t('hardest first');
    case 'longest':
      return t('longest first');
    default:
      return order satisfies never;
  }
}
