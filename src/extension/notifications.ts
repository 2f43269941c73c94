/** Notifications: only when a run has ended, once, with what can be done next. */
import { window } from 'vscode';
import { displayLine } from '../protocol/displayText.ts';
import { actionTitle, type ErrorAction } from './errorActions.ts';
import { whole } from './numbers.ts';
import type { Parts } from './parts.ts';
import type { RunWatcher } from './runWatcher.ts';
import { runDescription, runLabel } from './runWords.ts';
import { act, tellRunError } from './tell.ts';

const LIVE_RUNS = 'liveRuns';
const GLIMPSE_MS = 6000;

/** Says how a run ended. A finish that is on the screen anyway (a panel, the answer of a sample) is not said twice. */
export async function tellEnd(parts: Parts, run: RunWatcher): Promise<void> {
  const { say } = parts;
  const { status, error, step, configPath, headline, recipe } = run.summary;
  const label = runLabel(run);
  if (status === 'failed') {
    const known = error ?? { code: 'internal', message: say('The trainer failed without a reason.') };
    return tellRunError(parts, known, { runId: run.id, configPath }, `${label}:`);
  }
  if (status === 'lost') return tellLost(parts, run);
  if (status === 'stopped') {
    window.setStatusBarMessage(say('{0} stopped at step {1}', label, whole(step)), GLIMPSE_MS);
    return;
  }
  const isOnScreen = recipe === 'sample' || parts.panels.of(run)?.isVisible === true;
  if (status !== 'finished' || isOnScreen) return;
  const open = say('Open Panel');
  const sentence =
    headline === null ? say('{0} finished.', label) : say('{0} finished: {1}', label, runDescription(run, say));
  if ((await window.showInformationMessage(sentence, open)) === open) parts.panels.show(run);
}

async function tellLost(parts: Parts, run: RunWatcher): Promise<void> {
  const { say } = parts;
  const { step, health } = run.summary;
  const actions: readonly ErrorAction[] = ['continue', 'openLog'];
  const titles = new Map(actions.map((action) => [actionTitle(action, say), action]));
  const words = health.kind === 'lost' ? displayLine(health.lastWords.trim().split('\n').at(-1) ?? '', 200) : '';
  const sentence = say('{0} was lost at step {1}: its process is gone.', runLabel(run), whole(step));
  const heard = words === '' ? '' : ` ${say('The last it wrote: {0}', words)}`;
  const chosen = await window.showWarningMessage(`${sentence}${heard}`, ...titles.keys());
  const action = titles.get(chosen ?? '');
  if (action !== undefined) await act(parts, action, { runId: run.id });
}

/** Runs that were live when this window closed and ended meanwhile are said once, when it is open again. */
export async function keepLiveRuns(parts: Parts): Promise<void> {
  const { context, registry } = parts;
  const before = context.workspaceState.get<readonly string[]>(LIVE_RUNS, []);
  await registry.whenScanned;
  let kept = '';
  registry.onDidChange.add(() => {
    const live = registry.runs.filter((run) => run.isLive).map(({ id }) => id);
    if (live.join() === kept) return;
    kept = live.join();
    void context.workspaceState.update(LIVE_RUNS, live);
  });
  for (const id of before) {
    const run = registry.find(id);
    if (run !== null && !run.isLive) void tellEnd(parts, run);
  }
}
