/** The one status bar item: the newest live run, or the run that needs a person. */
import { StatusBarAlignment, ThemeColor, window, type Disposable, type StatusBarItem } from 'vscode';
import type { RunRegistry } from './runRegistry.ts';
import type { RunWatcher } from './runWatcher.ts';
import { runAccessibleLabel, runShort, runTooltip } from './runWords.ts';
import type { Say } from './say.ts';

const REDRAW_MS = 500;

export class StatusItem implements Disposable {
  readonly #item: StatusBarItem;
  readonly #registry: RunRegistry;
  readonly #say: Say;
  /** Ended badly while we watched, and nobody has looked yet. */
  #alarm: RunWatcher | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(registry: RunRegistry, say: Say) {
    this.#registry = registry;
    this.#say = say;
    this.#item = window.createStatusBarItem('valley.run', StatusBarAlignment.Left, 10);
    this.#item.name = say('Valley run');
    registry.onDidEnd.add((run) => {
      if (run.status === 'failed' || run.status === 'lost') this.#alarm = run;
    });
    registry.onDidChange.add(() => {
      this.#timer ??= setTimeout(() => this.#draw(), REDRAW_MS);
    });
  }

  /** A person has looked at this run. */
  calm(run: RunWatcher): void {
    if (this.#alarm !== run) return;
    this.#alarm = null;
    this.#draw();
  }

  dispose(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#item.dispose();
  }

  #draw(): void {
    this.#timer = null;
    const live = this.#registry.runs.filter((run) => run.isLive);
    const shown = this.#alarm ?? live.find(({ status }) => status !== 'queued') ?? live[0];
    if (shown === undefined) return this.#item.hide();
    const others = live.filter((run) => run !== shown).length;
    const isSilent = shown.health.kind === 'notResponding';
    const sign = shown === this.#alarm ? '$(error)' : isSilent ? '$(warning)' : '$(pulse)';
    this.#item.text = `${sign} ${runShort(shown, this.#say)}${others > 0 ? ` +${others}` : ''}`;
    this.#item.tooltip = runTooltip(shown, this.#say);
    this.#item.backgroundColor = this.#background(shown, isSilent);
    this.#item.accessibilityInformation = { label: runAccessibleLabel(shown, this.#say), role: 'button' };
    this.#item.command = { command: 'valley.openPanel', title: this.#say('Open Panel'), arguments: [shown.id] };
    this.#item.show();
  }

  #background(shown: RunWatcher, isSilent: boolean): ThemeColor | undefined {
    if (shown === this.#alarm) return new ThemeColor('statusBarItem.errorBackground');
    return isSilent ? new ThemeColor('statusBarItem.warningBackground') : undefined;
  }
}
