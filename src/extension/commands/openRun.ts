/** Open Panel, Reveal Run Folder, Open Log, Open Config: looking at a run changes nothing. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { commands, env, Uri, window } from 'vscode';
import { RUN_FOLDER } from '../../protocol/runFolder.ts';
import type { Parts } from '../parts.ts';
import type { RunWatcher } from '../runWatcher.ts';
import { runLabel } from '../runWords.ts';
import { askForRun } from './ask.ts';

export async function openPanel(parts: Parts, argument?: unknown): Promise<void> {
  const run = await anyRun(parts, argument, parts.say('Open Panel'));
  if (run === null) return;
  parts.selection.choose(run);
  parts.panels.show(run);
}

/** In a remote window the folder lies on another machine, where only the editor itself can show it. */
export async function revealRunFolder(parts: Parts, argument?: unknown): Promise<void> {
  const run = await anyRun(parts, argument, parts.say('Reveal Run Folder'));
  if (run === null) return;
  await revealInSystem(run.folder, RUN_FOLDER.events);
}

/** A folder in the system's own program for files; in a remote window one of its files in the explorer of the editor. */
export async function revealInSystem(folder: string, file: string): Promise<void> {
  const uri = Uri.file(folder);
  if (env.remoteName === undefined) await commands.executeCommand('revealFileInOS', uri);
  else await commands.executeCommand('revealInExplorer', Uri.joinPath(uri, file));
}

export async function openLog(parts: Parts, argument?: unknown): Promise<void> {
  const run = await anyRun(parts, argument, parts.say('Open Log'));
  if (run === null) return;
  const log = join(run.folder, RUN_FOLDER.log);
  if (existsSync(log)) await window.showTextDocument(Uri.file(log), { preview: true });
  else void window.showInformationMessage(parts.say('{0} has written no log.', runLabel(run)));
}

/** The config it was started from, or the copy in the run folder where that is gone. */
export async function openConfig(parts: Parts, argument?: unknown): Promise<void> {
  const run = await anyRun(parts, argument, parts.say('Open Config'));
  if (run === null) return;
  const { configPath } = run.summary;
  const path = configPath !== '' && existsSync(configPath) ? configPath : join(run.folder, RUN_FOLDER.config);
  await window.showTextDocument(Uri.file(path), { preview: true });
}

function anyRun(parts: Parts, argument: unknown, title: string): Promise<RunWatcher | null> {
  const none = parts.say('There is no run yet.');
  return askForRun(parts, argument, { title, fits: () => true, none });
}
