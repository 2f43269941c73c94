/** The tab Verdict of a ladder, live: the valley as a picture, what it means in words, what was ruled out, and what is done. */
import { displayLine } from '../../src/protocol/displayText.ts';
import { figureIn, saidOf, type Figure } from '../../src/protocol/figures/figure.ts';
import type { Ladder } from '../../src/protocol/ladder.ts';
import { accuracyFigure } from '../../src/protocol/report/accuracyFigure.ts';
import { CHECK_SIGNS, type ReportCheck } from '../../src/protocol/report/report.ts';
import {
  checksOf,
  rungTable,
  verdictSubtitle,
  verdictTitle,
  verdictWords,
} from '../../src/protocol/report/verdictWords.ts';
import type { Told } from '../../src/protocol/sentence.ts';
import type { LadderVerdict } from '../../src/protocol/verdict.ts';
import { element, setLine, setShown, setText } from '../dom.ts';
import { setIcon, type IconName } from '../icons.ts';
import type { Model } from '../model.ts';
import type { Stage, Tab, View } from '../stage.ts';
import { NumberTable } from '../table.ts';
import { button, Choices, toggleButton } from '../toolkit.ts';
import { actionName } from './actions.ts';
import { TrainingGrid } from './trainingGrid.ts';
import { figureElement, figurePng } from './verdictFigure.ts';

export const verdictTab: Tab = {
  id: 'verdict',
  title: ({ t }) => t('Verdict'),
  isFor: (recipe) => recipe === 'ladder',
  open: (stage) => new VerdictView(stage),
};

/** Longer than any sentence of a verdict. */
const SENTENCE = 800;

class VerdictView implements View {
  readonly element: HTMLElement;
  readonly #stage: Stage;
  readonly #choices: Choices<string>;
  readonly #title = element('h2', 'verdict-title');
  readonly #subtitle = element('p', 'note');
  readonly #picture = element('figure', 'verdict-picture');
  readonly #table: NumberTable;
  readonly #words = element('ul', 'verdict-words');
  readonly #next = element('ul', 'verdict-words');
  readonly #checks = element('ul', 'verdict-checks');
  readonly #judged: HTMLElement;
  readonly #empty: HTMLElement;
  readonly #grid: TrainingGrid;
  #shown: LadderVerdict | null = null;

  constructor(stage: Stage) {
    const { t } = stage.words;
    this.#stage = stage;
    this.#choices = new Choices<string>(t('Evaluation'), (judged) => stage.choose({ judged }));
    this.#table = new NumberTable(t('The rungs of the ladder'));
    this.#grid = new TrainingGrid(stage.words);
    this.#empty = element('p', 'empty', t('The verdict appears with the first model that is measured.'));
    setShown(this.#table.element, false);
    const toggle = toggleButton(t('Show as a table'), t('Hide the table'), (isOpen) =>
      setShown(this.#table.element, isOpen),
    );
    const tools = element('div', 'tools', ...this.#exports(), toggle);
    const heads = [t('What to try next'), t('What else would make a valley')].map((title) => element('h3', '', title));
    this.#judged = element('div', 'verdict-parts', this.#title, this.#subtitle, this.#picture, tools);
    this.#judged.append(this.#table.element, this.#words, heads[0] ?? '', this.#next, heads[1] ?? '', this.#checks);
    const trainings = element('section', 'verdict-trainings', element('h3', '', t('Trainings')), this.#grid.element);
    this.element = element('div', 'view verdict', this.#choices.element, this.#empty, this.#judged, trainings);
  }

  draw({ run }: Model): void {
    const { verdicts, ladder } = run;
    const { ui } = this.#stage;
    const verdict = verdicts.find(({ evaluation }) => evaluation === ui.judged) ?? verdicts[0] ?? null;
    setShown(this.#choices.element, verdicts.length > 1);
    this.#choices.show(
      verdict?.evaluation ?? '',
      verdicts.map(({ evaluation, benchmark }) => ({ value: evaluation, label: displayLine(benchmark, 60) })),
    );
    setShown(this.#empty, verdict === null);
    setShown(this.#judged, verdict !== null);
    if (ladder) this.#grid.draw(ladder, verdict?.evaluation ?? ladder.plan.evaluations[0]?.id ?? '');
    if (verdict && ladder && verdict !== this.#shown) this.#show(verdict, ladder);
  }

  dispose(): void {
    this.#shown = null;
  }

  #show(verdict: LadderVerdict, { plan }: Ladder): void {
    const { t } = this.#stage.words;
    this.#shown = verdict;
    const told = (sentence: Told): string => displayLine(saidOf(t, sentence), SENTENCE);
    const items = (all: readonly Told[]): HTMLElement[] => all.map((one) => element('li', '', told(one)));
    setLine(this.#title, told(verdictTitle(verdict.model)), SENTENCE);
    setText(this.#subtitle, told(verdictSubtitle(plan, verdict)));
    this.#picture.replaceChildren(figureElement(this.#figure(verdict)));
    this.#words.replaceChildren(...items(verdictWords(verdict)));
    this.#next.replaceChildren(...items(verdict.next.map(({ said }) => said)));
    this.#checks.replaceChildren(...checksOf(verdict).map((check) => this.#check(check, told)));
    const { header, rows } = rungTable(verdict);
    this.#table.show(
      header.map(told),
      rows.map((row) => row.map(told)),
      true,
    );
  }

  readonly #figure = (verdict: LadderVerdict): Figure => figureIn(this.#stage.words.t, accuracyFigure(verdict));

  #check({ name, holds, evidence }: ReportCheck<Told>, told: (sentence: Told) => string): HTMLElement {
    const sign = element('span', 'sign');
    setIcon(sign, CHECK_ICONS[holds]);
    const said = `${told(name)}: ${this.#stage.words.t(CHECK_SIGNS[holds].words)}.`;
    return element('li', `check check-${holds}`, sign, element('strong', '', said), ' ', told(evidence));
  }

  #exports(): HTMLElement[] {
    const { words, post } = this.#stage;
    const made = (label: string, onPress: (verdict: LadderVerdict) => void): HTMLElement =>
      button({ label, onPress: () => this.#shown && onPress(this.#shown) });
    return [
      made(words.t('Export {0}', 'SVG'), ({ evaluation }) => post({ type: 'exportFigure', evaluation, format: 'svg' })),
      made(words.t('Export {0}', 'PNG'), (verdict) => void this.#exportPng(verdict)),
      made(words.t('Export {0}', 'CSV'), ({ evaluation }) => post({ type: 'exportFigure', evaluation, format: 'csv' })),
      made(actionName(words.t, 'openReport'), () => post({ type: 'act', action: 'openReport' })),
    ];
  }

  async #exportPng(verdict: LadderVerdict): Promise<void> {
    const png = await figurePng(this.#figure(verdict));
    this.#stage.post({ type: 'exportPng', evaluation: verdict.evaluation, png });
  }
}

const CHECK_ICONS: Readonly<Record<ReportCheck['holds'], IconName>> = {
  no: 'check',
  yes: 'cross',
  unknown: 'question',
};
