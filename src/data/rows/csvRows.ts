/** Rows of a CSV file (RFC 4180: a head, commas, quotes that hold commas, line breaks and doubled quotes) as lines of JSON; every value is a text. */
import { BLOCK_LIMITS, tooLong, type BadRow, type BlockLimits, type RowBlock } from './block.ts';

const BYTE = { quote: 0x22, comma: 0x2c, feed: 0x0a, return: 0x0d } as const;
const BYTE_ORDER_MARK = '\uFEFF';

/** The first record names the columns; one that names a column twice keeps the last. Empty lines are no rows. */
export async function* csvRows(
  pieces: AsyncIterable<Uint8Array>,
  limits: BlockLimits = BLOCK_LIMITS,
): AsyncGenerator<RowBlock> {
  const records = new RecordReader(limits.rowBytes);
  const rows = new RowWriter(limits);
  for await (const piece of pieces) {
    for (const byte of piece) {
      const record = records.take(byte);
      if (record) rows.add(record);
    }
    if (rows.isFull) yield rows.cut();
  }
  const last = records.end();
  if (last) rows.add(last);
  if (!rows.isEmpty) yield rows.cut();
}

interface Record {
  /** Null for one that cannot be used. */
  readonly fields: readonly string[] | null;
  readonly bad: Pick<BadRow, 'rule' | 'detail'> | null;
  /** Where it begins, from 1. */
  readonly line: number;
}

class RecordReader {
  readonly #most: number;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #bytes = new Uint8Array(1 << 12);
  #used = 0;
  /** Ends of the fields that are whole. */
  #ends: number[] = [];
  #line = 1;
  #firstLine = 1;
  #isQuoted = false;
  /** The byte before was a quote within a quoted field: its end, or the first of two. */
  #isQuoteOpen = false;
  #isFieldBegun = false;
  #isTooLong = false;

  constructor(most: number) {
    this.#most = most;
  }

  /** The record that ends with this byte; null where none does. */
  take(byte: number): Record | null {
    if (byte === BYTE.feed) this.#line++;
    if (this.#isQuoted && !this.#isQuoteOpen) {
      if (byte === BYTE.quote) this.#isQuoteOpen = true;
      else this.#keep(byte);
      return null;
    }
    if (byte === BYTE.quote && this.#isQuoteOpen) {
      this.#isQuoteOpen = false;
      this.#keep(byte);
      return null;
    }
    return this.#outside(byte);
  }

  end(): Record | null {
    return this.#used > 0 || this.#ends.length > 0 || this.#isFieldBegun ? this.#record() : null;
  }

  #outside(byte: number): Record | null {
    if (byte === BYTE.comma) this.#endField();
    else if (byte === BYTE.feed) return this.#record();
    else if (byte === BYTE.quote && !this.#isFieldBegun) [this.#isQuoted, this.#isFieldBegun] = [true, true];
    else if (byte !== BYTE.return) this.#keep(byte);
    return null;
  }

  #keep(byte: number): void {
    this.#isFieldBegun = true;
    if (this.#used >= this.#most) {
      this.#isTooLong = true;
      return;
    }
    if (this.#used === this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#used);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#used++] = byte;
  }

  #endField(): void {
    this.#ends.push(this.#used);
    this.#isQuoted = false;
    this.#isQuoteOpen = false;
    this.#isFieldBegun = false;
  }

  /** Null for an empty line. */
  #record(): Record | null {
    const isEmpty = this.#ends.length === 0 && !this.#isFieldBegun;
    this.#endField();
    const record = isEmpty ? null : this.#whole();
    this.#used = 0;
    this.#ends = [];
    this.#isTooLong = false;
    this.#firstLine = this.#line;
    return record;
  }

  #whole(): Record {
    const line = this.#firstLine;
    if (this.#isTooLong) return { fields: null, bad: tooLong(line, this.#most), line };
    try {
      let start = 0;
      const fields = this.#ends.map((end) => {
        const field = this.#decoder.decode(this.#bytes.subarray(start, end));
        start = end;
        return field;
      });
      return { fields, bad: null, line };
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      return { fields: null, bad: { rule: 'notUtf8', detail: 'bytes that are no UTF-8' }, line };
    }
  }
}

/** More columns than any table has: a longer head is none. */
const MOST_COLUMNS = 10_000;

class RowWriter {
  readonly #limits: BlockLimits;
  #columns: readonly string[] | null = null;
  #rows: string[] = [];
  #lines: number[] = [];
  #bad: BadRow[] = [];
  #characters = 0;

  constructor(limits: BlockLimits) {
    this.#limits = limits;
  }

  get isFull(): boolean {
    return this.#characters >= this.#limits.blockBytes || this.#bad.length > this.#limits.blockBytes >> 6;
  }

  get isEmpty(): boolean {
    return this.#rows.length === 0 && this.#bad.length === 0;
  }

  add({ fields, bad, line }: Record): void {
    if (fields === null) this.#bad.push({ rows: 1, line, rule: bad?.rule ?? 'notUtf8', detail: bad?.detail ?? '' });
    else if (this.#columns === null) this.#columns = fields.slice(0, MOST_COLUMNS).map(withoutMark);
    else if (fields.length === this.#columns.length) this.#keep(this.#columns, fields, line);
    else this.#bad.push({ rows: 1, line, rule: 'wrongType', detail: lengthDetail(fields, this.#columns) });
  }

  cut(): RowBlock {
    const bytes = new TextEncoder().encode(this.#rows.join(''));
    const lines = Uint32Array.from(this.#lines);
    const block = { bytes, firstLine: lines[0] ?? 1, lines, bad: this.#bad };
    [this.#rows, this.#lines, this.#bad, this.#characters] = [[], [], [], 0];
    return block;
  }

  #keep(columns: readonly string[], fields: readonly string[], line: number): void {
    const row = `${JSON.stringify(Object.fromEntries(columns.map((name, i) => [name, fields[i]])))}\n`;
    this.#rows.push(row);
    this.#lines.push(line);
    this.#characters += row.length;
  }
}

const withoutMark = (name: string, place: number): string =>
  place === 0 && name.startsWith(BYTE_ORDER_MARK) ? name.slice(1) : name;

const lengthDetail = (fields: readonly string[], columns: readonly string[]): string =>
  `${fields.length} values, where the head names ${columns.length} columns`;
