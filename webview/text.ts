/** The words of the panel: sentences in the reader's language and names for what the protocol spells. */
import { displayLine } from '../src/protocol/displayText.ts';
import type { Completion, LogLevel, Phase, Score, Verdict } from '../src/protocol/events.ts';
import { translated, type Sentence } from '../src/protocol/sentence.ts';
import { translate, type Strings } from '../src/protocol/translate.ts';
import { formats, type Formats } from './format.ts';
import type { Standing } from './standing.ts';

/** Says an English sentence in the reader's language. */
export type Say = (sentence: string, ...args: readonly (string | number)[]) => string;

export interface Words extends Formats {
  readonly t: Say;
  /** What the trainer said, in the reader's language. */
  readonly tell: (message: string, template?: Sentence) => string;
}

export const words = (locale: string, strings: Strings): Words => ({
  ...formats(locale),
  t: (sentence, ...args) => translate(strings, sentence, ...args),
  tell: (message, template) => translated(strings, message, template),
});

export function standingName(t: Say, standing: Standing): string {
  switch (standing) {
    case 'starting':
      return t('starting');
    case 'queued':
      return t('waiting for the device');
    case 'running':
      return t('running');
    case 'paused':
      return t('paused');
    case 'finished':
      return t('finished');
    case 'stopped':
      return t('stopped');
    case 'failed':
      return t('failed');
    case 'lost':
      return t('lost');
    case 'notResponding':
      return t('not responding');
    default:
      return standing satisfies never;
  }
}

export function phaseName(t: Say, phase: Phase): string {
  switch (phase) {
    case 'preparing':
      return t('preparing');
    case 'compiling':
      return t('compiling');
    case 'training':
      return t('training');
    case 'sampling':
      return t('sampling');
    case 'evaluating':
      return t('evaluating');
    case 'saving':
      return t('saving');
    case 'paused':
      return t('paused');
    default:
      return phase satisfies never;
  }
}

export function verdictName(t: Say, verdict: Verdict): string {
  switch (verdict) {
    case 'correct':
      return t('right');
    case 'wrong':
      return t('wrong');
    case 'unparsed':
      return t('no answer found');
    case 'ungraded':
      return t('not graded');
    default:
      return verdict satisfies never;
  }
}

export function levelName(t: Say, level: LogLevel): string {
  switch (level) {
    case 'info':
      return t('info');
    case 'warning':
      return t('warning');
    case 'error':
      return t('error');
    default:
      return level satisfies never;
  }
}

/** A metric or score by its name in TRL's spelling; an unknown one is shown as it is spelled. */
export function metricName(t: Say, name: string): string {
  switch (name) {
    case 'loss':
      return t('loss');
    case 'learning_rate':
      return t('learning rate');
    case 'grad_norm':
      return t('gradient norm');
    case 'tokens_per_second':
      return t('tokens per second');
    case 'loss_scale':
      return t('loss scale');
    case 'skipped_steps':
      return t('skipped steps');
    case 'completions/mean_length':
      return t('mean length');
    case 'completions/clipped_ratio':
      return t('truncated');
    case 'reward':
      return t('reward');
    case 'reward_std':
      return t('spread of the reward');
    case 'frac_reward_zero_std':
      return t('groups rewarded alike');
    case 'entropy':
      return t('entropy');
    case 'kl':
      return t('KL divergence');
    case 'clip_ratio/low_mean':
      return t('clipped below');
    case 'clip_ratio/high_mean':
      return t('clipped above');
    case 'logp_difference':
      return t('change of log-probability');
    case 'rewards/chosen':
      return t('reward of chosen');
    case 'rewards/rejected':
      return t('reward of rejected');
    case 'rewards/accuracies':
      return t('pairs told right');
    case 'rewards/margins':
      return t('margin of reward');
    case 'logps/chosen':
      return t('log-probability of chosen');
    case 'logps/rejected':
      return t('log-probability of rejected');
    case 'eval_rewards/accuracies':
      return t('held-out pairs told right');
    case 'eval_rewards/margins':
      return t('held-out margin of reward');
    case 'accuracy':
      return t('accuracy');
    case 'wrong_steps':
      return t('wrong steps');
    case 'eval_loss':
      return t('held-out loss');
    case 'token_efficiency':
      return t('right answers per 1,000 tokens');
    case 'looping':
      return t('looping');
    case 'unparsed':
      return t('without an answer');
    case 'unterminated':
      return t('chain of thought without an end');
    case 'given_up':
      return t('grading given up');
    case 'accuracy_finished':
      return t('accuracy of finished answers');
    default:
      return bestOfName(t, name) ?? displayLine(name, 80);
  }
}

/** `pass@8`, `maj@8`. */
function bestOfName(t: Say, name: string): string | null {
  const [, kind, k = ''] = /^(pass|maj)@(\d{1,6})$/.exec(name) ?? [];
  if (kind === undefined) return null;
  return kind === 'pass' ? t('pass@{0} (right at least once)', k) : t('maj@{0} (majority vote)', k);
}

/** A part of a reward by its name in the config. */
export function rewardName(t: Say, name: string): string {
  switch (name) {
    case 'correct':
      return t('right answer');
    case 'format':
      return t('form');
    case 'cosine':
    case 'overlong':
      return t('length ({0})', name);
    case 'repetition':
      return t('repetition');
    default:
      return displayLine(name, 40);
  }
}

/** A metric whose values are shares of 0..1 and are shown in per cent. */
export const isShare = (name: string): boolean =>
  name.endsWith('_ratio') ||
  name.startsWith('clip_ratio/') ||
  name.endsWith('rewards/accuracies') ||
  ['accuracy', 'wrong_steps', 'frac_reward_zero_std'].includes(name);

/** The value of a score in its unit. */
export function scoreValue(form: Formats, value: number, unit: Score['unit']): string {
  switch (unit) {
    case 'share':
      return form.percent(value);
    case 'tokens':
      return form.decimal(value, 1);
    case 'count':
      return form.metric(value);
    case 'nats':
      return form.decimal(value, 3);
    default:
      return unit satisfies never;
  }
}

/** How a completion ended and was judged, in a word. */
export const verdictText = (t: Say, { verdict, finishReason }: Pick<Completion, 'verdict' | 'finishReason'>): string =>
  finishReason === 'length' ? `${verdictName(t, verdict)}, ${t('truncated')}` : verdictName(t, verdict);

/** `+0.35`: with its sign also where it is above 0. */
export const signedText = (value: number, decimal: Words['decimal']): string =>
  `${value > 0 ? '+' : ''}${decimal(value, 2)}`;
