/** All panels: at most one per run; they come back after a reload of the window. */
import { ViewColumn, window, type Disposable, type Uri, type WebviewPanel, type WebviewPanelSerializer } from 'vscode';
import type { FromPanel } from '../protocol/panel.ts';
import type { Strings } from '../protocol/translate.ts';
import type { RunRegistry } from './runRegistry.ts';
import { panelOptions, RunPanel, type PanelHandlers } from './runPanel.ts';
import type { RunWatcher } from './runWatcher.ts';
import { runLabel } from './runWords.ts';

/** As the editor knows it; tabs tell it with a prefix. */
export const PANEL_TYPE = 'valley.run';

export interface PanelsHandlers {
  readonly onMessage: (panel: RunPanel, message: FromPanel) => void;
  readonly onSeen: (run: RunWatcher) => void;
  readonly onRefused: () => void;
}

export class RunPanels implements WebviewPanelSerializer, Disposable {
  /** Messages from webviews that were no messages of ours. */
  refused = 0;
  readonly #open = new Map<string, RunPanel>();
  readonly #extension: Uri;
  readonly #strings: Strings;
  readonly #registry: RunRegistry;
  readonly #handlers: PanelsHandlers;
  readonly #registered: Disposable;

  constructor(extension: Uri, strings: Strings, registry: RunRegistry, handlers: PanelsHandlers) {
    this.#extension = extension;
    this.#strings = strings;
    this.#registry = registry;
    this.#handlers = handlers;
    this.#registered = window.registerWebviewPanelSerializer(PANEL_TYPE, this);
  }

  get all(): readonly RunPanel[] {
    return [...this.#open.values()];
  }

  of(run: RunWatcher): RunPanel | null {
    return this.#open.get(run.id) ?? null;
  }

  /** Shows the run beside the editor, in the panel it has or in a new one. The keyboard stays where it is. */
  show(run: RunWatcher): RunPanel {
    const known = this.of(run);
    if (known !== null) {
      known.reveal();
      return known;
    }
    const column = { viewColumn: this.#column(), preserveFocus: true };
    const panel = window.createWebviewPanel(PANEL_TYPE, runLabel(run), column, panelOptions(this.#extension));
    return this.#take(panel, run);
  }

  /** Called by the editor after a reload. The state is what the page saved: the id of its run. */
  async deserializeWebviewPanel(panel: WebviewPanel, state: unknown): Promise<void> {
    await this.#registry.whenScanned;
    const id: unknown = typeof state === 'object' && state !== null && 'runId' in state ? state.runId : null;
    const run = typeof id === 'string' ? this.#registry.find(id) : null;
    if (run === null || this.of(run) !== null) panel.dispose();
    else this.#take(panel, run);
  }

  dispose(): void {
    this.#registered.dispose();
    for (const panel of this.all) panel.dispose();
  }

  /** Beside the code; in the column of the other panels where there is one. */
  #column(): ViewColumn {
    return this.all.length === 0 || window.activeTextEditor !== undefined ? ViewColumn.Beside : ViewColumn.Active;
  }

  #take(panel: WebviewPanel, run: RunWatcher): RunPanel {
    const handlers: PanelHandlers = {
      onMessage: this.#handlers.onMessage,
      onSeen: ({ run: seen }) => this.#handlers.onSeen(seen),
      onRefused: () => {
        this.refused++;
        this.#handlers.onRefused();
      },
      onClosed: (closed) => {
        closed.dispose();
        this.#open.delete(closed.run.id);
      },
    };
    const opened = new RunPanel(panel, run, this.#extension, this.#strings, handlers);
    this.#open.set(run.id, opened);
    this.#handlers.onSeen(run);
    return opened;
  }
}
