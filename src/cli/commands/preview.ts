/** `valley preview CONFIG`: a training example as the model learns it. */
import { resolve } from 'node:path';
import type { ExamplePreview } from '../../protocol/examplePreview.ts';
import { translate } from '../../protocol/translate.ts';
import type { Arguments } from '../arguments.ts';
import { BadInput, EXIT, type Console } from '../console.ts';
import { exampleLines } from '../exampleLines.ts';
import { COUNT, numeric } from '../options.ts';
import { paint } from '../paint.ts';
import { askTrainer } from '../trainerTool.ts';
import { requireTraining } from './preflight.ts';

/** With `--json` one line: an `ExamplePreview`. Ends with 2 where there is no such row. */
export async function preview({ words, options }: Arguments, console: Console): Promise<number> {
  const [file = ''] = words;
  const { strings, hasColor } = console;
  requireTraining(file, console);
  const row = numeric(options, 'row', COUNT, strings) ?? 1;
  const printed = await askTrainer(['example', '--config', resolve(console.cwd, file), '--row', String(row)], console);
  const { examples, rows } = JSON.parse(printed) as ExamplePreview;
  if (options.json === true) console.out(`${printed}\n`);
  else if (examples.length === 0) throw new BadInput(noSuchRow(row, rows, strings));
  else
    for (const example of examples)
      console.out(`${exampleLines(example, rows, { paint: paint(hasColor), hasColor, strings })}\n`);
  return examples.length === 0 ? EXIT.badInput : EXIT.finished;
}

const noSuchRow = (row: number, rows: number | null, strings: Console['strings']): string =>
  translate(strings, 'There is no row {0}: the data have {1}.', row, rows ?? '?');
