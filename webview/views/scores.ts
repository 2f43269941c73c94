/** What a model can do, measured: scoreboard, curves, problems one by one, two evaluations side by side, lengths. */
import { element, setChildren } from '../dom.ts';
import type { Model } from '../model.ts';
import type { Stage, Tab, View } from '../stage.ts';
import type { Say } from '../text.ts';
import { Segments } from '../toolkit.ts';
import { SCORE_PAGES, type ScorePage } from '../uiState.ts';
import { BoardView } from './board.ts';
import { FlipsView } from './flips.ts';
import { LengthsView } from './lengths.ts';
import { ProblemsView } from './problems.ts';
import { ScoreCurves } from './scoreCurves.ts';

export const scoresTab: Tab = { id: 'scores', title: ({ t }) => t('Scores'), open: (stage) => new Scores(stage) };

const OPENED: Readonly<Record<ScorePage, (stage: Stage) => View>> = {
  board: (stage) => new BoardView(stage),
  curves: (stage) => new ScoreCurves(stage),
  problems: (stage) => new ProblemsView(stage),
  flips: (stage) => new FlipsView(stage),
  lengths: (stage) => new LengthsView(stage),
};

class Scores implements View {
  readonly element: HTMLElement;
  readonly #stage: Stage;
  readonly #choice: Segments<ScorePage>;
  readonly #frame = element('div', 'page-frame');
  readonly #pages = new Map<ScorePage, View>();

  constructor(stage: Stage) {
    const { t } = stage.words;
    this.#stage = stage;
    this.#choice = new Segments<ScorePage>(
      t('Pages of the scores'),
      SCORE_PAGES.map((value) => ({ value, label: pageName(t, value) })),
      (scorePage) => stage.choose({ scorePage }),
    );
    const pages = element('div', 'tools', this.#choice.element);
    this.element = element('div', 'view scores', pages, this.#frame);
  }

  draw(model: Model): void {
    const { ui, words } = this.#stage;
    this.#choice.show(ui.scorePage, (value) => pageName(words.t, value));
    const page = this.#page(ui.scorePage);
    setChildren(this.#frame, [page.element]);
    page.draw(model);
  }

  dispose(): void {
    for (const page of this.#pages.values()) page.dispose();
  }

  /** Made when it is first looked at. */
  #page(id: ScorePage): View {
    const known = this.#pages.get(id);
    if (known) return known;
    const made = OPENED[id](this.#stage);
    this.#pages.set(id, made);
    return made;
  }
}

function pageName(t: Say, page: ScorePage): string {
  switch (page) {
    case 'board':
      return t('Scoreboard');
    case 'curves':
      return t('Over the steps');
    case 'problems':
      return t('Problems');
    case 'flips':
      return t('Compare');
    case 'lengths':
      return t('Length');
    default:
      return page satisfies never;
  }
}
