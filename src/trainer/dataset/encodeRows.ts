/** Reads a data file row by row and makes of each example what the model is trained on; never holds more than a few blocks of it. */
import type { RowBlock } from '../../data/rows/block.ts';
import { rowBlocks, type ParquetReader } from '../../data/rows/rowBlocks.ts';
import { textLines } from '../../data/rows/textLines.ts';
import type { TrainingOutcome } from '../../engine/chat/exampleEncoder.ts';
import type { Example } from '../../engine/formats/format.ts';
import type { Reading } from '../../engine/formats/guess.ts';
import type { UnusedRow } from '../../engine/recipes/prepareDeps.ts';
import { examplesIn } from '../../engine/rows/readRow.ts';

/** Makes tokens of examples, in their order. */
export interface RowEncoder {
  encode(examples: readonly Example[]): Promise<TrainingOutcome[]>;
}

export interface RowsToEncode {
  /** Absolute. */
  readonly path: string;
  readonly reading: Reading;
  readonly encoder: RowEncoder;
  readonly parquet: ParquetReader;
  /** Blocks at the beginning that are known already. */
  readonly skip?: number;
}

/** An example and what the model makes of it, or why the template refuses it. A row may hold several. */
export interface EncodedRow {
  /** From 1; a row's number where the file has no lines. */
  readonly line: number;
  readonly example: Example;
  readonly outcome: TrainingOutcome;
}

export interface EncodedBlock {
  readonly rows: readonly EncodedRow[];
  /** Rows that could not be read, counted by reason. */
  readonly bad: readonly UnusedRow[];
  /** Bytes of JSON read so far: of a packed file more than it has. */
  readonly done: number;
}

/** Conversations that go to the template together, while those before become tokens. */
const TOGETHER = 64;

/**
 * The blocks of a file in order; they are cut the same way every time. Stopping early is fine and ends the reading.
 * Throws `BadDataset`, `FileFailure`, and what the encoder throws.
 */
export async function* encodeRows(options: RowsToEncode): AsyncGenerator<EncodedBlock> {
  const { path, reading, encoder, parquet, skip = 0 } = options;
  let [number, done] = [0, 0];
  for await (const block of rowBlocks(path, parquet, { columns: Object.values(reading.mapping) })) {
    done += block.bytes.length;
    if (number++ < skip) continue;
    const { found, bad } = examplesOf(block, reading);
    const outcomes = await encodeAll(encoder, found);
    const rows = found.map((one, at) => ({ ...one, outcome: outcomes[at] ?? missing() }));
    yield { rows, bad, done };
  }
}

interface Found {
  readonly line: number;
  readonly example: Example;
}

function examplesOf(block: RowBlock, reading: Reading): { found: Found[]; bad: UnusedRow[] } {
  const found: Found[] = [];
  const bad: UnusedRow[] = [...(block.bad as readonly UnusedRow[])];
  for (const [place, text] of textLines(block.bytes).entries()) {
    const line = block.lines?.[place] ?? block.firstLine + place;
    const read = examplesIn(text, reading);
    if ('bad' in read) bad.push({ line, rows: 1, ...read.bad });
    else for (const example of read.examples) found.push({ line, example });
  }
  return { found, bad };
}

/** The template's process renders one part while the tokens of the one before are made here. */
async function encodeAll(encoder: RowEncoder, found: readonly Found[]): Promise<readonly TrainingOutcome[]> {
  const outcomes: TrainingOutcome[] = [];
  const part = (at: number): Promise<TrainingOutcome[]> => {
    const encoded = encoder.encode(found.slice(at, at + TOGETHER).map(({ example }) => example));
    // Who waits for an earlier part hears of a failure at its turn.
    encoded.catch(() => undefined);
    return encoded;
  };
  let next = part(0);
  for (let at = 0; at < found.length; at += TOGETHER) {
    const mine = next;
    next = part(at + TOGETHER);
    outcomes.push(...(await mine));
  }
  return outcomes;
}

const missing = (): never => {
  throw new Error('An example was left without an outcome.');
};
