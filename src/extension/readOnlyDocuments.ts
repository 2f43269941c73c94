/** Read-only documents beside the code: completions and reports, as the editor's own text. */
import {
  EventEmitter,
  Uri,
  ViewColumn,
  window,
  workspace,
  type Disposable,
  type TextDocumentContentProvider,
} from 'vscode';
import type { Say } from './say.ts';

export const DOCUMENT_SCHEME = 'valley-cot';

export class ReadOnlyDocuments implements TextDocumentContentProvider, Disposable {
  readonly #say: Say;
  readonly #texts = new Map<string, string>();
  readonly #changed = new EventEmitter<Uri>();
  readonly onDidChange = this.#changed.event;
  readonly #registered: Disposable[];

  constructor(say: Say) {
    this.#say = say;
    this.#registered = [
      workspace.registerTextDocumentContentProvider(DOCUMENT_SCHEME, this),
      workspace.onDidCloseTextDocument(({ uri }) => {
        if (uri.scheme === DOCUMENT_SCHEME) this.#texts.delete(uri.toString());
      }),
    ];
  }

  provideTextDocumentContent(uri: Uri): string {
    return this.#texts.get(uri.toString()) ?? this.#say('This text is no longer loaded. Open it again from its run.');
  }

  /** Shows a text under a title; `key` tells documents with one title apart. Nothing in the title or key is a path. */
  async show(title: string, key: string, text: string): Promise<void> {
    const path = `/${title.replaceAll(/[/\\]/g, '∕')}.txt`;
    const uri = Uri.from({ scheme: DOCUMENT_SCHEME, path, query: key });
    this.#texts.set(uri.toString(), text);
    this.#changed.fire(uri);
    const document = await workspace.openTextDocument(uri);
    await window.showTextDocument(document, { viewColumn: columnOfDocuments(), preview: true, preserveFocus: false });
  }

  dispose(): void {
    this.#changed.dispose();
    for (const registered of this.#registered) registered.dispose();
  }
}

/** Where the last one can still be seen, else beside what is active. */
const columnOfDocuments = (): ViewColumn =>
  window.visibleTextEditors.find(({ document }) => document.uri.scheme === DOCUMENT_SCHEME)?.viewColumn ??
  ViewColumn.Beside;
