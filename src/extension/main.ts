/** The extension: makes the parts, joins them, and gets out of the way. Nothing heavy happens before it is needed. */
import { commands, l10n, window, workspace, type ExtensionContext } from 'vscode';
import { valleyApi, type ValleyApi } from './api.ts';
import { showCheckpointsTree } from './checkpointsTree.ts';
import { commandsById } from './commands/index.ts';
import { compareRuns } from './compareRuns.ts';
import { ConfigFindings } from './configFindings.ts';
import { showConfigHelp } from './configHelp.ts';
import { serveConfigLanguage } from './configLanguage.ts';
import { keepContextKeys } from './contextKeys.ts';
import { MeasuredRuns } from './measuredRuns.ts';
import { keepLiveRuns, tellEnd } from './notifications.ts';
import { PanelActions } from './panelActions.ts';
import type { BenchmarkParts } from './panelBenchmarks.ts';
import type { Parts } from './parts.ts';
import { preflightOnSave } from './commands/preflight.ts';
import { Preflights } from './preflights.ts';
import { ReadOnlyDocuments } from './readOnlyDocuments.ts';
import { ReportPanels } from './reportPanels.ts';
import { reopenDocument } from './reopenDocument.ts';
import { RunPanels } from './runPanels.ts';
import { RunRegistry } from './runRegistry.ts';
import { showRunsTree } from './runsTree.ts';
import { sayIn } from './say.ts';
import { Selection } from './selection.ts';
import { StatusItem } from './statusItem.ts';
import { tellFailure } from './tell.ts';
import { TrainingExamples } from './trainingExamples.ts';

export function activate(context: ExtensionContext): ValleyApi {
  const started = performance.now();
  const parts = makeParts(context);
  const { registry, panels, reports, documents, findings, preflights, examples, log } = parts;
  registerCommands(parts);
  keepContextKeys(registry);
  context.subscriptions.push(log, registry, panels, reports, documents, findings, preflights, examples);
  context.subscriptions.push(workspace.onDidSaveTextDocument((document) => void preflightOnSave(parts, document)));
  context.subscriptions.push(...showConfigHelp(findings, parts.say), ...serveConfigLanguage(parts.strings));
  showRuns(parts);
  watchFolders(registry, context);
  void keepLiveRuns(parts);
  return valleyApi(registry, panels, performance.now() - started);
}

function makeParts(context: ExtensionContext): Parts {
  const strings = l10n.bundle ?? {};
  const say = sayIn(strings);
  const log = window.createOutputChannel('Valley', { log: true });
  const registry = new RunRegistry();
  const selection = new Selection(registry);
  const measured = new MeasuredRuns();
  const documents = new ReadOnlyDocuments(say, (key) => reopenDocument(parts, key));
  const compare: BenchmarkParts['compare'] = (...asked) => compareRuns(parts, ...asked);
  const actions = new PanelActions({ registry, measured, documents, say, log, compare });
  const panels = new RunPanels(context.extensionUri, strings, registry, {
    onMessage: (panel, message) =>
      void actions.take(panel, message).catch((error: unknown) => log.error(String(error))),
    onSeen: (run) => selection.choose(run),
    onRefused: () => log.warn('A panel sent a message that is none of ours. It was dropped.'),
  });
  const findings = new ConfigFindings(strings);
  const trainer = context.asAbsolutePath('dist/trainer.mjs');
  const preflights = new Preflights();
  const examples = new TrainingExamples(say);
  const reports = new ReportPanels(say);
  const views = { panels, reports, documents, findings, preflights, examples };
  const parts = { context, strings, say, log, registry, selection, measured, trainer, ...views };
  return parts;
}

function registerCommands(parts: Parts): void {
  for (const [id, command] of Object.entries(commandsById)) {
    const run = (...args: unknown[]): Promise<void> =>
      command(parts, ...args).catch((error: unknown) => tellFailure(parts, error));
    parts.context.subscriptions.push(commands.registerCommand(id, run));
  }
}

function showRuns(parts: Parts): void {
  const { context, registry, selection, say } = parts;
  const runs = showRunsTree(registry, selection, say);
  const checkpoints = showCheckpointsTree(registry, selection, say);
  const status = new StatusItem(registry, say);
  context.subscriptions.push(runs, checkpoints.view, status);
  registry.onDidEnd.add((run) => void tellEnd(parts, run));
  selection.onDidChange.add((run) => {
    if (run === null) return;
    status.calm(run);
    const isWanted = workspace.getConfiguration('valley').get<boolean>('autoReveal') !== false;
    if (isWanted && runs.visible) void runs.reveal(run, { select: true, focus: false });
  });
}

function watchFolders(registry: RunRegistry, context: ExtensionContext): void {
  const look = (): void =>
    void registry.setRoots(
      (workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file').map(({ uri }) => uri.fsPath),
    );
  context.subscriptions.push(workspace.onDidChangeWorkspaceFolders(look));
  look();
}
