/** What menus and the palette may ask: whether there are runs, and in which state. */
import { commands } from 'vscode';
import type { RunRegistry } from './runRegistry.ts';

export function keepContextKeys(registry: RunRegistry): void {
  const told = new Map<string, boolean>();
  const tell = (key: string, value: boolean): void => {
    if (told.get(key) === value) return;
    told.set(key, value);
    void commands.executeCommand('setContext', key, value);
  };
  registry.onDidChange.add(() => {
    const { runs } = registry;
    tell('valley.hasRuns', runs.length > 0);
    tell(
      'valley.hasLiveRun',
      runs.some((run) => run.isLive),
    );
    tell(
      'valley.hasRunningRun',
      runs.some(({ status }) => status === 'running'),
    );
    tell(
      'valley.hasPausedRun',
      runs.some(({ status }) => status === 'paused'),
    );
  });
}
