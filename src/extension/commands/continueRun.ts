/** Continue Run…: a stopped, failed or lost run goes on from its newest good checkpoint, in the same folder. */
import { isAbandoned } from '../../runs/health.ts';
import type { Parts } from '../parts.ts';
import type { RunWatcher } from '../runWatcher.ts';
import { runLabel } from '../runWords.ts';
import { isTrusted } from '../trust.ts';
import { askForRun } from './ask.ts';
import { launchRun } from './launchRun.ts';

export async function continueRun(parts: Parts, argument?: unknown): Promise<void> {
  const { say } = parts;
  if (!(await isTrusted(say))) return;
  const none = say('Only a stopped, failed or lost run can be continued.');
  const run = await askForRun(parts, argument, { title: say('Continue Run'), fits: canContinue, none });
  if (run === null) return;
  await launchRun(parts, {
    runFolder: run.folder,
    isContinuation: true,
    title: say('Continuing {0}…', runLabel(run)),
    isShown: true,
  });
}

const canContinue = ({ status, health }: RunWatcher): boolean =>
  status === 'stopped' || status === 'failed' || status === 'lost' || isAbandoned(health);
