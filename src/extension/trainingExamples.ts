/** Documents of training examples: their tokens painted by what is learned, told of where the pointer rests, with lenses to the next one. */
import {
  CodeLens,
  Hover,
  languages,
  MarkdownString,
  Range,
  Uri,
  window,
  workspace,
  type Command,
  type Disposable,
  type Position,
  type TextDocument,
  type TextEditor,
} from 'vscode';
import { tokenHover, type ExampleText, type TokenSpan } from './exampleText.ts';
import type { Say } from './say.ts';
import { TokenPaint } from './tokenPaint.ts';

/** As the manifest names the language, and the ending of its documents. */
export const EXAMPLE_LANGUAGE = 'valley-example';

/** A document's text and where it comes from. */
export interface ShownExample {
  readonly text: ExampleText;
  /** Path of the config. */
  readonly config: string;
  /** From 1. */
  readonly row: number;
  /** How many there are, where that is known. */
  readonly rows: number | null;
}

const TOP = new Range(0, 0, 0, 0);

export class TrainingExamples implements Disposable {
  readonly #say: Say;
  readonly #paint = new TokenPaint();
  /** By the key of the document. */
  readonly #shown = new Map<string, ShownExample>();
  readonly #listening: Disposable[];

  constructor(say: Say) {
    this.#say = say;
    const repaint = (): void => window.visibleTextEditors.forEach((editor) => this.#repaint(editor));
    this.#listening = [
      window.onDidChangeVisibleTextEditors(repaint),
      workspace.onDidOpenTextDocument(repaint),
      workspace.onDidChangeTextDocument(({ document }) => this.find(document) && repaint()),
      workspace.onDidCloseTextDocument((document) => {
        if (document.languageId === EXAMPLE_LANGUAGE) this.#shown.delete(document.uri.query);
      }),
      languages.registerHoverProvider(EXAMPLE_LANGUAGE, { provideHover: (document, at) => this.#hover(document, at) }),
      languages.registerCodeLensProvider(EXAMPLE_LANGUAGE, { provideCodeLenses: (document) => this.#lenses(document) }),
    ];
  }

  /** To be called before the document of this key is opened; gives its text. */
  keep(key: string, example: ShownExample): string {
    this.#shown.set(key, example);
    return example.text.text;
  }

  /** The example that a document shows; undefined for other documents. */
  find(document: TextDocument | undefined): ShownExample | undefined {
    return document?.languageId === EXAMPLE_LANGUAGE ? this.#shown.get(document.uri.query) : undefined;
  }

  dispose(): void {
    for (const listening of this.#listening) listening.dispose();
    this.#paint.dispose();
  }

  #repaint(editor: TextEditor): void {
    const { document } = editor;
    const example = this.find(document);
    if (!example || document.getText() !== example.text.text) return;
    const rangeOf = ({ start, end }: { readonly start: number; readonly end: number }): Range =>
      new Range(document.positionAt(start), document.positionAt(end));
    const tokens = example.text.spans.map((span) => ({
      range: rangeOf(span),
      state: span.piece.state,
      isSpecial: span.piece.isSpecial,
    }));
    const legend = example.text.legend.map((span) => ({ range: rangeOf(span), look: span.shown }));
    this.#paint.paint(editor, tokens, legend);
  }

  #hover(document: TextDocument, at: Position): Hover | null {
    const example = this.find(document);
    const span = example && spanAt(example.text.spans, document.offsetAt(at));
    if (!span) return null;
    const [name = '', ...lines] = tokenHover(span, this.#say);
    const words = new MarkdownString().appendText(name);
    // Sentences of ours: `appendText` would keep them from being broken into lines.
    for (const line of lines) words.appendMarkdown(`\n\n${line}`);
    return new Hover(words, new Range(document.positionAt(span.start), document.positionAt(span.end)));
  }

  #lenses(document: TextDocument): CodeLens[] {
    const example = this.find(document);
    if (!example) return [];
    const say = this.#say;
    const { row, rows, config } = example;
    const lenses: (Command | null)[] = [
      row > 1 ? { command: 'valley.previousExample', title: `$(chevron-left) ${say('Previous')}` } : null,
      rows === null || row < rows ? { command: 'valley.nextExample', title: `${say('Next')} $(chevron-right)` } : null,
      { command: 'valley.chooseExample', title: `$(list-selection) ${say('Choose Row…')}` },
      { command: 'vscode.open', title: `$(go-to-file) ${say('Open Config')}`, arguments: [Uri.file(config)] },
    ];
    return lenses.flatMap((command) => (command ? [new CodeLens(TOP, command)] : []));
  }
}

/** Spans ascend. */
function spanAt(spans: readonly TokenSpan[], offset: number): TokenSpan | undefined {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.end ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  const span = spans[low];
  return span && span.start <= offset ? span : undefined;
}
