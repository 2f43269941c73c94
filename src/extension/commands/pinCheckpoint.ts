/** Pin and Unpin Checkpoint: a pinned one is never removed by the keeping policy. Only the trainer writes in a run folder. */
import { runTrainerTool } from '../../runs/launch.ts';
import type { Parts } from '../parts.ts';
import { hasTrained } from '../selection.ts';
import { askForCheckpoint, askForRun } from './ask.ts';
import { findTrainerRuntime } from './launchRun.ts';

export const pinCheckpoint = (parts: Parts, ...args: readonly unknown[]): Promise<void> =>
  setPinned(parts, true, parts.say('Pin Checkpoint'), args);

export const unpinCheckpoint = (parts: Parts, ...args: readonly unknown[]): Promise<void> =>
  setPinned(parts, false, parts.say('Unpin Checkpoint'), args);

async function setPinned(parts: Parts, isPinned: boolean, title: string, args: readonly unknown[]): Promise<void> {
  const none = parts.say('Only a run that has trained has checkpoints.');
  const run = await askForRun(parts, args[0], { title, fits: hasTrained, none });
  if (run === null) return;
  const checkpoint = await askForCheckpoint(parts, run, title, ...args);
  if (checkpoint === null) return;
  const tool = ['pin', `--run-folder=${run.folder}`, `--checkpoint=${checkpoint.name}`, `--pinned=${isPinned}`];
  await runTrainerTool({ runtime: await findTrainerRuntime(), trainer: parts.trainer, args: tool });
  await parts.registry.scan();
}
