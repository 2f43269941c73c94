/** Evaluate Checkpoint…: a new run that measures a checkpoint the way its own run would have. */
import { window } from 'vscode';
import { newRunFolder } from '../../runs/runsRoot.ts';
import { evaluationConfig, nameFor } from '../composedConfigs.ts';
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
  const name = nameFor(run.summary.name, checkpoint.step);
  await launchRun(parts, {
    config: run.summary.configPath,
    configJson: evaluationConfig(source, checkpoint.folder, name),
    runFolder: newRunFolder(run.root, `evaluate ${name}`, new Date()),
    title: say('Starting {0}…', name),
    isShown: true,
  });
}
