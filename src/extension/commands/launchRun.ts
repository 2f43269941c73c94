/** Starts a trainer and takes its run in: the way that every start, continuation, evaluation and sample goes. */
import { ProgressLocation, window, workspace } from 'vscode';
import { launchTrainer, type LaunchOptions } from '../../runs/launch.ts';
import { findRuntime, type Runtime } from '../../runs/runtime.ts';
import { trainerEnvironment } from '../gpuEnginePlace.ts';
import type { Parts } from '../parts.ts';
import type { RunWatcher } from '../runWatcher.ts';

export type Launch = Pick<LaunchOptions, 'runFolder' | 'config' | 'configJson' | 'isContinuation' | 'isBrief'> & {
  /** What is said while it starts. */
  readonly title: string;
  /** Open the panel if the settings say so. */
  readonly isShown: boolean;
};

/** The run, once its trainer has taken the run folder. Throws what `launchTrainer` and `findRuntime` throw. */
export async function launchRun(parts: Parts, launch: Launch): Promise<RunWatcher | null> {
  const { title, isShown, ...options } = launch;
  const { registry, selection, panels, log, trainer } = parts;
  const settings = workspace.getConfiguration('valley');
  const onBusy = settings.get<string>('onBusyDevice') === 'refuse' ? 'refuse' : 'queue';
  const launched = await window.withProgress({ location: ProgressLocation.Window, title }, async () => {
    const runtime = await findTrainerRuntime();
    log.info(`${runtime.version} (${runtime.foundBy}): ${options.runFolder}`);
    return launchTrainer({ runtime, trainer, onBusy, env: trainerEnvironment(parts), ...options });
  });
  const run = await registry.add(launched.runFolder);
  if (run === null) return null;
  selection.choose(run);
  if (isShown && settings.get<boolean>('openPanelOnStart') !== false) panels.show(run);
  return run;
}

/** The setting names a program, so it is never taken from a folder that is not trusted: the manifest restricts it. */
export function findTrainerRuntime(): Promise<Runtime> {
  const setting = workspace.getConfiguration('valley').get<string>('nodePath', '');
  return findRuntime({ setting, editorExecPath: process.execPath });
}
