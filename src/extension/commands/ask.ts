/** Which run, which checkpoint: answered by the argument of a command, by there being one only, or by the person. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Uri, window } from 'vscode';
import { displayLine } from '../../protocol/displayText.ts';
import { listCheckpoints, type CheckpointOnDisk } from '../checkpointList.ts';
import type { CheckpointItem } from '../checkpointsTree.ts';
import { nameProblem } from '../exportChoices.ts';
import type { Parts } from '../parts.ts';
import { checkpointItems, runItems } from '../pickItems.ts';
import { RunWatcher } from '../runWatcher.ts';
import { runLabel, statusWord } from '../runWords.ts';

export interface RunQuestion {
  readonly title: string;
  readonly fits: (run: RunWatcher) => boolean;
  /** Said when no run fits. */
  readonly none: string;
}

/** The run that is meant, or null when there is none or the person turned away. */
export async function askForRun(parts: Parts, argument: unknown, question: RunQuestion): Promise<RunWatcher | null> {
  const { say, registry, selection } = parts;
  const named = runIn(parts, argument);
  if (named !== null) {
    if (question.fits(named)) return named;
    const { status, health } = named;
    const state = statusWord(status, health, say);
    void window.showInformationMessage(say('{0} is {1}. {2}', runLabel(named), state, question.none));
    return null;
  }
  const fitting = registry.runs.filter(question.fits);
  if (fitting.length === 0) void window.showInformationMessage(question.none);
  if (fitting.length < 2) return fitting[0] ?? null;
  const sorted = [...fitting].sort((a, b) => Number(b === selection.run) - Number(a === selection.run));
  const options = { title: question.title, matchOnDescription: true, matchOnDetail: true };
  return (await window.showQuickPick(runItems(sorted, say), options))?.value ?? null;
}

/** The run that a tree item, a panel or another program names. */
export function runIn({ registry }: Parts, argument: unknown): RunWatcher | null {
  if (argument instanceof RunWatcher) return argument;
  if (typeof argument === 'string') return registry.find(argument);
  return isCheckpointItem(argument) ? argument.run : null;
}

/** A checkpoint of the run: the one in the arguments, the only one, or the one that is chosen. */
export async function askForCheckpoint(
  parts: Parts,
  run: RunWatcher,
  title: string,
  ...given: readonly unknown[]
): Promise<CheckpointOnDisk | null> {
  const { say } = parts;
  const checkpoints = await listCheckpoints(run.folder);
  const names = given.map((argument) => (isCheckpointItem(argument) ? argument.checkpoint.name : argument));
  const named = checkpoints.find(({ name }) => names.includes(name));
  if (named !== undefined) return named;
  if (checkpoints.length === 0) void window.showInformationMessage(say('{0} has no checkpoint yet.', runLabel(run)));
  if (checkpoints.length < 2) return checkpoints[0] ?? null;
  return (await window.showQuickPick(checkpointItems(checkpoints, say), { title }))?.value ?? null;
}

/** The path of a folder that is not there yet, in one that is; `root` is where the choice begins, `name` a proposal. */
export async function askForNewFolder(
  { say }: Parts,
  root: string,
  name: string,
  title: string,
): Promise<string | null> {
  const [parent] =
    (await window.showOpenDialog({
      title,
      openLabel: say('Export Here'),
      defaultUri: Uri.file(root),
      canSelectFiles: false,
      canSelectFolders: true,
    })) ?? [];
  if (parent === undefined) return null;
  const chosen = await window.showInputBox({
    title,
    prompt: say('The name of the new folder in {0}.', displayLine(parent.fsPath)),
    value: name,
    validateInput: (text) => nameProblem(text, parent.fsPath, existsSync, say),
  });
  return chosen === undefined ? null : join(parent.fsPath, chosen.trim());
}

export const isCheckpointItem = (argument: unknown): argument is CheckpointItem =>
  typeof argument === 'object' &&
  argument !== null &&
  'checkpoint' in argument &&
  'run' in argument &&
  argument.run instanceof RunWatcher;
