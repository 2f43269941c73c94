/** One webview that shows one run: a snapshot when it can be seen, then batches of events; what it sends is checked. */
import { randomBytes } from 'node:crypto';
import { env, Uri, type Disposable, type WebviewPanel } from 'vscode';
import type { EvaluationPair, FromPanel, ToPanel } from '../protocol/panel.ts';
import type { Strings } from '../protocol/translate.ts';
import type { Stoppable } from './listeners.ts';
import { readFromPanel } from './panelMessages.ts';
import { panelPage } from './panelPage.ts';
import { runLabel } from './runWords.ts';
import type { RunChange, RunWatcher } from './runWatcher.ts';
import { thinned } from './thinSnapshot.ts';

export interface PanelHandlers {
  readonly onMessage: (panel: RunPanel, message: FromPanel) => void;
  readonly onRefused: (message: unknown) => void;
  readonly onClosed: (panel: RunPanel) => void;
  readonly onSeen: (panel: RunPanel) => void;
}

export class RunPanel implements Disposable {
  readonly run: RunWatcher;
  /** When the panel was last given a whole run, in ms since the epoch; null before. */
  shownAt: number | null = null;
  readonly #panel: WebviewPanel;
  readonly #strings: Strings;
  readonly #stopped: (Stoppable | Disposable)[];
  #isReady = false;
  /** Said to the panel once it can hear. */
  #held: ToPanel | null = null;

  constructor(panel: WebviewPanel, run: RunWatcher, extension: Uri, strings: Strings, handlers: PanelHandlers) {
    this.run = run;
    this.#panel = panel;
    this.#strings = strings;
    panel.title = runLabel(run);
    panel.iconPath = {
      light: Uri.joinPath(extension, 'media', 'panel-light.svg'),
      dark: Uri.joinPath(extension, 'media', 'panel-dark.svg'),
    };
    panel.webview.options = panelOptions(extension);
    this.#stopped = [
      run.follow(),
      run.onDidChange.add((change) => this.#tell(change)),
      panel.webview.onDidReceiveMessage((message: unknown) => this.#hear(message, handlers)),
      panel.onDidChangeViewState(() => this.#look(handlers)),
      panel.onDidDispose(() => handlers.onClosed(this)),
    ];
    panel.webview.html = this.#page(extension);
  }

  get isVisible(): boolean {
    return this.#panel.visible;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  reveal(): void {
    this.#panel.reveal(undefined, true);
  }

  close(): void {
    this.#panel.dispose();
  }

  send(message: ToPanel): void {
    if (this.#isReady && this.#panel.visible) void this.#panel.webview.postMessage(message);
  }

  /** Shows two evaluations side by side, as soon as the panel is there. */
  compare(pair: EvaluationPair): void {
    this.#held = { type: 'showComparison', pair };
    if (this.run.state !== null) this.#sendHeld();
  }

  dispose(): void {
    for (const stopped of this.#stopped) stopped.dispose();
  }

  #hear(message: unknown, handlers: PanelHandlers): void {
    const known = readFromPanel(message);
    if (known === null) return handlers.onRefused(message);
    if (known.type !== 'ready') return handlers.onMessage(this, known);
    this.#isReady = true;
    this.#sendSnapshot();
  }

  /** A hidden webview is gone with all it knew; it says `ready` again when it returns. */
  #look(handlers: PanelHandlers): void {
    if (!this.#panel.visible) this.#isReady = false;
    if (this.#panel.active) handlers.onSeen(this);
  }

  #tell(change: RunChange): void {
    if (change.type === 'reset') return this.#sendSnapshot();
    if (change.type === 'events') return this.send({ type: 'events', events: change.events });
    this.#panel.title = runLabel(this.run);
    this.send({ type: 'health', health: this.run.health });
  }

  #sendSnapshot(): void {
    const { state, status, health, summary } = this.run;
    if (state === null || !this.#isReady) return;
    this.#panel.title = runLabel(this.run);
    this.shownAt = Date.now();
    // A run that waits has not told its name yet; its lease has.
    const run = { ...thinned(state), status, name: summary.name, recipe: summary.recipe };
    this.send({ type: 'snapshot', run, health, locale: env.language, strings: this.#strings });
    this.#sendHeld();
  }

  #sendHeld(): void {
    if (this.#held === null || !this.#isReady || !this.#panel.visible) return;
    this.send(this.#held);
    this.#held = null;
  }

  #page(extension: Uri): string {
    const { webview } = this.#panel;
    const address = (...path: string[]): string => webview.asWebviewUri(Uri.joinPath(extension, ...path)).toString();
    return panelPage({
      nonce: randomBytes(24).toString('base64url'),
      cspSource: webview.cspSource,
      script: address('dist', 'panel.js'),
      styles: [address('dist', 'uplot.css'), address('media', 'panel.css')],
      locale: env.language,
      runId: this.run.id,
      title: runLabel(this.run),
    });
  }
}

export const panelOptions = (extension: Uri): { enableScripts: true; localResourceRoots: Uri[] } => ({
  enableScripts: true,
  localResourceRoots: [Uri.joinPath(extension, 'dist'), Uri.joinPath(extension, 'media')],
});
