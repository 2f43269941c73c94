/** Read-only documents beside the code: completions and reports, as the editor's own text. The editor brings them back after a reload. */
import {
  EventEmitter,
  FileChangeType,
  FilePermission,
  FileSystemError,
  FileType,
  TabInputWebview,
  Uri,
  ViewColumn,
  window,
  workspace,
  type Disposable,
  type FileChangeEvent,
  type FileStat,
  type FileSystemProvider,
} from 'vscode';
import { PANEL_TYPE } from './runPanels.ts';
import type { Say } from './say.ts';

/** As the manifest's activation event names it. */
const DOCUMENT_SCHEME = 'valley-cot';

/** The text for a key that was shown before the window was reloaded; null where it cannot be had any more. */
export type Reopen = (key: string) => Promise<string | null>;

interface Document {
  readonly bytes: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** A file system of documents that are made when they are read: only then are they restored with their tab. */
export class ReadOnlyDocuments implements FileSystemProvider, Disposable {
  readonly #say: Say;
  readonly #reopen: Reopen;
  readonly #documents = new Map<string, Promise<Document>>();
  readonly #changed = new EventEmitter<FileChangeEvent[]>();
  readonly onDidChangeFile = this.#changed.event;
  readonly #registered: Disposable[];

  constructor(say: Say, reopen: Reopen) {
    this.#say = say;
    this.#reopen = reopen;
    this.#registered = [
      workspace.registerFileSystemProvider(DOCUMENT_SCHEME, this, { isReadonly: true, isCaseSensitive: true }),
      workspace.onDidCloseTextDocument(({ uri }) => {
        if (uri.scheme === DOCUMENT_SCHEME) this.#documents.delete(uri.toString());
      }),
    ];
  }

  /** Shows a text under a title; `key` tells documents with one title apart. Nothing in the title or key is a path. The ending tells the language. */
  async show(title: string, key: string, text: string, ending = 'txt'): Promise<void> {
    const uri = this.put(title, key, text, ending);
    const document = await workspace.openTextDocument(uri);
    await window.showTextDocument(document, { viewColumn: columnOfDocuments(), preview: true, preserveFocus: false });
  }

  /** The same without showing it: where it can be opened. */
  put(title: string, key: string, text: string, ending = 'txt'): Uri {
    const path = `/${title.replaceAll(/[/\\]/g, '∕')}.${ending}`;
    const uri = Uri.from({ scheme: DOCUMENT_SCHEME, path, query: key });
    this.#documents.set(uri.toString(), Promise.resolve(documentOf(text)));
    this.#changed.fire([{ type: FileChangeType.Changed, uri }]);
    return uri;
  }

  async stat(uri: Uri): Promise<FileStat> {
    if (uri.query === '') throw FileSystemError.FileNotFound(uri);
    const { bytes, time } = await this.#find(uri);
    return { type: FileType.File, ctime: time, mtime: time, size: bytes.length, permissions: FilePermission.Readonly };
  }

  async readFile(uri: Uri): Promise<Uint8Array> {
    return (await this.#find(uri)).bytes;
  }

  watch(): Disposable {
    return { dispose: () => undefined }; // what changes is told of by `show`
  }

  readDirectory(uri: Uri): never {
    throw FileSystemError.FileNotFound(uri);
  }

  createDirectory(uri: Uri): never {
    throw FileSystemError.NoPermissions(uri);
  }

  writeFile(uri: Uri): never {
    throw FileSystemError.NoPermissions(uri);
  }

  delete(uri: Uri): never {
    throw FileSystemError.NoPermissions(uri);
  }

  rename(uri: Uri): never {
    throw FileSystemError.NoPermissions(uri);
  }

  dispose(): void {
    this.#changed.dispose();
    for (const registered of this.#registered) registered.dispose();
  }

  #find(uri: Uri): Promise<Document> {
    const name = uri.toString();
    const document = this.#documents.get(name) ?? this.#read(uri.query);
    this.#documents.set(name, document);
    document.catch(() => this.#documents.delete(name));
    return document;
  }

  async #read(key: string): Promise<Document> {
    const text = await this.#reopen(key);
    return documentOf(text ?? this.#say('This text cannot be shown any more: its run is not in this workspace.'));
  }
}

const documentOf = (text: string): Document => ({ bytes: new TextEncoder().encode(text), time: Date.now() });

/** Where the last one can still be seen, else beside the panels, so that it covers none; beside what is active where there is none. */
const columnOfDocuments = (): ViewColumn =>
  window.visibleTextEditors.find(({ document }) => document.uri.scheme === DOCUMENT_SCHEME)?.viewColumn ??
  columnBesidePanels() ??
  ViewColumn.Beside;

const columnBesidePanels = (): ViewColumn | undefined => {
  const shown = window.tabGroups.all.filter(
    ({ activeTab }) => activeTab?.input instanceof TabInputWebview && activeTab.input.viewType.endsWith(PANEL_TYPE),
  );
  if (shown.length === 0) return undefined;
  return Math.min(Math.max(...shown.map(({ viewColumn }) => viewColumn)) + 1, ViewColumn.Nine);
};
