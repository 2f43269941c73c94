/** Each score over the steps as a picture, and all of them with n, k and interval. */
import { displayLine } from '../../src/protocol/displayText.ts';
import type { RunState } from '../../src/protocol/state.ts';
import { Chart } from '../charts/chart.ts';
import { element, setChildren, setShown, setText } from '../dom.ts';
import type { Model } from '../model.ts';
import type { Stage, View } from '../stage.ts';
import { metricName, type Words } from '../text.ts';
import { Grid } from '../toolkit.ts';
import { scoreRows } from './scoreRows.ts';
import { isWorking, scoreNames, scoreSpec, waitingForEvaluation } from './specs.ts';

const CHART_HEIGHT = 200;

export class ScoreCurves implements View {
  readonly element: HTMLElement;
  readonly #stage: Stage;
  readonly #note = element('p', 'note');
  readonly #pictures = element('div', 'charts');
  readonly #grid: Grid;
  readonly #charts = new Map<string, Chart>();

  constructor(stage: Stage) {
    const { t } = stage.words;
    this.#stage = stage;
    this.#grid = new Grid(t('Scores'), [
      { key: 'step', title: t('step'), width: '72px' },
      { key: 'benchmark', title: t('benchmark'), width: 'minmax(120px, 2fr)' },
      { key: 'score', title: t('score'), width: 'minmax(96px, 1fr)' },
      { key: 'value', title: t('value'), width: '88px' },
      { key: 'interval', title: t('95 % interval'), width: '136px' },
      { key: 'n', title: t('n'), width: '64px' },
      { key: 'k', title: t('k'), width: '48px' },
    ]);
    const scroller = element('div', 'score-table', this.#grid.element);
    this.element = element('div', 'page', this.#note, this.#pictures, scroller);
  }

  draw(model: Model): void {
    const { words } = this.#stage;
    const rows = scoreRows(model.run, words);
    const names = scoreNames(model.run);
    const note = noteOf(model.run, words);
    setShown(this.#note, note !== '');
    setText(this.#note, note);
    setShown(this.#grid.element, rows.length > 0);
    this.#grid.show(rows);
    for (const name of names) this.#chart(name).update(scoreSpec(model, name, words));
    setChildren(
      this.#pictures,
      names.map((name) => this.#chart(name).element),
    );
  }

  dispose(): void {
    for (const chart of this.#charts.values()) chart.dispose();
  }

  #chart(name: string): Chart {
    const known = this.#charts.get(name);
    if (known) return known;
    const made = new Chart(this.#stage, { title: metricName(this.#stage.words.t, name), name, height: CHART_HEIGHT });
    this.#charts.set(name, made);
    return made;
  }
}

function noteOf(run: RunState, words: Words): string {
  const { t, count } = words;
  if (run.evaluating) {
    const { benchmark, step, done, total } = run.evaluating;
    return t(
      'Evaluating {0} at step {1}: {2} of {3} problems.',
      displayLine(benchmark, 80),
      count(step),
      count(done),
      count(total),
    );
  }
  if (run.evaluations.length === 0) return waitingForEvaluation(run, words);
  const next = isWorking(run) ? run.evaluationSteps.find((step) => step > run.step) : undefined;
  return next === undefined ? '' : t('Next evaluation after step {0}.', count(next));
}
