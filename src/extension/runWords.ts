/** A run in words and signs: tree, status bar, notifications and pickers all say it the same way. */
import { displayLine, displayText } from '../protocol/displayText.ts';
import type { Score } from '../protocol/events.ts';
import { trainingsDone } from '../protocol/ladder.ts';
import type { Health } from '../protocol/panel.ts';
import { saidIn } from '../protocol/sentence.ts';
import { progress, secondsLeft, type RunState, type RunStatus } from '../protocol/state.ts';
import { isAbandoned } from '../runs/health.ts';
import type { RunSummary } from '../runs/listRuns.ts';
import { duration, percent, score, whole } from './numbers.ts';
import type { Say } from './say.ts';

/** A run as all surfaces see it: what its end tells cheaply, and all of it where the events were read. */
export interface RunShown {
  readonly summary: RunSummary;
  readonly state: RunState | null;
}

/** `sft · 3-digit chains`. */
export function runLabel({ summary }: RunShown): string {
  const name = displayLine(summary.name, 80);
  return summary.recipe === null ? name : `${summary.recipe} · ${name}`;
}

/** What one needs to know in two seconds: `62 % · 1:10 left`, `94.8 % ±2.1 (n 400)`, `out of memory at step 41`. */
export function runDescription(run: RunShown, say: Say): string {
  const { status, health, step, headline } = run.summary;
  if (health.kind === 'notResponding' && isWorking(status)) return say('not responding at step {0}', whole(step));
  switch (status) {
    case 'starting':
      return say('starting');
    case 'queued':
      return say('waiting for the device');
    case 'running':
      return runningWords(run, say);
    case 'paused':
      return say('paused at {0}', percent(shareDone(run)));
    case 'finished':
      return headline === null ? say('finished') : headlineWords(headline, say);
    case 'stopped':
      return say('stopped at step {0}', whole(step));
    case 'failed':
      return failureWords(run, say);
    case 'lost':
      return say('lost at step {0}', whole(step));
    default:
      return status satisfies never;
  }
}

/** One word for the state, also for people who hear it. */
export function statusWord(status: RunStatus, health: Health, say: Say): string {
  if (health.kind === 'notResponding' && isWorking(status)) return say('not responding');
  switch (status) {
    case 'starting':
      return say('starting');
    case 'queued':
      return say('queued');
    case 'running':
      return say('running');
    case 'paused':
      return say('paused');
    case 'finished':
      return say('finished');
    case 'stopped':
      return say('stopped');
    case 'failed':
      return say('failed');
    case 'lost':
      return say('lost');
    default:
      return status satisfies never;
  }
}

/** Name of the editor's icon and of its colour. */
export function runIcon(status: RunStatus, health: Health): { readonly icon: string; readonly color?: string } {
  if (health.kind === 'notResponding' && isWorking(status)) return { icon: 'warning', color: 'list.warningForeground' };
  switch (status) {
    case 'starting':
    case 'queued':
      return { icon: 'clock' };
    case 'running':
      return { icon: 'circle-filled', color: 'charts.blue' };
    case 'paused':
      return { icon: 'debug-pause', color: 'charts.yellow' };
    case 'finished':
      return { icon: 'pass', color: 'charts.green' };
    case 'stopped':
      return { icon: 'circle-slash' };
    case 'failed':
      return { icon: 'error', color: 'list.errorForeground' };
    case 'lost':
      return { icon: 'debug-disconnect', color: 'list.warningForeground' };
    default:
      return status satisfies never;
  }
}

/** What the menus of the tree ask for. */
export function runContext({ status, health, recipe }: Pick<RunSummary, 'status' | 'health' | 'recipe'>): string {
  const kind = recipe === 'ladder' ? '.ladder' : '';
  if (health.kind !== 'notResponding' || !isWorking(status)) return `run.${status}${kind}`;
  return isAbandoned(health) ? `run.abandoned${kind}` : `run.${status}.notResponding${kind}`;
}

/** Plain lines for the tooltip. */
export function runTooltip(run: RunShown, say: Say): string {
  const { summary, state } = run;
  const executor = state?.executor;
  return [
    runLabel(run),
    `${statusWord(summary.status, summary.health, say)} · ${runDescription(run, say)}`,
    state?.queuedBehind ? say('behind run {0}', displayLine(state.queuedBehind, 80)) : '',
    summary.totalSteps > 0 ? say('step {0} of {1}', whole(summary.step), whole(summary.totalSteps)) : '',
    executor ? displayLine(`${executor.provider} · ${executor.version} · ${executor.precision}`) : '',
    executor ? displayLine(saidIn(say, executor.reason, executor.reasonSaid)) : '',
    summary.attempt > 1 ? say('attempt {0}', summary.attempt) : '',
    summary.error ? displayText(saidIn(say, summary.error.message, summary.error.said)) : '',
    summary.health.kind === 'lost' ? displayText(summary.health.lastWords).slice(-500) : '',
    displayLine(summary.folder),
  ]
    .filter((line) => line !== '')
    .join('\n');
}

/** For screen readers: everything the icon says too. */
export const runAccessibleLabel = (run: RunShown, say: Say): string =>
  `${runLabel(run)}, ${statusWord(run.summary.status, run.summary.health, say)}, ${runDescription(run, say)}`;

/** `sft 62 % · 1:10`, for the status bar. */
export function runShort(run: RunShown, say: Say): string {
  const { recipe, status, health } = run.summary;
  const name = recipe ?? 'run';
  if (status === 'starting' || status === 'queued') return `${name} · ${statusWord(status, health, say)}`;
  const head = `${name} ${doneWords(run, say)}`;
  if (status !== 'running' || health.kind === 'notResponding') return `${head} · ${statusWord(status, health, say)}`;
  const left = run.state === null ? null : secondsLeft(run.state);
  return left === null ? head : `${head} · ${duration(left)}`;
}

const isWorking = (status: RunStatus): boolean => status === 'running' || status === 'paused' || status === 'starting';

const headlineWords = (headline: Score, say: Say): string =>
  `${headline.name === 'accuracy' ? '' : `${scoreName(headline.name, say)} `}${score(headline)}`;

function scoreName(name: string, say: Say): string {
  if (name === 'eval_rewards/accuracies') return say('held-out pairs told right');
  return name === 'eval_loss' ? say('held-out loss') : name;
}

function shareDone({ summary, state }: RunShown): number {
  if (state !== null) return progress(state);
  if (summary.status === 'finished') return 1;
  return summary.totalSteps > 0 ? summary.step / summary.totalSteps : 0;
}

/** Of a ladder its trainings, as they are what one waits for. */
function doneWords(run: RunShown, say: Say): string {
  const ladder = run.state?.ladder;
  if (!ladder) return percent(shareDone(run));
  const { done, total } = trainingsDone(ladder);
  return say('{0} of {1} trainings', done, total);
}

function runningWords(run: RunShown, say: Say): string {
  const left = run.state === null ? null : secondsLeft(run.state);
  const done = doneWords(run, say);
  return left === null ? done : say('{0} · {1} left', done, duration(left));
}

function failureWords({ summary }: RunShown, say: Say): string {
  const { error } = summary;
  const reason = error === null ? say('failed') : displayLine(saidIn(say, error.message, error.said), 80);
  return summary.step > 0 ? say('{0} at step {1}', reason, whole(summary.step)) : reason;
}
