/** Suggest Next Run…: what the verdict of a ladder says to run next, as a diff of its config, to be saved as a new one. */
import { dirname, join } from 'node:path';
import { commands, ProgressLocation, Uri, window, workspace } from 'vscode';
import type { PresentIn } from '../../config/suggestion/presentLadder.ts';
import type { NextConfig, Suggested, Suggestion } from '../../config/suggestion/suggestNext.ts';
import { displayLine } from '../../protocol/displayText.ts';
import type { ReportAnswer } from '../../protocol/report/report.ts';
import type { LadderVerdict } from '../../protocol/verdict.ts';
import { type ConfigAsRun, configAsRun, movedPath } from '../../runs/runConfig.ts';
import { askTrainer } from '../askTrainer.ts';
import type { Parts } from '../parts.ts';
import type { RunWatcher } from '../runWatcher.ts';
import { runLabel } from '../runWords.ts';
import { tellRunError } from '../tell.ts';
import { isTrusted } from '../trust.ts';
import { askForRun } from './ask.ts';

const DEADLINE_MS = 30 * 60_000;
const CONFIG_END = '.valley.jsonc';
const LONGEST_REASON = 400;

export async function suggestNextRun(parts: Parts, argument?: unknown): Promise<void> {
  const { say } = parts;
  if (!(await isTrusted(say))) return;
  const title = say('Suggest Next Run');
  const none = say(
    'Only a ladder has a verdict that tells what to run next: run a config of the recipe "ladder" first.',
  );
  const fits = ({ summary }: RunWatcher): boolean => summary.recipe === 'ladder';
  const run = await askForRun(parts, argument, { title, fits, none });
  const verdict = run && (await verdictOf(parts, run));
  if (!run || !verdict) return;
  const { presentLadder } = await import('../../config/suggestion/presentLadder.ts');
  const origin = await configAsRun(run.folder);
  const presentIn = origin && presentLadder(origin, movedPath);
  if (!presentIn) {
    void window.showErrorMessage(say('{0} holds no config of a ladder that can be read.', displayLine(run.folder)));
    return;
  }
  await propose(parts, { run, origin, presentIn, verdict });
}

/** Null when it was cancelled or refused. */
async function verdictOf(parts: Parts, run: RunWatcher): Promise<LadderVerdict | null> {
  const printed = await askTrainer(parts, {
    args: ['report', '--ladder', run.folder],
    title: parts.say('Reading what {0} came to', runLabel(run)),
    location: ProgressLocation.Notification,
    timeoutMs: DEADLINE_MS,
  });
  if (printed === null) return null;
  const answer = JSON.parse(printed) as ReportAnswer;
  if (answer.type === 'reported') return answer.verdicts[0] ?? null;
  await tellRunError(parts, answer.error, { runId: run.id });
  return null;
}

interface Judged {
  readonly run: RunWatcher;
  readonly origin: ConfigAsRun;
  readonly presentIn: PresentIn;
  readonly verdict: LadderVerdict;
}

async function propose(parts: Parts, { run, origin, presentIn, verdict }: Judged): Promise<void> {
  const { say, strings, documents } = parts;
  const { suggestNext, reasonText } = await import('../../config/suggestion/suggestNext.ts');
  const suggestedIn = (folder: string): Suggested => suggestNext({ ...presentIn(folder), verdict, strings });
  const { configs, unfollowed } = suggestedIn(origin.home);
  const reasonsOf = (suggestions: readonly Suggestion[]): string =>
    suggestions.map((one) => displayLine(reasonText(one, strings), LONGEST_REASON)).join(' ');
  const none =
    unfollowed.length === 0
      ? say('The verdict suggests no change so far.')
      : `${say('No key of the config does this:')} ${reasonsOf(unfollowed)}`;
  if (configs.length === 0) void window.showInformationMessage(none);
  const chosen = await choose(parts, configs, reasonsOf);
  if (chosen === null) return;
  const key = (side: string): string => `${run.id} suggestion-${side}`;
  const before = documents.put(say('{0}, as it was run', runLabel(run)), key('before'), origin.text, 'jsonc');
  const after = documents.put(say('{0}, suggested', runLabel(run)), key('after'), configs[chosen]?.text ?? '', 'jsonc');
  await commands.executeCommand('vscode.diff', before, after, say('Suggest Next Run: {0}', runLabel(run)));
  const save = say('Save As…');
  const reasons = configs[chosen] ? reasonsOf(configs[chosen].suggestions) : '';
  if ((await window.showInformationMessage(reasons, save)) !== save) return;
  const target = await window.showSaveDialog({
    title: save,
    defaultUri: Uri.file(join(origin.home, `next${CONFIG_END}`)),
  });
  if (target === undefined) return;
  const text = suggestedIn(dirname(target.fsPath)).configs[chosen]?.text ?? '';
  await workspace.fs.writeFile(target, new TextEncoder().encode(text));
  await window.showTextDocument(target);
}

/** The place of the config that is meant; null where there is none or the person turned away. */
async function choose(
  { say }: Parts,
  configs: readonly NextConfig[],
  reasonsOf: (suggestions: readonly Suggestion[]) => string,
): Promise<number | null> {
  if (configs.length < 2) return configs.length === 0 ? null : 0;
  const items = configs.map((config, place) => ({
    label: config.recipe === 'ladder' ? say('The ladder, changed') : say('One training of its own'),
    detail: reasonsOf(config.suggestions),
    place,
  }));
  return (await window.showQuickPick(items, { title: say('Suggest Next Run') }))?.place ?? null;
}
