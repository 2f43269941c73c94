/** Pre-flight: what a config wants to train, or to measure, is looked at, and what would ruin it stands on the line that governs it. */
import { commands, ProgressLocation, type TextDocument, type Uri, window, workspace } from 'vscode';
import { preflightProblems } from '../../config/preflightProblems.ts';
import type { EvaluationPreflight, PreflightReport } from '../../protocol/preflight.ts';
import { displayLine } from '../../protocol/displayText.ts';
import { askTrainer } from '../askTrainer.ts';
import { isConfig } from '../configFindings.ts';
import { whole } from '../numbers.ts';
import type { Parts } from '../parts.ts';
import { isTrusted } from '../trust.ts';
import { examinedConfig, isExamined } from './trainingConfig.ts';

const DEADLINE_MS = 30 * 60_000;

export async function preflight(parts: Parts, config?: unknown): Promise<void> {
  const { say } = parts;
  if (!(await isTrusted(say))) return;
  const uri = await examinedConfig(parts, config, say('Pre-flight'));
  if (uri === null) return;
  const report = await look(parts, uri, ProgressLocation.Notification);
  if (report === null) return;
  const { findings } = report;
  if (findings.some(({ severity }) => severity !== 'hint'))
    await commands.executeCommand('workbench.panel.markers.view.focus');
  else void window.showInformationMessage(clearWords(report, parts));
}

/** After a save, without a word where nothing is wrong; what fails then is told when somebody asks. */
export async function preflightOnSave(parts: Parts, { uri }: TextDocument): Promise<void> {
  const isWanted = workspace.getConfiguration('valley').get<boolean>('preflightOnSave') !== false;
  if (!isWanted || !workspace.isTrusted || uri.scheme !== 'file' || !isConfig(uri)) return;
  const document = await workspace.openTextDocument(uri);
  const parsed = await parts.findings.parse(uri, document.getText());
  if (!parsed.ok || !isExamined(parsed.config)) return;
  await look(parts, uri, ProgressLocation.Window).catch((error: unknown) => parts.log.warn(String(error)));
}

/** Null when it was cancelled, or when the config was edited meanwhile. */
async function look(
  parts: Parts,
  uri: Uri,
  location: ProgressLocation,
): Promise<PreflightReport | EvaluationPreflight | null> {
  const { say, preflights, strings } = parts;
  const document = await workspace.openTextDocument(uri);
  const text = document.getText();
  const abort = preflights.begin(uri);
  const printed = await askTrainer(parts, {
    args: ['preflight', '--config', uri.fsPath],
    title: say('Looking at what {0} trains on', displayLine(workspace.asRelativePath(uri), 80)),
    location,
    timeoutMs: DEADLINE_MS,
    signal: abort.signal,
  });
  if (printed === null || document.getText() !== text) return null;
  const report = JSON.parse(printed) as PreflightReport | EvaluationPreflight;
  preflights.show(uri, preflightProblems(report, text, workspace.asRelativePath(uri), strings));
  return report;
}

function clearWords(report: PreflightReport | EvaluationPreflight, { say }: Parts): string {
  if ('kind' in report) {
    const completions = report.benchmarks.reduce((sum, one) => sum + one.problems * one.samplesPerProblem, 0);
    const count = report.benchmarks.length;
    return say('Nothing is in the way of this run: {0} benchmarks, {1} completions.', whole(count), whole(completions));
  }
  const { source, statistics, work } = report;
  return say(
    'Nothing is in the way of this run: {0} rows looked at, {1} tokens in the middle, {2} steps.',
    whole(source.looked),
    whole(statistics.total.median),
    whole(work.steps),
  );
}
