/** What `prepare` did: how many rows each step left as a picture, and all steps and subsets as tables. */
import { element, setAttributes, setChildren, setLine, setShown, setText } from '../dom.ts';
import type { Model } from '../model.ts';
import type { Stage, View } from '../stage.ts';
import { Grid } from '../toolkit.ts';
import { funnel, sourceLines, stageRows, subsetRows } from './preparationRows.ts';

export class PreparationView implements View {
  readonly element: HTMLElement;
  readonly #stage: Stage;
  readonly #sources = element('ul', 'sources');
  readonly #picture = element('div', 'funnel');
  readonly #steps: Grid;
  readonly #subsets: Grid;
  readonly #subsetBox: HTMLElement;

  constructor(stage: Stage) {
    const { t } = stage.words;
    this.#stage = stage;
    this.#steps = new Grid(t('Steps'), [
      { key: 'step', title: t('step'), width: 'minmax(120px, 1fr)' },
      { key: 'rowsIn', title: t('rows in'), width: '88px' },
      { key: 'leftOut', title: t('left out'), width: '88px' },
      { key: 'rowsOut', title: t('rows out'), width: '88px' },
      { key: 'median', title: t('median tok'), width: '88px' },
      { key: 'reasons', title: t('reasons'), width: 'minmax(200px, 3fr)' },
    ]);
    this.#subsets = new Grid(t('Subsets'), [
      { key: 'file', title: t('file'), width: 'minmax(120px, 1fr)' },
      { key: 'rows', title: t('rows'), width: '88px' },
      { key: 'problems', title: t('problems'), width: '104px' },
      { key: 'tokens', title: t('tokens'), width: '104px' },
      { key: 'median', title: t('median tok'), width: '88px' },
      { key: 'longest', title: t('longest'), width: '96px' },
      { key: 'long', title: t('long traces'), width: '88px' },
      { key: 'nested', title: t('holds the smaller one'), width: '136px' },
    ]);
    setAttributes(this.#picture, { role: 'img' });
    const subsets = element('div', 'preparation-table', this.#subsets.element);
    this.#subsetBox = element('section', '', element('h2', '', t('Subsets')), subsets);
    const steps = element('div', 'preparation-table', this.#steps.element);
    const title = element('h2', '', t('Steps'));
    this.element = element('section', 'preparation', this.#sources, title, this.#picture, steps, this.#subsetBox);
  }

  draw({ run }: Model): void {
    const { words } = this.#stage;
    const lines = sourceLines(run, words);
    while (this.#sources.childElementCount < lines.length) this.#sources.append(element('li'));
    while (this.#sources.childElementCount > lines.length) this.#sources.lastElementChild?.remove();
    lines.forEach((line, at) => setLine(this.#sources.children[at] ?? this.#sources, line, 600));
    this.#drawFunnel(funnel(run, words));
    this.#steps.show(stageRows(run, words));
    this.#subsets.show(subsetRows(run, words));
    setShown(this.#subsetBox, run.preparation.subsets.length > 0);
  }

  dispose(): void {
    this.#picture.replaceChildren();
  }

  #drawFunnel(bars: ReturnType<typeof funnel>): void {
    setAttributes(this.#picture, { 'aria-label': bars.map(({ label, rows }) => `${label}: ${rows}`).join(', ') });
    while (this.#picture.childElementCount < bars.length) this.#picture.append(barElement());
    if (this.#picture.childElementCount > bars.length) setChildren(this.#picture, bars.map(barElement));
    bars.forEach(({ label, rows, share }, at) => {
      const [name, track, count] = this.#picture.children[at]?.children ?? [];
      const fill = track?.firstElementChild;
      if (!name || !count || !(fill instanceof HTMLElement)) return;
      setText(name, label);
      setText(count, rows);
      fill.style.transform = `scaleX(${share.toFixed(4)})`;
    });
  }
}

const barElement = (): HTMLElement =>
  element(
    'div',
    'funnel-row',
    element('span', 'funnel-name'),
    element('span', 'funnel-track', element('span', 'funnel-fill')),
    element('span', 'number'),
  );
