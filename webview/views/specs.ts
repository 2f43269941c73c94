/** What the charts show, computed from the run: metrics, scores with their intervals, lengths by verdict. */
import { displayLine } from '../../src/protocol/displayText.ts';
import { isTrainingRecipe, type Score } from '../../src/protocol/events.ts';
import { secondsLeft, usualStepMs, type RunState, type Series } from '../../src/protocol/state.ts';
import type { ChartLine, ChartSpec } from '../charts/chartSpec.ts';
import type { Model } from '../model.ts';
import { isShare, metricName, scoreValue, type Words } from '../text.ts';

const FIRST = [
  'loss',
  'learning_rate',
  'grad_norm',
  'tokens_per_second',
  'completions/mean_length',
  'completions/clipped_ratio',
];

/** What reinforcement learning is watched by, most important first. */
const FIRST_OF_RL = [
  'reward',
  'completions/mean_length',
  'completions/clipped_ratio',
  'entropy',
  'frac_reward_zero_std',
  'grad_norm',
];

/** What learning from preferences is watched by, most important first. */
const FIRST_OF_PREFERENCES = [
  'loss',
  'rewards/margins',
  'rewards/accuracies',
  'rewards/chosen',
  'rewards/rejected',
  'logps/chosen',
  'logps/rejected',
  'grad_norm',
];

const NO_SERIES: Series = { steps: [], values: [] };

/** Names of the curves: those that every run of the recipe has, then all others by name. */
export function curveNames(run: RunState): string[] {
  const first = firstOf(run.recipe);
  const others = Object.keys(run.series).filter((name) => !first.includes(name));
  return [...first, ...others.sort()];
}

function firstOf(recipe: RunState['recipe']): readonly string[] {
  if (recipe === 'dpo') return FIRST_OF_PREFERENCES;
  return recipe === 'grpo' ? FIRST_OF_RL : FIRST;
}

export function metricSpec({ run, revision }: Model, name: string, words: Words, smoothing: number): ChartSpec {
  const series = (Object.hasOwn(run.series, name) ? run.series[name] : null) ?? NO_SERIES;
  return {
    revision,
    lines: [metricLine(name, metricName(words.t, name), series, smoothing)],
    format: isShare(name) ? words.percent : words.metric,
    formatAxis: isShare(name) ? words.shortPercent : words.metric,
    span: spanOf(run),
    includes: name === 'learning_rate' || name === 'completions/clipped_ratio' ? [0] : [],
    empty: waitingForMetric(run, name, words),
  };
}

const metricLine = (name: string, label: string, series: Series, smoothing: number): ChartLine => ({
  label,
  ...series,
  smoothing: isNoisy(name, series) ? smoothing : 0,
});

/** What chosen and rejected completions of the learned pairs are worth, side by side: both may fall while they part. */
export function pairRewardsSpec({ run, revision }: Model, words: Words, smoothing: number): ChartSpec {
  const { t } = words;
  const line = (name: string, label: string): ChartLine =>
    metricLine(name, label, run.series[name] ?? NO_SERIES, smoothing);
  return {
    revision,
    lines: [line('rewards/chosen', t('chosen')), line('rewards/rejected', t('rejected'))],
    format: words.metric,
    formatAxis: words.metric,
    span: spanOf(run),
    includes: [0],
    empty: waitingForMetric(run, 'rewards/chosen', words),
  };
}

/** From the start to where the run is. */
const spanOf = ({ step, evaluations }: RunState): readonly [number, number] => [
  0,
  Math.max(step, ...evaluations.map((evaluation) => evaluation.step)),
];

/** A schedule is no measurement, and a few points need no second line. */
const isNoisy = (name: string, { steps }: Series): boolean => !SCHEDULES.includes(name) && steps.length > 24;

const SCHEDULES: readonly string[] = ['learning_rate', 'epoch', 'num_tokens'];

function waitingForMetric(run: RunState, name: string, { t }: Words): string {
  if (!isWorking(run) || !isTraining(run)) return t('This run wrote no such values.');
  return name.startsWith('completions/') ? t('Appears with the first completions.') : t('Appears with the first step.');
}

/** One line per benchmark of a score over the steps, with its intervals. */
export function scoreSpec({ run, revision }: Model, name: string, words: Words): ChartSpec {
  const benchmarks = [...new Set(run.evaluations.map(({ benchmark }) => benchmark))];
  const lines = benchmarks.map((benchmark) => scoreLine(run, name, benchmark)).filter(({ steps }) => steps.length > 0);
  const unit = unitOf(run, name);
  return {
    revision,
    lines,
    format: (value) => scoreValue(words, value, unit),
    formatAxis: unit === 'share' ? words.shortPercent : words.metric,
    span: spanOf(run),
    includes: name === 'accuracy' || name === 'eval_rewards/accuracies' ? [0, 1] : [0],
    empty: waitingForEvaluation(run, words),
  };
}

function scoreLine(run: RunState, name: string, benchmark: string): ChartLine {
  const points = run.evaluations
    .filter((evaluation) => evaluation.benchmark === benchmark)
    .flatMap(({ step, scores }) => scores.filter((score) => score.name === name).map((score) => ({ step, score })))
    .sort((a, b) => a.step - b.step);
  return {
    label: displayLine(benchmark, 40),
    steps: points.map(({ step }) => step),
    values: points.map(({ score }) => score.value),
    intervals: points.map(({ score }) => score.interval),
    smoothing: 0,
  };
}

const unitOf = (run: RunState, name: string): Score['unit'] =>
  run.evaluations.flatMap(({ scores }) => scores).find((score) => score.name === name)?.unit ?? 'share';

/** Names of all scores, the headline first. */
export const scoreNames = (run: RunState): string[] => [
  ...new Set(run.evaluations.flatMap(({ scores }) => scores.map(({ name }) => name))),
];

/** Mean length of the sampled completions at each step, right and wrong apart; without any, the mean of all. */
export function lengthSpec(model: Model, words: Words): ChartSpec {
  const { run, revision } = model;
  // Of a rollout only some completions are shown, and not at random.
  if (run.recipe === 'grpo') return metricSpec(model, 'completions/mean_length', words, 0.6);
  const verdicts = [
    { label: words.t('right'), isRight: true },
    { label: words.t('wrong'), isRight: false },
  ];
  const lines = verdicts
    .map(({ label, isRight }) => ({ label, smoothing: 0, ...lengthsOf(run, isRight) }))
    .filter(({ steps }) => steps.length > 0);
  if (lines.length === 0) return metricSpec(model, 'completions/mean_length', words, 0.6);
  return {
    revision,
    lines,
    format: (value) => words.decimal(value, 0),
    formatAxis: words.metric,
    span: spanOf(run),
    includes: [0],
    empty: '',
  };
}

function lengthsOf(run: RunState, isRight: boolean): Series {
  const sums = new Map<number, { tokens: number; count: number }>();
  for (const { step, verdict, tokens } of run.completions) {
    if (verdict === 'ungraded' || (verdict === 'correct') !== isRight) continue;
    const sum = sums.get(step) ?? { tokens: 0, count: 0 };
    sums.set(step, { tokens: sum.tokens + tokens, count: sum.count + 1 });
  }
  const sorted = [...sums].sort(([a], [b]) => a - b);
  return { steps: sorted.map(([step]) => step), values: sorted.map(([, { tokens, count }]) => tokens / count) };
}

/** When the next evaluation comes: `First evaluation after step 250, in about 20 s.` */
export function waitingForEvaluation(run: RunState, { t, count, duration }: Words): string {
  const next = run.evaluationSteps.find((step) => step >= run.step);
  if (run.evaluating) return t('The first evaluation is under way.');
  if (run.status === 'starting' || run.status === 'queued') return t('Appears with the first evaluation.');
  if (!isWorking(run) || next === undefined) return t('No evaluation in this run.');
  if (next === 0) return t('First evaluation before the first step.');
  const seconds = secondsTo(run, next);
  return seconds === null
    ? t('First evaluation after step {0}.', count(next))
    : t('First evaluation after step {0}, in about {1}.', count(next), duration(seconds));
}

function secondsTo(run: RunState, step: number): number | null {
  return secondsLeft(run) === null ? null : ((step - run.step) * usualStepMs(run)) / 1000;
}

/** Whether the run learns, as far as is known. */
export const isTraining = ({ recipe }: RunState): boolean => recipe === null || isTrainingRecipe(recipe);

export const isWorking = ({ status }: RunState): boolean =>
  status === 'starting' || status === 'queued' || status === 'running' || status === 'paused';
