/** The key figures of a run, each from the newest place that knows it. Plain data: no document. */
import type { Score } from '../../src/protocol/events.ts';
import type { Evaluation, RunState } from '../../src/protocol/state.ts';
import { smooth } from '../charts/smooth.ts';
import { metricName, scoreValue, type Words } from '../text.ts';
import { preparationFigures } from './preparationRows.ts';
import { isTraining } from './specs.ts';

export type Trend = 'falling' | 'rising' | 'level';

export interface Figure {
  readonly label: string;
  /** A dash while nothing is known. */
  readonly value: string;
  /** Interval and number of problems, or what the value comes from. */
  readonly note: string;
  readonly trend: Trend | null;
}

const NONE = '–';

export function figuresOf(run: RunState, words: Words): Figure[] {
  const { t } = words;
  if (run.recipe === 'sample') return [];
  if (run.recipe === 'prepare') return preparationFigures(run, words);
  return [
    ...(isTraining(run) ? [smoothedFigure(run, words, run.recipe === 'grpo' ? 'reward' : 'loss')] : []),
    figure(run, words, { name: run.evaluations.length > 0 ? headlineName(run) : 'accuracy' }),
    ...(hasSecond(run, 'eval_loss') ? [figure(run, words, { name: 'eval_loss' })] : []),
    figure(run, words, { name: 'completions/mean_length', label: t('length'), unit: t('tok') }),
    figure(run, words, { name: 'completions/clipped_ratio' }),
    figure(run, words, { name: 'wrong_steps' }),
  ];
}

/** Whether it is measured beside the headline. */
const hasSecond = (run: RunState, name: string): boolean =>
  headlineName(run) !== name && newestScore(run.evaluations, name) !== null;

const headlineName = (run: RunState): string => run.evaluations.at(-1)?.scores[0]?.name ?? 'accuracy';

function smoothedFigure(run: RunState, words: Words, name: 'loss' | 'reward'): Figure {
  const series = run.series[name];
  const smoothed = smooth(series?.steps ?? [], series?.values ?? [], 0.9);
  const last = smoothed.findLast((value) => value !== null) ?? null;
  return {
    label: metricName(words.t, name),
    value: last === null ? NONE : words.metric(last),
    note: '',
    trend: trendOf(smoothed),
  };
}

/** Against the value of a tenth of the way ago: less than one per cent of change is level. */
export function trendOf(smoothed: readonly (number | null)[]): Trend | null {
  const finite = smoothed.filter((value) => value !== null);
  const [now, before] = [finite.at(-1), finite.at(-1 - Math.max(5, Math.floor(finite.length / 10)))];
  if (now === undefined || before === undefined) return null;
  if (Math.abs(now - before) <= 0.01 * Math.abs(before)) return 'level';
  return now < before ? 'falling' : 'rising';
}

interface Wanted {
  readonly name: string;
  readonly label?: string;
  readonly unit?: string;
}

/** The score of the newest evaluation, or the metric where that is newer. */
function figure(run: RunState, words: Words, { name, label, unit = '' }: Wanted): Figure {
  const found = newestScore(run.evaluations, name);
  const metric = newestMetric(run, name);
  const head = { label: label ?? metricName(words.t, name), trend: null };
  const suffix = unit && `\u00a0${unit}`;
  if (metric && metric.step > (found?.step ?? -1))
    return { ...head, value: metricText(words, name, metric.value) + suffix, note: words.t('in training') };
  if (!found) return { ...head, value: NONE, note: '' };
  return {
    ...head,
    value: scoreValue(words, found.score.value, found.score.unit) + suffix,
    note: trustNote(words, found.score),
  };
}

function newestScore(evaluations: readonly Evaluation[], name: string): { step: number; score: Score } | null {
  for (const { step, scores } of evaluations.toReversed()) {
    const score = scores.find((known) => known.name === name);
    if (score) return { step, score };
  }
  return null;
}

function newestMetric({ series }: RunState, name: string): { step: number; value: number } | null {
  if (!Object.hasOwn(series, name)) return null;
  const { steps, values } = series[name] ?? { steps: [], values: [] };
  const at = values.findLastIndex((value) => value !== null);
  const [step, value] = [steps[at], values[at]];
  return step === undefined || value === undefined || value === null ? null : { step, value };
}

const metricText = (words: Words, name: string, value: number): string =>
  name.endsWith('_ratio') ? words.percent(value) : words.decimal(value, 0);

/** What makes a score trustworthy: `±3.3 · n 400`, or the interval itself where it is lopsided. */
export function trustNote(words: Words, { value, interval, n, k, unit }: Score): string {
  const count = words.t('n {0}', words.count(n)) + (k > 1 ? ` · ${words.t('k {0}', words.count(k))}` : '');
  if (!interval) return count;
  const [low, high] = interval;
  const isLopsided = Math.abs(high + low - 2 * value) > (high - low) / 4;
  const told = isLopsided ? intervalText(words, interval, unit) : `±${boundText(words, (high - low) / 2, unit)}`;
  return `${told} · ${count}`;
}

/** As many digits as the value itself has, without its unit. */
function boundText({ decimal, metric }: Words, bound: number, unit: Score['unit']): string {
  if (unit === 'count') return metric(bound);
  return unit === 'share' ? decimal(bound * 100, 1) : decimal(bound, unit === 'nats' ? 3 : 1);
}

/** `84.7 – 91.0 %`. */
export function intervalText(words: Words, [low, high]: readonly [number, number], unit: Score['unit']): string {
  const range = `${boundText(words, low, unit)}\u00a0–\u00a0${boundText(words, high, unit)}`;
  return unit === 'share' ? `${range}\u00a0%` : range;
}
