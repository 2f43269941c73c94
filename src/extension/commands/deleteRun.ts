/** Delete Run…: to the trash, after a question, and only what is certainly a run of ours. */
import { dirname } from 'node:path';
import { Uri, window, workspace } from 'vscode';
import { whyNotDelete } from '../deleteGuard.ts';
import type { Parts } from '../parts.ts';
import type { RunWatcher } from '../runWatcher.ts';
import { runLabel } from '../runWords.ts';
import { askForRun } from './ask.ts';

export async function deleteRun(parts: Parts, argument?: unknown): Promise<void> {
  const { say } = parts;
  const none = say('A run at work must be stopped before it can be deleted.');
  const fits = (run: RunWatcher): boolean => !run.isLive;
  const run = await askForRun(parts, argument, { title: say('Delete Run'), fits, none });
  if (run === null || !(await isSure(parts, run))) return;
  await run.look();
  const problem = run.isLive ? none : await whyNotDelete(run.folder, dirname(run.folder), say);
  if (problem !== null) {
    void window.showErrorMessage(problem);
    return;
  }
  if (await moveAway(parts, run)) parts.panels.of(run)?.close();
  await parts.registry.scan();
}

async function isSure({ say }: Parts, run: RunWatcher): Promise<boolean> {
  const move = say('Move to Trash');
  const detail = say('{0}\nIts checkpoints and samples go with it.', run.folder);
  const asked = window.showWarningMessage(say('Delete {0}?', runLabel(run)), { modal: true, detail }, move);
  return (await asked) === move;
}

/** Whether the run is gone. Some machines have no trash; then it is asked again, since nothing could bring the run back. */
async function moveAway({ say, log }: Parts, run: RunWatcher): Promise<boolean> {
  const uri = Uri.file(run.folder);
  try {
    await workspace.fs.delete(uri, { recursive: true, useTrash: true });
    return true;
  } catch (error) {
    log.warn(String(error));
  }
  const forever = say('Delete Permanently');
  const sentence = say('{0} cannot be moved to the trash on this machine.', runLabel(run));
  const detail = say('It can be deleted permanently instead. That cannot be undone.');
  if ((await window.showWarningMessage(sentence, { modal: true, detail }, forever)) !== forever) return false;
  await workspace.fs.delete(uri, { recursive: true, useTrash: false });
  return true;
}
