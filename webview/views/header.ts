/** The head of every tab: which run, how it stands, how far it is, and what may be done. */
import { displayLine } from '../../src/protocol/displayText.ts';
import { stageText } from '../../src/protocol/preparationText.ts';
import { progress, secondsLeft, type RunState } from '../../src/protocol/state.ts';
import { element, setAttributes, setChildren, setLine, setShown, setText } from '../dom.ts';
import { setIcon, type IconName } from '../icons.ts';
import type { Model } from '../model.ts';
import type { Stage, View } from '../stage.ts';
import { actionsOf, standingOf, type Standing } from '../standing.ts';
import { phaseName, standingName, type Words } from '../text.ts';
import { linkButton } from '../toolkit.ts';
import { actionButtons, type ActionButtons } from './actions.ts';

export class Header implements View {
  readonly element: HTMLElement;
  readonly #stage: Stage;
  readonly #buttons: ActionButtons;
  readonly #name = element('h1', 'run-name');
  readonly #sign = element('span', 'sign');
  readonly #state = element('span', 'state-word');
  readonly #stateBox = element('span', 'state', this.#sign, this.#state);
  readonly #step = element('span', 'number');
  readonly #percent = element('span', 'number');
  readonly #left = element('span', 'number strong');
  readonly #actions = element('div', 'actions');
  readonly #device = element('span', 'device');
  readonly #why: HTMLButtonElement;
  readonly #reason = element('p', 'reason');
  readonly #speed = element('span', 'number speed');
  readonly #fill = element('div', 'bar-fill');
  readonly #bar = element('div', 'bar', this.#fill);

  constructor(stage: Stage) {
    const { t } = stage.words;
    this.#stage = stage;
    this.#buttons = actionButtons(stage);
    this.#why = linkButton(t('why?'), () => this.#toggleReason());
    setAttributes(this.#why, { 'aria-expanded': 'false', 'aria-controls': 'reason' });
    this.#reason.id = 'reason';
    this.#reason.hidden = true;
    setAttributes(this.#bar, {
      role: 'progressbar',
      'aria-label': t('Progress'),
      'aria-valuemin': '0',
      'aria-valuemax': '100',
    });
    const facts = element('div', 'facts', this.#stateBox, this.#step, this.#percent, this.#left);
    const first = element('div', 'head-line', this.#name, facts, this.#actions);
    const second = element('div', 'head-line second', this.#device, this.#why, this.#speed);
    this.element = element('header', 'head', first, second, this.#reason, this.#bar);
  }

  draw({ run, health }: Model): void {
    const { words } = this.#stage;
    const standing = standingOf(run, health);
    setLine(this.#name, run.recipe ? `${run.recipe} · ${run.name}` : run.name || words.t('Run'), 120);
    this.#name.title = displayLine(run.name, 200);
    setIcon(this.#sign, signOf(standing));
    setAttributes(this.#stateBox, { class: `state state-${standing}` });
    setLine(this.#state, stateWords(run, standing, words));
    setText(this.#step, stepWords(run, words));
    setText(
      this.#percent,
      run.totalSteps > 0 || run.evaluating || run.recipe === 'prepare' ? words.wholePercent(progress(run)) : '',
    );
    setText(this.#left, timeWords(run, standing, words));
    setChildren(this.#actions, this.#buttons.of(actionsOf(standing, run), standing));
    this.#drawDevice(run, standing, words);
    this.#drawBar(run, standing, words);
  }

  dispose(): void {
    this.#buttons.dispose();
  }

  #toggleReason(): void {
    const isOpen = this.#reason.hidden !== false;
    setShown(this.#reason, isOpen);
    setAttributes(this.#why, { 'aria-expanded': String(isOpen) });
  }

  #drawDevice(run: RunState, standing: Standing, words: Words): void {
    const { executor, runtime } = run;
    setShown(this.#why, executor !== null);
    setShown(this.#device, run.recipe !== 'prepare');
    setLine(
      this.#device,
      executor ? deviceWords(run, words) : words.t('The device is chosen when the run starts.'),
      300,
    );
    if (executor) this.#device.title = displayLine(words.tell(executor.reason, executor.reasonSaid), 500);
    setLine(this.#reason, executor ? reasonWords(executor, runtime, words) : '', 1000);
    setText(this.#speed, speedWords(run, standing, words));
  }

  #drawBar(run: RunState, standing: Standing, words: Words): void {
    const share = progress(run);
    this.#fill.style.transform = `scaleX(${share.toFixed(4)})`;
    const left = timeWords(run, standing, words);
    setAttributes(this.#bar, {
      class: `bar bar-${standing}`,
      'aria-valuenow': String(Math.floor(share * 100)),
      'aria-valuetext': [words.wholePercent(share), standingName(words.t, standing), left].filter(Boolean).join(', '),
    });
  }
}

function signOf(standing: Standing): IconName {
  switch (standing) {
    case 'starting':
    case 'queued':
      return 'waiting';
    case 'running':
      return 'running';
    case 'paused':
      return 'pause';
    case 'finished':
      return 'check';
    case 'stopped':
      return 'stop';
    case 'failed':
      return 'cross';
    case 'lost':
    case 'notResponding':
      return 'warning';
    default:
      return standing satisfies never;
  }
}

/** While running, the phase says more than `running`. */
function stateWords(run: RunState, standing: Standing, { t, count }: Words): string {
  if (standing === 'queued' && run.queuedBehind) return t('waiting for the device, behind {0}', run.queuedBehind);
  if (standing !== 'running') return standingName(t, standing);
  const { progress: under } = run.preparation;
  const phase = under === null ? phaseName(t, run.phase) : t(stageText(under.stage));
  if (run.evaluating) return t('{0} {1} of {2}', phase, count(run.evaluating.done), count(run.evaluating.total));
  return run.phaseDetail ? `${phase}: ${run.phaseDetail}` : phase;
}

function stepWords({ step, totalSteps }: RunState, { t, count }: Words): string {
  return totalSteps > 0 ? t('step {0} / {1}', count(step), count(totalSteps)) : '';
}

function timeWords(run: RunState, standing: Standing, { t, duration }: Words): string {
  const left = standing === 'running' ? secondsLeft(run) : null;
  if (left !== null) return t('{0} left', duration(left));
  const hasEnded = standing === 'finished' || standing === 'stopped' || standing === 'failed';
  return hasEnded && run.workedMs > 0 ? t('took {0}', duration(run.workedMs / 1000)) : '';
}

function deviceWords({ executor, parameters }: RunState, { t, tell, count }: Words): string {
  if (!executor) return '';
  const { provider, version, precision, threads, reason, reasonSaid } = executor;
  const size = parameters > 0 ? [t('{0} parameters', count(parameters))] : [];
  const computes = [provider, version, precision, threads === 1 ? t('1 thread') : t('{0} threads', threads), ...size];
  return `${computes.join(' · ')} — ${tell(reason, reasonSaid)}`;
}

function reasonWords(
  executor: NonNullable<RunState['executor']>,
  runtime: RunState['runtime'],
  { t, tell }: Words,
): string {
  const where = t('Executor {0} on {1}.', executor.executor, executor.adapter);
  const by = runtime?.version
    ? ` ${t('The trainer runs on {0}, found by: {1}.', runtime.version, foundBy(t, runtime.foundBy))}`
    : '';
  return `${tell(executor.reason, executor.reasonSaid)} ${where}${by}`;
}

function foundBy(t: Words['t'], by: NonNullable<RunState['runtime']>['foundBy']): string {
  switch (by) {
    case 'setting':
      return t('setting');
    case 'path':
      return t('search path');
    case 'editor':
      return t('the editor itself');
    case 'cli':
      return t('command line');
    default:
      return by satisfies never;
  }
}

/** Mean over the newest steps: a single one jumps too much to be read. */
function speedWords({ series }: RunState, standing: Standing, { t, count }: Words): string {
  const newest = (series['tokens_per_second']?.values ?? []).slice(-20).filter((value) => value !== null);
  if (newest.length === 0 || (standing !== 'running' && standing !== 'finished')) return '';
  return t('{0} tok/s', count(newest.reduce((sum, value) => sum + value, 0) / newest.length));
}
