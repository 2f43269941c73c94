/** Damaged JSONL and JSON: whatever the bytes, every row is read or told, and nothing is thrown. */
import { jsonElements } from '../../src/data/rows/jsonElements.ts';
import { jsonLines } from '../../src/data/rows/jsonLines.ts';
import { textLines } from '../../src/data/rows/textLines.ts';
import { examinerOf } from '../../src/engine/rows/examineSpec.ts';
import { rowBytes } from '../../src/engine/rows/rowTable.ts';
import { textExaminer } from '../support/textExaminer.ts';

const LIMITS = { blockBytes: 256, rowBytes: 2048 };

/** The sentence that says what is wrong; null where all holds. */
export async function lineProblem(bytes: Buffer): Promise<string | null> {
  try {
    return (await countProblem(bytes)) ?? (await elementProblem(bytes));
  } catch (error) {
    return `thrown: ${error instanceof Error ? error.stack : String(error)}`;
  }
}

/** Rows and rows that are told are together as many as there are lines that are not blank. */
async function countProblem(bytes: Buffer): Promise<string | null> {
  const examiner = examinerOf(textExaminer);
  const [wanted, found] = [plainCount(bytes), { rows: 0, bad: 0 }];
  for await (const { bytes: block, firstLine, bad } of jsonLines(pieces(bytes), LIMITS)) {
    const examined = examiner.examine(textLines(block), (place) => firstLine + place);
    const lengths = rowBytes(examined.table);
    if (Buffer.byteLength(examined.texts) !== lengths.reduce((sum, length) => sum + length, 0))
      return 'the lengths of the rows are not those of their texts';
    found.rows += lengths.length;
    found.bad += [...bad, ...examined.bad].reduce((sum, { rows }) => sum + rows, 0);
  }
  return found.rows + found.bad === wanted ? null : `${found.rows} rows and ${found.bad} bad ones, but ${wanted} lines`;
}

/** Lines that are not blank, counted in the plainest way. */
function plainCount(bytes: Buffer): number {
  const text = bytes.toString('latin1').replace(/^\u00ef\u00bb\u00bf/, '');
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return text.split('\n').filter((line) => decoder.decode(Buffer.from(line, 'latin1')).trim() !== '').length;
}

/** Every element is whole: it lies on one line, and the numbers of lines never fall. */
async function elementProblem(bytes: Buffer): Promise<string | null> {
  let last = 0;
  for await (const { bytes: block, lines } of jsonElements(pieces(bytes), LIMITS)) {
    if (textLines(block).length !== lines?.length) return 'an element lies on several lines';
    for (const line of lines) {
      if (line < last) return `line ${line} comes after line ${last}`;
      last = line;
    }
  }
  return null;
}

async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100);
}
