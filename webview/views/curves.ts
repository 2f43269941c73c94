/** Every metric as a curve over the steps. */
import { Chart } from '../charts/chart.ts';
import { element, setChildren, setShown, setText } from '../dom.ts';
import type { Model } from '../model.ts';
import type { Stage, Tab, View } from '../stage.ts';
import { metricName, type Say } from '../text.ts';
import { Choices, searchField } from '../toolkit.ts';
import { SMOOTHINGS, type Smoothing } from '../uiState.ts';
import { curveNames, metricSpec } from './specs.ts';

const CHART_HEIGHT = 200;
/** More pictures than this help nobody: the search finds the others. */
const CURVES_SHOWN = 48;

export const curvesTab: Tab = { id: 'curves', title: ({ t }) => t('Curves'), open: (stage) => new Curves(stage) };

class Curves implements View {
  readonly element: HTMLElement;
  readonly #stage: Stage;
  readonly #smoothing: Choices<Smoothing>;
  readonly #note = element('p', 'note');
  readonly #grid = element('div', 'charts');
  readonly #charts = new Map<string, Chart>();
  #names: readonly string[] = [];
  #foundFrom = '';

  constructor(stage: Stage) {
    const { t } = stage.words;
    this.#stage = stage;
    this.#smoothing = new Choices<Smoothing>(t('Smoothing'), (smoothing) => stage.choose({ smoothing }));
    const search = searchField(t('Find curves'), stage.ui.curveSearch, (curveSearch) => stage.choose({ curveSearch }));
    const tools = element('div', 'tools', search, this.#smoothing.element);
    this.element = element('div', 'view curves', tools, this.#note, this.#grid);
  }

  draw(model: Model): void {
    const { words, ui } = this.#stage;
    this.#smoothing.show(
      ui.smoothing,
      SMOOTHINGS.map((value) => ({ value, label: smoothingName(words.t, value) })),
    );
    const names = this.#found(model);
    const shown = names.slice(0, CURVES_SHOWN);
    const note = names.length === 0 ? words.t('No curve has this in its name.') : this.#leftOut(names.length);
    setShown(this.#note, note !== '');
    setText(this.#note, note);
    this.#keepOnly(shown);
    for (const name of shown) this.#chart(name).update(metricSpec(model, name, words, Number(ui.smoothing)));
    setChildren(
      this.#grid,
      shown.map((name) => this.#chart(name).element),
    );
  }

  dispose(): void {
    this.#keepOnly([]);
  }

  /** Looked for again only when there are other curves or other wishes: a file may name ten thousand. */
  #found({ run, revision }: Model): readonly string[] {
    const wanted = this.#stage.ui.curveSearch.toLowerCase();
    const { t } = this.#stage.words;
    const foundFrom = `${revision} ${Object.keys(run.series).length} ${wanted}`;
    if (foundFrom === this.#foundFrom) return this.#names;
    this.#foundFrom = foundFrom;
    this.#names = curveNames(run).filter((name) => `${name} ${metricName(t, name)}`.toLowerCase().includes(wanted));
    return this.#names;
  }

  #leftOut(count: number): string {
    const { t, count: told } = this.#stage.words;
    return count > CURVES_SHOWN
      ? t('The first {0} of {1} curves; search to see the others.', CURVES_SHOWN, told(count))
      : '';
  }

  #chart(name: string): Chart {
    const known = this.#charts.get(name);
    if (known) return known;
    const made = new Chart(this.#stage, { title: metricName(this.#stage.words.t, name), name, height: CHART_HEIGHT });
    this.#charts.set(name, made);
    return made;
  }

  #keepOnly(names: readonly string[]): void {
    const kept = new Set(names);
    for (const [name, chart] of this.#charts) {
      if (kept.has(name)) continue;
      chart.dispose();
      this.#charts.delete(name);
    }
  }
}

function smoothingName(t: Say, smoothing: Smoothing): string {
  switch (smoothing) {
    case '0':
      return t('off');
    case '0.6':
      return t('light');
    case '0.9':
      return t('medium');
    case '0.97':
      return t('strong');
    default:
      return smoothing satisfies never;
  }
}
