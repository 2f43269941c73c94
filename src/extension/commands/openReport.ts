/** Open Report: what a ladder came to, or several beside each other; Save Report As…: its page, text, data and figures as files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { env, ProgressLocation, window } from 'vscode';
import { displayLine } from '../../protocol/displayText.ts';
import { REPORT_FILES, type ReportAnswer } from '../../protocol/report/report.ts';
import { reportFiles } from '../../protocol/report/reportFiles.ts';
import { askTrainer } from '../askTrainer.ts';
import type { Parts } from '../parts.ts';
import { runItems } from '../pickItems.ts';
import type { RunWatcher } from '../runWatcher.ts';
import { tellRunError } from '../tell.ts';
import { isTrusted } from '../trust.ts';
import { askForNewFolder, runIn } from './ask.ts';
import { revealInSystem } from './openRun.ts';

const PATIENCE_MS = 10 * 60_000;

/** The argument is the ladder that is meant; without one several may be chosen. */
export async function openReport(parts: Parts, argument?: unknown): Promise<void> {
  if (!(await isTrusted(parts.say))) return;
  const ladders = await ladderRuns(parts, argument);
  const [first] = ladders;
  if (!first) return;
  const printed = await askTrainer(parts, {
    args: ['report', ...ladders.flatMap(({ folder }) => ['--ladder', folder])],
    title: parts.say('Making the report'),
    location: ProgressLocation.Notification,
    timeoutMs: PATIENCE_MS,
  });
  if (printed === null) return;
  const told = JSON.parse(printed) as ReportAnswer;
  if (told.type === 'refused') return tellRunError(parts, told.error, { runId: first.id });
  parts.reports.show({ told, root: first.root });
}

async function ladderRuns(parts: Parts, argument: unknown): Promise<readonly RunWatcher[]> {
  const { say, registry } = parts;
  const none = say('There is no ladder yet. Start a config of the recipe "ladder".');
  const named = runIn(parts, argument);
  const all = (named ? [named] : registry.runs).filter(({ summary }) => summary.recipe === 'ladder');
  if (all.length === 0) void window.showInformationMessage(none);
  if (all.length < 2) return all;
  const title = say('Open Report: of which ladders?');
  const chosen = await window.showQuickPick(runItems(all, say), { title, canPickMany: true, matchOnDescription: true });
  return (chosen ?? []).map(({ value }) => value);
}

/** Of the report that is looked at. */
export async function saveReport(parts: Parts): Promise<void> {
  const { say, reports } = parts;
  const shown = reports.active;
  if (shown === null) return;
  const { told, root } = shown;
  const folder = await askForNewFolder(parts, root, 'report', say('Save Report'));
  if (folder === null) return;
  for (const [name, content] of reportFiles(told.report, told.verdicts, { language: env.language, say })) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  const reveal = say('Reveal');
  const sentence = say('The report lies in {0}.', displayLine(folder));
  if ((await window.showInformationMessage(sentence, reveal)) === reveal)
    await revealInSystem(folder, REPORT_FILES.page);
}
