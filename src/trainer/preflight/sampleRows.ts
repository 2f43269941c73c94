/** Some rows of a data file that stand for all of them: its first ones, and others by chance from a pass over the bytes. */
import type { BadRow, RowBlock } from '../../data/rows/block.ts';
import { sizeOfFile } from '../../data/rows/fileBytes.ts';
import { dataKind, rowBlocks, type ParquetReader } from '../../data/rows/rowBlocks.ts';
import { textLines } from '../../data/rows/textLines.ts';
import { FIRST_LOOKED, MOST_LOOKED } from '../../engine/preflight/looked.ts';
import { Reservoir } from '../../engine/preflight/reservoir.ts';

export interface SampleOptions {
  readonly parquet: ParquetReader;
  readonly seed: number;
  /** Bytes passed over so far, of how many. */
  readonly onProgress: (done: number, total: number) => void;
}

/** A row as the file has it. */
export interface SampledRow {
  /** From 1: a line of the file, or a row where it has no lines. */
  readonly line: number;
  /** JSON; null for what is no UTF-8. */
  readonly text: string | null;
}

export interface RowSample {
  /** In the order of the file. */
  readonly rows: readonly SampledRow[];
  /** Rows that the reader itself left out, of those that were passed over. */
  readonly bad: readonly BadRow[];
  /** Rows in the file, bad ones too. */
  readonly total: number;
  /** Whether `total` is reckoned from the size of the file. */
  readonly isEstimate: boolean;
}

/** What is passed over at most, as JSON lines: gigabytes of plain lines pass in a second or two, others take unpacking or decoding. */
const MOST_BYTES = { plain: 2 ** 30, unpacked: 2 ** 28 } as const;
/** Characters that are tokenized without being asked for all: some seconds. */
const MOST_CHARACTERS = 4e6;
const FEWEST_ROWS = 200;

/** Deterministic. Throws `FileFailure` and `BadDataset`. */
export async function sampleRows(path: string, options: SampleOptions): Promise<RowSample> {
  const { kind, isGzip } = dataKind(path);
  const size = sizeOfFile(path);
  const isPlain = kind === 'jsonl' && !isGzip;
  const limit = MOST_BYTES[isPlain ? 'plain' : 'unpacked'];
  const sampler = new Sampler(options);
  let bytes = 0;
  let isWhole = true;
  for await (const block of rowBlocks(path, options.parquet)) {
    sampler.take(block);
    bytes += block.bytes.length;
    options.onProgress(Math.min(bytes, size), size);
    isWhole = bytes < limit;
    if (!isWhole) break;
  }
  const total = isWhole || !isPlain ? sampler.seen : Math.round((sampler.seen * size) / Math.max(1, bytes));
  return { rows: sampler.result(), bad: sampler.bad, total, isEstimate: !isWhole };
}

class Sampler {
  readonly bad: BadRow[] = [];
  /** Rows so far, bad ones too; empty lines are none. */
  seen = 0;
  readonly #first: SampledRow[] = [];
  readonly #drawn: SampledRow[] = [];
  readonly #reservoir: Reservoir;

  constructor({ seed }: SampleOptions) {
    this.#reservoir = new Reservoir(MOST_LOOKED - FIRST_LOOKED, seed);
  }

  take({ bytes, firstLine, lines, bad }: RowBlock): void {
    this.bad.push(...bad);
    this.seen += bad.reduce((sum, { rows }) => sum + rows, 0);
    for (let start = 0, place = 0; start < bytes.length; place++) {
      const feed = bytes.indexOf(0x0a, start);
      const end = feed < 0 ? bytes.length : feed;
      const line = bytes.subarray(start, end);
      start = end + 1;
      if (!isBlank(line)) this.#offer(line, lines?.[place] ?? firstLine + place);
    }
  }

  result(): readonly SampledRow[] {
    return thinned([...this.#first, ...this.#drawn].sort((a, b) => a.line - b.line));
  }

  #offer(bytes: Uint8Array, line: number): void {
    const number = this.seen++;
    if (number < FIRST_LOOKED) this.#first.push(rowOf(bytes, line));
    else {
      const slot = this.#reservoir.offer(number - FIRST_LOOKED);
      if (slot !== null) this.#drawn[slot] = rowOf(bytes, line);
    }
  }
}

const rowOf = (bytes: Uint8Array, line: number): SampledRow => ({ line, text: textLines(bytes)[0] ?? null });

const isBlank = (line: Uint8Array): boolean => line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);

/** Long rows take long to tokenize: then every second, third … of them is enough, from all over the file. */
function thinned(rows: readonly SampledRow[]): readonly SampledRow[] {
  const characters = rows.reduce((sum, { text }) => sum + (text?.length ?? 0), 0);
  const wanted = Math.max(FEWEST_ROWS, Math.floor((rows.length * MOST_CHARACTERS) / Math.max(1, characters)));
  if (wanted >= rows.length) return rows;
  return Array.from({ length: wanted }, (_, place) => rows[Math.floor((place * rows.length) / wanted)]).filter(
    (row) => row !== undefined,
  );
}
