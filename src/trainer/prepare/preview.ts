/** Looks at the first rows of a data file, however large it is. */
import { MappedRow, UnreadableRow } from '../../engine/formats/format.ts';
import { guessReading, type Reading } from '../../engine/formats/guess.ts';
import { promptText } from '../../engine/rows/exampleText.ts';
import type { DataPreview } from '../../protocol/dataPreview.ts';
import { parquetApart } from './parquetApart.ts';
import { firstRows } from './sources.ts';

const ROWS = 50;
const EXAMPLES = 3;
const SHOWN = 2000;

/** Throws `BadDataset` and `FileFailure`. `script` is the bundled parquetProcess.ts. */
export async function preview(path: string, script: URL): Promise<DataPreview> {
  const rows = await firstRows(path, ROWS, parquetApart(script));
  const reading = guessReading(rows);
  return {
    v: 1,
    path,
    format: reading?.format.name ?? null,
    columns: reading?.mapping ?? {},
    names: [...new Set(rows.flatMap((row) => Object.keys(row)))].slice(0, 200),
    examples: reading === null ? [] : rows.flatMap((row) => examplesOf(row, reading)).slice(0, EXAMPLES),
  };
}

function examplesOf(row: Readonly<Record<string, unknown>>, { format, mapping }: Reading): DataPreview['examples'] {
  try {
    return format.parse(new MappedRow(row, mapping)).map((example) => ({
      prompt: promptText(example).slice(0, SHOWN),
      completion: example.completion.slice(0, SHOWN),
      answer: example.answer,
    }));
  } catch (error) {
    if (error instanceof UnreadableRow) return [];
    throw error;
  }
}
