/** Cuts a JSON file (a list of rows, or rows one after the other) into blocks, a row a line, without holding the file. */
import { BLOCK_LIMITS, tooLong, type BadRow, type BlockLimits, type RowBlock } from './block.ts';

const BYTE = { quote: 0x22, backslash: 0x5c, feed: 0x0a, return: 0x0d, space: 0x20, comma: 0x2c } as const;
const OPENERS = new Set([0x5b, 0x7b]);
const CLOSERS = new Set([0x5d, 0x7d]);
const [LIST, LIST_END] = [0x5b, 0x5d];
const MARK = new Set([0xef, 0xbb, 0xbf]);

/** Line breaks inside a row become spaces: a JSON text may hold them only between its parts. */
export async function* jsonElements(
  pieces: AsyncIterable<Uint8Array>,
  limits: BlockLimits = BLOCK_LIMITS,
): AsyncGenerator<RowBlock> {
  const cutter = new ElementCutter(limits);
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; at++) cutter.take(piece[at] ?? 0);
    if (cutter.isFull) yield cutter.cut();
  }
  cutter.end();
  if (!cutter.isEmpty) yield cutter.cut();
}

class ElementCutter {
  readonly #limits: BlockLimits;
  #buffer: Uint8Array<ArrayBuffer>;
  #used = 0;
  #lines: number[] = [];
  #bad: BadRow[] = [];
  #line = 1;
  #rowStart = 0;
  #rowLine = 1;
  #depth = 0;
  /** 1 inside a list of rows, 0 where rows stand one after the other, null before the first character. */
  #base: 0 | 1 | null = null;
  #isInRow = false;
  #isInText = false;
  #isEscaped = false;
  #isSkipping = false;
  #hasEnded = false;

  constructor(limits: BlockLimits) {
    this.#limits = limits;
    this.#buffer = new Uint8Array(limits.blockBytes * 2);
  }

  get isFull(): boolean {
    return this.#rowStart >= this.#limits.blockBytes;
  }

  get isEmpty(): boolean {
    return this.#rowStart === 0 && this.#bad.length === 0;
  }

  /** The whole rows so far. */
  cut(): RowBlock {
    const bytes = this.#buffer.slice(0, this.#rowStart);
    const block = {
      bytes,
      firstLine: this.#lines[0] ?? this.#line,
      lines: Uint32Array.from(this.#lines),
      bad: this.#bad,
    };
    this.#buffer.copyWithin(0, this.#rowStart, this.#used);
    this.#used -= this.#rowStart;
    this.#rowStart = 0;
    this.#lines = [];
    this.#bad = [];
    return block;
  }

  take(byte: number): void {
    if (byte === BYTE.feed) this.#line++;
    if (this.#isInText) this.#takeText(byte);
    else if (this.#isInRow) this.#takeInside(byte);
    else this.#takeBetween(byte);
  }

  end(): void {
    if (this.#isInRow && (this.#depth > (this.#base ?? 0) || this.#isInText))
      this.#refuse({ rows: 1, line: this.#rowLine, rule: 'notJson', detail: 'the file ends inside this row' });
    else if (this.#isInRow) this.#endRow();
    if (this.#base === 1 && !this.#hasEnded)
      this.#bad.push({
        rows: 1,
        line: this.#line,
        rule: 'notJson',
        detail: 'the list is not closed: the file was cut short',
      });
  }

  #takeText(byte: number): void {
    this.#keep(byte);
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BYTE.backslash) this.#isEscaped = true;
    else if (byte === BYTE.quote) this.#isInText = false;
  }

  #takeInside(byte: number): void {
    const base = this.#base ?? 0;
    const isOutside = this.#depth === base;
    if (isOutside && (byte === BYTE.comma || (base === 1 && byte === LIST_END) || isSpace(byte))) {
      this.#endRow();
      this.#takeBetween(byte);
      return;
    }
    this.#keep(byte);
    if (byte === BYTE.quote) this.#isInText = true;
    else if (OPENERS.has(byte)) this.#depth++;
    else if (CLOSERS.has(byte) && --this.#depth <= base) this.#endRow();
  }

  #takeBetween(byte: number): void {
    if (isSpace(byte) || (this.#base === null && MARK.has(byte))) return;
    if (this.#base === null && byte === LIST) {
      this.#base = 1;
      this.#depth = 1;
      return;
    }
    this.#base ??= 0;
    if (byte === BYTE.comma) return;
    if (this.#base === 1 && byte === LIST_END) {
      this.#hasEnded = true;
      return;
    }
    this.#isInRow = true;
    this.#isSkipping = false;
    this.#rowLine = this.#line;
    this.#depth = this.#base;
    this.#takeInside(byte);
  }

  #keep(byte: number): void {
    if (this.#isSkipping) return;
    if (this.#used - this.#rowStart >= this.#limits.rowBytes) {
      this.#bad.push(tooLong(this.#rowLine, this.#limits.rowBytes));
      this.#used = this.#rowStart;
      this.#isSkipping = true;
      return;
    }
    if (this.#used + 1 >= this.#buffer.length) this.#grow();
    this.#buffer[this.#used++] = byte === BYTE.feed || byte === BYTE.return ? BYTE.space : byte;
  }

  #endRow(): void {
    this.#isInRow = false;
    if (this.#isSkipping) return;
    this.#buffer[this.#used++] = BYTE.feed;
    this.#rowStart = this.#used;
    this.#lines.push(this.#rowLine);
  }

  #refuse(bad: BadRow): void {
    this.#isInRow = false;
    this.#used = this.#rowStart;
    this.#bad.push(bad);
  }

  #grow(): void {
    const larger = new Uint8Array(this.#buffer.length * 2);
    larger.set(this.#buffer.subarray(0, this.#used));
    this.#buffer = larger;
  }
}

const isSpace = (byte: number): boolean =>
  byte === BYTE.space || byte === BYTE.feed || byte === BYTE.return || byte === 0x09;
