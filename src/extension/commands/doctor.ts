/** Doctor: asks a short-lived trainer what this machine can do, and shows the answer as a document. */
import { ProgressLocation, window, type CancellationToken } from 'vscode';
import { runTrainerTool } from '../../runs/launch.ts';
import { doctorText, readDoctorReport } from '../doctorText.ts';
import { trainerEnvironment } from '../gpuEnginePlace.ts';
import type { Parts } from '../parts.ts';
import { findTrainerRuntime } from './launchRun.ts';

const DEADLINE_MS = 60_000;
/** Of the document that shows the report. */
export const DOCTOR_KEY = 'doctor';

export async function doctor(parts: Parts): Promise<void> {
  const { say } = parts;
  const title = say('Looking at this machine');
  const options = { location: ProgressLocation.Notification, title, cancellable: true };
  const text = await window.withProgress(options, (_, cancelled) => doctorReport(parts, cancelled));
  if (text !== null) await parts.documents.show(say('Valley Doctor'), DOCTOR_KEY, text);
}

/** The report as text; null when it was cancelled. */
export async function doctorReport(parts: Parts, cancelled?: CancellationToken): Promise<string | null> {
  const { say, trainer, registry } = parts;
  const abort = new AbortController();
  const cancelling = cancelled?.onCancellationRequested(() => abort.abort());
  try {
    const runtime = await findTrainerRuntime();
    const [cwd] = registry.roots;
    const where = cwd === undefined ? {} : { cwd };
    const env = trainerEnvironment(parts);
    const tool = { runtime, trainer, args: ['doctor'], env, signal: abort.signal, timeoutMs: DEADLINE_MS, ...where };
    const report = readDoctorReport(await runTrainerTool(tool));
    if (report === null) throw new Error(say('The doctor gave no report that can be read.'));
    parts.findings.refresh();
    return doctorText(report, `${runtime.version} (${runtime.command})`, say);
  } catch (error) {
    if (abort.signal.aborted) return null;
    throw error;
  } finally {
    cancelling?.dispose();
  }
}
