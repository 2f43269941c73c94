/** Export Model…: a checkpoint as a folder of Hugging Face, as adapters of PEFT, or as GGUF, written by a short-lived trainer. */
import { ProgressLocation, window } from 'vscode';
import { displayLine } from '../../protocol/displayText.ts';
import type { ExportReport } from '../../protocol/exportReport.ts';
import { exportCheckpoint, type ExportRequest } from '../../runs/exportTool.ts';
import type { CheckpointOnDisk } from '../checkpointList.ts';
import { exportKinds, exportName, exportPrecisions, type ExportChoice } from '../exportChoices.ts';
import { bytes, whole } from '../numbers.ts';
import type { Parts } from '../parts.ts';
import type { RunWatcher } from '../runWatcher.ts';
import { hasTrained } from '../selection.ts';
import { tellRunError } from '../tell.ts';
import { isTrusted } from '../trust.ts';
import { askForCheckpoint, askForNewFolder, askForRun } from './ask.ts';
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
  const out = await askForNewFolder(parts, run.root, exportName(run.summary.name, checkpoint, choice), title);
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
