/** Export Model…: a checkpoint as a folder of Hugging Face, as adapters of PEFT, or as GGUF, written by a short-lived trainer. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ProgressLocation, Uri, window } from 'vscode';
import { displayLine } from '../../protocol/displayText.ts';
import type { ExportReport } from '../../protocol/exportReport.ts';
import { exportCheckpoint, type ExportRequest } from '../../runs/exportTool.ts';
import type { CheckpointOnDisk } from '../checkpointList.ts';
import { exportKinds, exportName, exportPrecisions, nameProblem, type ExportChoice } from '../exportChoices.ts';
import { bytes, whole } from '../numbers.ts';
import type { Parts } from '../parts.ts';
import type { RunWatcher } from '../runWatcher.ts';
import { hasTrained } from '../selection.ts';
import { tellRunError } from '../tell.ts';
import { isTrusted } from '../trust.ts';
import { askForCheckpoint, askForRun } from './ask.ts';
import { findTrainerRuntime } from './launchRun.ts';
import { revealInSystem } from './openRun.ts';

export async function exportModel(parts: Parts, argument?: unknown, checkpointName?: unknown): Promise<void> {
  const { say } = parts;
  if (!(await isTrusted(say))) return;
  const title = say('Export Model');
  const none = say('Only a run that has trained has checkpoints to export.');
  const run = await askForRun(parts, argument, { title, fits: hasTrained, none });
  if (run === null) return;
  const checkpoint = await askForCheckpoint(parts, run, title, argument, checkpointName);
  if (checkpoint === null) return;
  const choice = await askForChoice(parts, checkpoint, title);
  if (choice === null) return;
  const out = await askForFolder(parts, run, exportName(run.summary.name, checkpoint, choice), title);
  if (out === null) return;
  const report = await withProgress(parts, { ...choice, checkpoint: checkpoint.folder, out });
  if (report !== null) await tell(parts, report, run);
}

async function askForChoice({ say }: Parts, checkpoint: CheckpointOnDisk, title: string): Promise<ExportChoice | null> {
  const kind = await window.showQuickPick(exportKinds(checkpoint, say), { title, matchOnDetail: true });
  if (kind === undefined) return null;
  const placeHolder = say('How are the weights to be stored?');
  const precision = await window.showQuickPick(exportPrecisions(kind.value, say), { title, placeHolder });
  return precision?.value ?? null;
}

/** A folder that is not there yet, in one that is. */
async function askForFolder({ say }: Parts, run: RunWatcher, name: string, title: string): Promise<string | null> {
  const [parent] =
    (await window.showOpenDialog({
      title,
      openLabel: say('Export Here'),
      defaultUri: Uri.file(run.root),
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

/** Null when it was cancelled. */
async function withProgress({ say, trainer }: Parts, request: ExportRequest): Promise<ExportReport | null> {
  const title = say('Exporting the model');
  const options = { location: ProgressLocation.Notification, title, cancellable: true };
  return window.withProgress(options, async (_, cancelled) => {
    const abort = new AbortController();
    const cancelling = cancelled.onCancellationRequested(() => abort.abort());
    try {
      return await exportCheckpoint({ runtime: await findTrainerRuntime(), trainer, signal: abort.signal }, request);
    } catch (error) {
      if (abort.signal.aborted) return null;
      throw error;
    } finally {
      cancelling.dispose();
    }
  });
}

async function tell(parts: Parts, report: ExportReport, run: RunWatcher): Promise<void> {
  const { say } = parts;
  if (report.type === 'refused') return tellRunError(parts, report.error, { runId: run.id });
  const { folder, files, step } = report;
  const size = bytes(files.reduce((sum, file) => sum + file.bytes, 0));
  const sentence = say('The model of step {0} lies in {1} ({2}).', whole(step), displayLine(folder), size);
  const reveal = say('Reveal');
  if ((await window.showInformationMessage(sentence, reveal)) !== reveal) return;
  await revealInSystem(folder, files[0]?.name ?? '');
}
