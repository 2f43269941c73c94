/** Preview Training Example: what the model will be trained on, token by token, and the way from one row to the next. */
import { ProgressLocation, Uri, window, workspace, type QuickPickItem } from 'vscode';
import type { ExamplePreview, PreviewedExample } from '../../protocol/examplePreview.ts';
import { askTrainer } from '../askTrainer.ts';
import { exampleText, exampleTitle } from '../exampleText.ts';
import { whole } from '../numbers.ts';
import type { Parts } from '../parts.ts';
import { EXAMPLE_LANGUAGE, type ShownExample } from '../trainingExamples.ts';
import { isTrusted } from '../trust.ts';
import { trainingConfig } from './trainingConfig.ts';

const DEADLINE_MS = 10 * 60_000;
/** Rows that the list offers at once; any other can be typed. */
const LISTED = 50;

export async function previewExample(parts: Parts, config?: unknown): Promise<void> {
  const { say } = parts;
  if (!(await isTrusted(say))) return;
  const uri = await trainingConfig(parts, config, say('Preview Training Example'));
  if (uri !== null) await show(parts, { config: uri.fsPath, row: 1 });
}

export const previousExample = (parts: Parts): Promise<void> => step(parts, -1);

export const nextExample = (parts: Parts): Promise<void> => step(parts, 1);

/** A row by its first words, or by its number. */
export async function chooseExample(parts: Parts): Promise<void> {
  const shown = active(parts);
  if (!shown || !(await isTrusted(parts.say))) return;
  const from = Math.max(1, shown.row - LISTED / 2);
  const listed = await ask(parts, { config: shown.config, row: from }, ['--count', String(LISTED), '--brief']);
  const row = listed && (await chooseRow(parts, listed));
  if (row) await show(parts, { config: shown.config, row });
}

type Wanted = Pick<ShownExample, 'config' | 'row'>;

async function step(parts: Parts, by: number): Promise<void> {
  const shown = active(parts);
  if (!shown || !(await isTrusted(parts.say))) return;
  const row = shown.row + by;
  if (row >= 1 && (shown.rows === null || row <= shown.rows)) await show(parts, { ...shown, row });
}

/** The example in the editor that was last active. */
const active = ({ examples }: Parts): ShownExample | undefined =>
  [window.activeTextEditor, ...window.visibleTextEditors].flatMap((editor) => examples.find(editor?.document) ?? [])[0];

async function show(parts: Parts, wanted: Wanted): Promise<void> {
  const { say, documents, examples } = parts;
  const shown = await fetchExample(parts, wanted);
  if (shown === null) return;
  if (shown.text.text.trim() === '') {
    void window.showWarningMessage(say('There is no row {0}.', whole(wanted.row)));
    return;
  }
  const key = exampleKey(shown);
  const text = examples.keep(key, shown);
  await documents.show(exampleTitle(shown.row, shown.rows, say), key, text, EXAMPLE_LANGUAGE);
}

/** Null when it was cancelled. */
async function fetchExample(parts: Parts, wanted: Wanted): Promise<ShownExample | null> {
  const preview = await ask(parts, wanted, []);
  if (preview === null) return null;
  const { examples, rows } = preview;
  return { text: exampleText(examples, rows, parts.say), config: wanted.config, row: wanted.row, rows };
}

async function ask(parts: Parts, { config, row }: Wanted, more: readonly string[]): Promise<ExamplePreview | null> {
  const printed = await askTrainer(parts, {
    args: ['example', '--config', config, '--row', String(row), ...more],
    title: parts.say('Reading row {0}', whole(row)),
    location: ProgressLocation.Window,
    timeoutMs: DEADLINE_MS,
  });
  return printed === null ? null : (JSON.parse(printed) as ExamplePreview);
}

interface RowItem extends QuickPickItem {
  readonly row: number;
}

/** Null when nothing was chosen. A number that is typed becomes an item of its own. */
function chooseRow({ say }: Parts, { examples, rows }: ExamplePreview): Promise<number | null> {
  const listed = examples.map((example) => itemOf(example, say));
  const pick = window.createQuickPick<RowItem>();
  pick.title = rows === null ? say('Choose a row') : say('Choose one of {0} rows', whole(rows));
  pick.placeholder = say('Type a number, or a part of a prompt');
  pick.matchOnDescription = true;
  pick.items = listed;
  return new Promise((resolve) => {
    pick.onDidChangeValue((value) => {
      const row = /^\d{1,12}$/.test(value) ? Number(value) : 0;
      const isElsewhere = row > 0 && listed.every((item) => item.row !== row);
      pick.items = isElsewhere ? [{ label: whole(row), row, alwaysShow: true }, ...listed] : listed;
    });
    pick.onDidAccept(() => {
      resolve(pick.selectedItems[0]?.row ?? null);
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(null);
      pick.dispose();
    });
    pick.show();
  });
}

function itemOf({ row, title, tokens, cut, leftOut }: PreviewedExample, say: Parts['say']): RowItem {
  const state = leftOut ? say('left out') : cut > 0 ? say('{0} cut off', whole(cut)) : '';
  const detail = [say('{0} tokens', whole(tokens)), state].filter((part) => part !== '').join(' · ');
  return { label: whole(row), description: title, detail, row };
}

const KEY = 'example ';

const exampleKey = ({ config, row }: Wanted): string => `${KEY}${row} ${Uri.file(config).toString()}`;

export const isExampleKey = (key: string): boolean => key.startsWith(KEY);

/** The text of a document that was open before a reload; null where it cannot be made again. */
export async function reopenExample(parts: Parts, key: string): Promise<string | null> {
  const [, row = '', config = ''] = key.split(' ');
  if (!workspace.isTrusted || !/^\d+$/.test(row)) return null;
  const shown = await fetchExample(parts, { config: Uri.parse(config).fsPath, row: Number(row) });
  return shown && parts.examples.keep(key, shown);
}
