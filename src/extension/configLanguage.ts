/**
 * Configs as a language of their own: what the editor's JSON service does for other files, in words of ours and with one
 * finding for each mistake (docs/decisions/0012).
 */
import {
  CompletionItem,
  CompletionItemKind,
  DocumentSymbol,
  Hover,
  languages,
  MarkdownString,
  Range,
  SnippetString,
  SymbolKind,
  TextEdit,
  type CompletionList,
  type Disposable,
  type FormattingOptions,
  type Position,
  type TextDocument,
} from 'vscode';
import type { ConfigCompletion } from '../config/configCompletions.ts';
import type { OutlineEntry } from '../config/outline.ts';
import type { Range as Offsets } from '../config/source.ts';
import type { Strings } from '../protocol/translate.ts';

/** As the manifest names it. A person who has the editor treat configs as JSON gets the editor's help by our JSON Schema. */
const CONFIG_LANGUAGE = 'valley-config';

export function serveConfigLanguage(strings: Strings): Disposable[] {
  const provideHover = (document: TextDocument, at: Position): Promise<Hover | null> => hover(document, at, strings);
  const complete = (document: TextDocument, at: Position): Promise<CompletionList | null> =>
    completions(document, at, strings);
  return [
    languages.registerHoverProvider(CONFIG_LANGUAGE, { provideHover }),
    languages.registerCompletionItemProvider(CONFIG_LANGUAGE, { provideCompletionItems: complete }, '"', ':'),
    languages.registerDocumentFormattingEditProvider(CONFIG_LANGUAGE, { provideDocumentFormattingEdits: formatted }),
    languages.registerDocumentSymbolProvider(CONFIG_LANGUAGE, { provideDocumentSymbols: symbols }),
  ];
}

/** The schema library is loaded when the first config is looked at, not when the editor starts. */
async function hover(document: TextDocument, at: Position, strings: Strings): Promise<Hover | null> {
  const { configHover } = await import('../config/configHover.ts');
  const found = configHover(document.getText(), document.offsetAt(at), strings);
  return found && new Hover(new MarkdownString(found.markdown), rangeIn(document, found.range));
}

async function completions(document: TextDocument, at: Position, strings: Strings): Promise<CompletionList | null> {
  const { configCompletions } = await import('../config/configCompletions.ts');
  const found = configCompletions(document.getText(), document.offsetAt(at), strings);
  if (found === null) return null;
  const range = rangeIn(document, found.range);
  return { isIncomplete: false, items: found.items.map((item, place) => itemOf(item, range, place)) };
}

function itemOf({ kind, label, snippet, markdown }: ConfigCompletion, range: Range, place: number): CompletionItem {
  const item = new CompletionItem(label, kind === 'key' ? CompletionItemKind.Property : CompletionItemKind.Value);
  item.insertText = new SnippetString(snippet);
  item.range = range;
  item.filterText = kind === 'key' ? JSON.stringify(label) : label;
  item.sortText = String(place).padStart(3, '0');
  item.documentation = new MarkdownString(markdown);
  return item;
}

async function formatted(document: TextDocument, options: FormattingOptions): Promise<TextEdit[]> {
  const { formatEdits } = await import('../config/outline.ts');
  const { tabSize, insertSpaces } = options;
  return formatEdits(document.getText(), { tabSize, insertSpaces }).map(({ range, text }) =>
    TextEdit.replace(rangeIn(document, range), text),
  );
}

async function symbols(document: TextDocument): Promise<DocumentSymbol[]> {
  const { outlineOf } = await import('../config/outline.ts');
  return outlineOf(document.getText()).map((entry) => symbolOf(document, entry));
}

function symbolOf(document: TextDocument, { name, value, range, key, inner }: OutlineEntry): DocumentSymbol {
  const kind = inner.length > 0 ? SymbolKind.Module : SymbolKind.Property;
  const symbol = new DocumentSymbol(name, value, kind, rangeIn(document, range), rangeIn(document, key));
  symbol.children = inner.map((entry) => symbolOf(document, entry));
  return symbol;
}

const rangeIn = (document: TextDocument, { start, end }: Offsets): Range =>
  new Range(document.positionAt(start), document.positionAt(end));
