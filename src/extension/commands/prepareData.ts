/** Prepare Data…: a data file is looked at, and a config that reads it as guessed opens to be looked over. */
import { basename, dirname } from 'node:path';
import { commands, ProgressLocation, Uri, window, workspace } from 'vscode';
import { prepareText } from '../../config/prepareText.ts';
import type { DataPreview } from '../../protocol/dataPreview.ts';
import { displayLine } from '../../protocol/displayText.ts';
import { askTrainer } from '../askTrainer.ts';
import type { Parts } from '../parts.ts';
import { isTrusted } from '../trust.ts';

const ENDINGS = ['jsonl', 'json', 'csv', 'parquet', 'gz', 'ndjson'];
const DEADLINE_MS = 60_000;

export async function prepareData(parts: Parts, file?: unknown): Promise<void> {
  const { say } = parts;
  if (!(await isTrusted(say))) return;
  const data = file instanceof Uri ? file : await askForData(parts);
  if (data === null) return;
  const printed = await askTrainer(parts, {
    args: ['preview', '--file', data.fsPath],
    title: say('Looking at {0}', nameOf(data)),
    location: ProgressLocation.Notification,
    timeoutMs: DEADLINE_MS,
  });
  if (printed === null) return;
  const preview = JSON.parse(printed) as DataPreview;
  const config = await freeName(data);
  await workspace.fs.writeFile(config, new TextEncoder().encode(prepareText(preview, basename(data.fsPath))));
  await window.showTextDocument(config);
  await offerRun(parts, data, config, preview);
}

async function askForData({ say }: Parts): Promise<Uri | null> {
  const options = {
    title: say('Prepare Data'),
    openLabel: say('Choose a data file'),
    filters: { [say('Data')]: ENDINGS },
  };
  return (await window.showOpenDialog(options))?.[0] ?? null;
}

/** Beside the data, so that the path in it is short. */
async function freeName(data: Uri): Promise<Uri> {
  const stem = basename(data.fsPath).replace(/\..*$/, '');
  for (let count = 1; ; count++) {
    const name = `prepare-${stem}${count === 1 ? '' : `-${count}`}.valley.jsonc`;
    const uri = Uri.joinPath(Uri.file(dirname(data.fsPath)), name);
    const isTaken = await workspace.fs.stat(uri).then(
      () => true,
      () => false,
    );
    if (!isTaken) return uri;
  }
}

async function offerRun({ say }: Parts, data: Uri, config: Uri, { format }: DataPreview): Promise<void> {
  if (format === null) {
    const sentence = 'The first rows of {0} are in no known format. Name the `format` and the `columns` in the config.';
    void window.showWarningMessage(say(sentence, nameOf(data)));
    return;
  }
  const run = say('Run');
  const told = say('{0} is read as {1}. Look the config over, then run it.', nameOf(data), format);
  if ((await window.showInformationMessage(told, run)) === run)
    await commands.executeCommand('valley.runThisConfig', config);
}

const nameOf = (data: Uri): string => displayLine(basename(data.fsPath), 80);
