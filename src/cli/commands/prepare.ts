/** `valley prepare CONFIG|DATA`: data as they are on disk become subsets; a data file alone is looked at, and a config for it is proposed. */
import { basename, join, resolve } from 'node:path';
import { prepareText } from '../../config/prepareText.ts';
import type { DataPreview } from '../../protocol/dataPreview.ts';
import { displayLine } from '../../protocol/displayText.ts';
import { translate } from '../../protocol/translate.ts';
import { runTrainerTool } from '../../runs/launch.ts';
import { ownRuntime } from '../../runs/runtime.ts';
import type { Arguments } from '../arguments.ts';
import { requireConfig } from '../configFile.ts';
import { BadInput, EXIT, type Console } from '../console.ts';
import { run } from './run.ts';

const DATA = /\.(jsonl|ndjson|json|csv|parquet)(\.gz)?$/i;
const SHOWN = 400;

export async function prepare(given: Arguments, console: Console): Promise<number> {
  const [file = ''] = given.words;
  if (DATA.test(file)) return showData(resolve(console.cwd, file), given.options.json === true, console);
  if (requireConfig(file, console).recipe !== 'prepare')
    throw new BadInput(translate(console.strings, '{0} has another recipe. Start it with: valley run {0}', file));
  return run(given, console);
}

async function showData(path: string, isJson: boolean, console: Console): Promise<number> {
  const trainer = join(console.programs, 'trainer.mjs');
  const report = await runTrainerTool({ runtime: ownRuntime(), trainer, args: ['preview', '--file', path] });
  if (isJson) console.out(`${report.trim()}\n`);
  else console.out(`${described(JSON.parse(report) as DataPreview, console).join('\n')}\n`);
  return EXIT.finished;
}

function described(preview: DataPreview, { strings }: Console): string[] {
  const { format, names, columns, examples, path } = preview;
  const told = displayLine(names.join(', '), SHOWN);
  if (format === null) return [translate(strings, 'The rows are in no known format. Their columns: {0}', told)];
  const roles = Object.entries(columns).map(([role, column]) => `${role} = ${displayLine(column, 80)}`);
  return [
    translate(strings, 'Format {0}, guessed from the first rows: {1}', format, roles.join(', ')),
    translate(strings, 'All columns: {0}', told),
    ...examples.flatMap(({ prompt, completion, answer }) => [
      '',
      `> ${displayLine(prompt, SHOWN)}`,
      `< ${displayLine(completion, SHOWN)}`,
      ...(answer === null ? [] : [`= ${displayLine(answer, SHOWN)}`]),
    ]),
    '',
    translate(strings, 'A config for it, to be saved beside the file as NAME.valley.jsonc:'),
    '',
    prepareText(preview, basename(path)),
  ];
}
