/** Evaluate Checkpoint…: a new run that measures a checkpoint the way its own run would have, or on published benchmarks. */
import { window } from 'vscode';
import { newRunFolder } from '../../runs/runsRoot.ts';
import { benchmarkSettings } from '../benchmarkSettings.ts';
import { benchmarksConfig, evaluationConfig, nameFor } from '../composedConfigs.ts';
import type { Parts } from '../parts.ts';
import { runLabel } from '../runWords.ts';
import { hasTrained } from '../selection.ts';
import { isTrusted } from '../trust.ts';
import { askForCheckpoint, askForRun } from './ask.ts';
import { launchRun } from './launchRun.ts';
import { readSourceConfig } from './sourceConfig.ts';

export async function evaluateCheckpoint(parts: Parts, argument?: unknown, checkpointName?: unknown): Promise<void> {
  const { say } = parts;
  if (!(await isTrusted(say))) return;
  const title = say('Evaluate Checkpoint');
  const none = say('Only a run that has trained has checkpoints to evaluate.');
  const run = await askForRun(parts, argument, { title, fits: hasTrained, none });
  if (run === null) return;
  const checkpoint = await askForCheckpoint(parts, run, title, argument, checkpointName);
  if (checkpoint === null) return;
  const source = await readSourceConfig(run);
  if (source === null) {
    void window.showErrorMessage(
      say('The config of {0} cannot be read, so it is not known how to measure it.', runLabel(run)),
    );
    return;
  }
  const benchmarks = await askForBenchmarks(parts, title);
  if (benchmarks === null) return;
  const name = nameFor(run.summary.name, checkpoint.step);
  await launchRun(parts, {
    config: run.summary.configPath,
    configJson:
      benchmarks.length === 0
        ? evaluationConfig(source, checkpoint.folder, name)
        : benchmarksConfig(source, checkpoint.folder, name, benchmarks),
    runFolder: newRunFolder(run.root, `evaluate ${name}`, new Date()),
    title: say('Starting {0}…', name),
    isShown: true,
  });
}

/** Names of published benchmarks; none for what the run itself measures, which is not asked where the settings know no other. */
async function askForBenchmarks({ say }: Parts, title: string): Promise<readonly string[] | null> {
  const known = Object.entries(benchmarkSettings());
  if (known.length === 0) return [];
  const own = { label: say('What the run itself measures'), isOwn: true };
  const others = { label: say('Published benchmarks…'), detail: known.map(([name]) => name).join(', '), isOwn: false };
  const kind = await window.showQuickPick([own, others], { title });
  if (!kind) return null;
  if (kind.isOwn) return [];
  const items = known.map(([name, path]) => ({ label: name, description: path, picked: true }));
  const chosen = await window.showQuickPick(items, { title, canPickMany: true });
  return chosen && chosen.length > 0 ? chosen.map(({ label }) => label) : null;
}
