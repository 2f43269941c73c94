/** Everything a glance needs: key figures, three small curves, what needs a person, the newest completion. */
import { displayLine } from '../../src/protocol/displayText.ts';
import type { Completion } from '../../src/protocol/events.ts';
import { Chart } from '../charts/chart.ts';
import { element, setAttributes, setChildren, setLine, setShown, setText } from '../dom.ts';
import { setIcon } from '../icons.ts';
import type { Model } from '../model.ts';
import type { Stage, Tab, View } from '../stage.ts';
import { verdictText, type Words } from '../text.ts';
import { linkButton } from '../toolkit.ts';
import { actionName } from './actions.ts';
import { alarmsOf, type Alarm } from './alarms.ts';
import { figuresOf, type Figure, type Trend } from './figures.ts';
import { traceElements } from './sampleDetail.ts';
import { PreparationView } from './preparation.ts';
import { isTraining, lengthSpec, metricSpec, pairRewardsSpec, scoreNames, scoreSpec } from './specs.ts';
import { verdictSign } from './verdict.ts';

const CHART_HEIGHT = 180;
const HELD_OUT_LOSS = 'eval_loss';

export const overviewTab: Tab = {
  id: 'overview',
  title: ({ t }) => t('Overview'),
  open: (stage) => new Overview(stage),
};

class Overview implements View {
  readonly element: HTMLElement;
  readonly #stage: Stage;
  readonly #figures = element('dl', 'figures');
  readonly #alarms = element('section', 'alarms');
  readonly #latest = element('section', 'latest');
  readonly #curves: HTMLElement;
  readonly #preparation: PreparationView;
  readonly #charts: Readonly<Record<'loss' | 'reward' | 'pairs' | 'score' | 'heldOut' | 'length', Chart>>;
  #alarmsShown = '';
  #alarmTitles = '';

  constructor(stage: Stage) {
    const { t } = stage.words;
    this.#stage = stage;
    const chart = (title: string): Chart => new Chart(stage, { title, height: CHART_HEIGHT });
    const scores = { score: chart(t('accuracy')), heldOut: chart(t('held-out loss')) };
    const rewards = { reward: chart(t('reward')), pairs: chart(t('rewards of the pairs')) };
    this.#charts = { loss: chart(t('loss')), ...rewards, ...scores, length: chart(t('length')) };
    this.#curves = element('div', 'charts small', ...Object.values(this.#charts).map((made) => made.element));
    setAttributes(this.#alarms, { 'aria-label': t('Alarms') });
    setAttributes(this.#latest, { 'aria-label': t('Latest completion') });
    this.#preparation = new PreparationView(stage);
    const parts = [this.#alarms, this.#figures, this.#curves, this.#latest, this.#preparation.element];
    this.element = element('div', 'view overview', ...parts);
  }

  draw(model: Model): void {
    const { words, ui } = this.#stage;
    this.#drawFigures(figuresOf(model.run, words));
    const isRl = model.run.recipe === 'grpo';
    setShown(this.#charts.loss.element, isTraining(model.run) && !isRl);
    setShown(this.#charts.reward.element, isRl);
    setShown(this.#charts.pairs.element, model.run.recipe === 'dpo');
    const isPreparation = model.run.recipe === 'prepare';
    setShown(this.#curves, model.run.recipe !== 'sample' && !isPreparation);
    setShown(this.#latest, !isPreparation);
    const hasRows = model.run.preparation.sources.length > 0 || isPreparation;
    setShown(this.#preparation.element, hasRows);
    if (hasRows) this.#preparation.draw(model);
    this.#drawAlarms(alarmsOf(model, words));
    this.#charts.loss.update(metricSpec(model, 'loss', words, Number(ui.smoothing)));
    this.#charts.reward.update(metricSpec(model, 'reward', words, Number(ui.smoothing)));
    this.#charts.pairs.update(pairRewardsSpec(model, words, Number(ui.smoothing)));
    this.#drawScores(model);
    this.#charts.length.update(lengthSpec(model, words));
    this.#drawLatest(model.run.completions[0]);
  }

  dispose(): void {
    for (const chart of Object.values(this.#charts)) chart.dispose();
  }

  /** The loss of held-out rows where it is measured, and accuracy but for runs that have only that loss. */
  #drawScores(model: Model): void {
    const { score, heldOut } = this.#charts;
    const names = scoreNames(model.run);
    const hasLoss = names.includes(HELD_OUT_LOSS);
    const first = names.find((name) => name !== HELD_OUT_LOSS);
    setShown(score.element, first !== undefined || !hasLoss);
    setShown(heldOut.element, hasLoss);
    score.update(scoreSpec(model, first ?? 'accuracy', this.#stage.words));
    heldOut.update(scoreSpec(model, HELD_OUT_LOSS, this.#stage.words));
  }

  #drawFigures(figures: readonly Figure[]): void {
    while (this.#figures.childElementCount < figures.length) this.#figures.append(figureElement());
    while (this.#figures.childElementCount > figures.length) this.#figures.lastElementChild?.remove();
    for (const [at, figure] of figures.entries()) {
      const node = this.#figures.children[at];
      if (node) fillFigure(node, figure, this.#stage.words);
    }
  }

  #drawAlarms(alarms: readonly Alarm[]): void {
    const [shown, titles] = [JSON.stringify(alarms), alarms.map(({ title }) => title).join('\n')];
    if (shown === this.#alarmsShown) return;
    const isNew = titles !== this.#alarmTitles;
    [this.#alarmsShown, this.#alarmTitles] = [shown, titles];
    const { t } = this.#stage.words;
    const quiet = element('p', 'note', t('Alarms: none'));
    setChildren(this.#alarms, alarms.length === 0 ? [quiet] : alarms.map((alarm) => alarmElement(alarm, this.#stage)));
    // Numbers change with every step; what is wrong is said once.
    if (isNew && alarms[0]) this.#stage.announce(alarms[0].title);
  }

  #drawLatest(completion: Completion | undefined): void {
    const { words } = this.#stage;
    if (this.#latest.dataset['id'] === (completion?.id ?? '')) return;
    this.#latest.dataset['id'] = completion?.id ?? '';
    const title = element('h2', '', words.t('Latest completion'));
    if (completion)
      this.#latest.replaceChildren(title, this.#completionLine(completion, words), ...shortTrace(completion, words));
    else
      this.#latest.replaceChildren(
        title,
        element('p', 'empty', words.t('Completions appear at the first look during training.')),
      );
  }

  #completionLine(completion: Completion, words: Words): HTMLElement {
    const { t, count } = words;
    const { id, prompt, answer, step, tokens } = completion;
    const said = answer === null ? prompt : `${prompt} ${answer}`;
    const line = element('div', 'latest-line', verdictSign(completion, words));
    line.append(
      element('code', 'latest-text', displayLine(said, 160)),
      element('span', 'note', verdictText(t, completion)),
    );
    line.append(element('span', 'note number', `${t('step {0}', count(step))} · ${t('{0} tok', count(tokens))}`));
    const open = linkButton(t('Open beside code'), () => this.#stage.post({ type: 'openCompletion', id }));
    line.append(open);
    return line;
  }
}

/** As much of the trace as a glance takes in; the whole is in the samples and beside the code. */
const shortTrace = (completion: Completion, words: Words): HTMLElement[] =>
  traceElements(completion, words, { characters: 600, lines: 8 });

function figureElement(): HTMLElement {
  const value = element('dd', 'figure-value', element('span', 'value'), element('span', 'trend'));
  return element('div', 'figure', element('dt'), value, element('dd', 'figure-note'));
}

function fillFigure(node: Element, { label, value, note, trend }: Figure, words: Words): void {
  const [name, number, sign, small] = ['dt', '.value', '.trend', '.figure-note'].map((part) =>
    node.querySelector(part),
  );
  if (!name || !number || !sign || !small) return;
  setLine(name, label);
  setText(number, value);
  setText(sign, trend === null ? '' : TREND_SIGNS[trend]);
  setAttributes(sign, {
    'aria-label': trend === null ? null : trendName(trend, words),
    role: trend === null ? null : 'img',
  });
  setText(small, note);
}

const TREND_SIGNS: Readonly<Record<Trend, string>> = { falling: '↓', rising: '↑', level: '→' };

function trendName(trend: Trend, { t }: Words): string {
  switch (trend) {
    case 'falling':
      return t('falling');
    case 'rising':
      return t('rising');
    case 'level':
      return t('level');
    default:
      return trend satisfies never;
  }
}

/** Names of settings stand between backticks. */
const withCode = (line: string): (string | HTMLElement)[] =>
  line.split('`').map((part, at) => (at % 2 === 1 ? element('code', '', part) : part));

function alarmElement({ severity, title, lines, actions }: Alarm, stage: Stage): HTMLElement {
  const sign = element('span', 'sign');
  setIcon(sign, severity === 'error' ? 'cross' : 'warning');
  const buttons = actions.map((action) =>
    linkButton(actionName(stage.words.t, action), () => stage.post({ type: 'act', action })),
  );
  const said = lines.map((line) => element('p', '', ...withCode(line)));
  const box = element('div', `alarm alarm-${severity}`, sign, element('strong', '', title), ...said);
  box.append(element('div', 'alarm-actions', ...buttons));
  return box;
}
