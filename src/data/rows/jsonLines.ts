/** Cuts JSONL into blocks of whole lines, without holding more than a block and one row. */
import { BLOCK_LIMITS, tooLong, type BadRow, type BlockLimits, type RowBlock } from './block.ts';

const LINE_FEED = 0x0a;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;

/** Blocks of a stream of bytes, in order. The cuts depend on the bytes alone, not on the pieces they come in. */
export async function* jsonLines(
  pieces: AsyncIterable<Uint8Array>,
  limits: BlockLimits = BLOCK_LIMITS,
): AsyncGenerator<RowBlock> {
  const cutter = new LineCutter(limits);
  for await (const piece of pieces) yield* cutter.take(piece);
  yield* cutter.end();
}

class LineCutter {
  readonly #limits: BlockLimits;
  /** The block under way: whole lines, and perhaps the beginning of one. */
  #buffer: Uint8Array<ArrayBuffer>;
  #used = 0;
  /** Where the line under way begins in the buffer. */
  #lineStart = 0;
  #line = 1;
  #firstLine = 1;
  #bad: BadRow[] = [];
  /** The rest of a line that is too long is passed over. */
  #isSkipping = false;

  constructor(limits: BlockLimits) {
    this.#limits = limits;
    this.#buffer = new Uint8Array(limits.blockBytes * 2);
  }

  *take(piece: Uint8Array): Generator<RowBlock> {
    for (let start = 0; start < piece.length;) {
      const feed = piece.indexOf(LINE_FEED, start);
      const end = feed < 0 ? piece.length : feed + 1;
      if (!this.#isSkipping) this.#append(piece.subarray(start, end));
      if (this.#used - this.#lineStart > this.#limits.rowBytes) yield* this.#skipLine();
      if (feed >= 0) yield* this.#endLine();
      start = end;
    }
  }

  *end(): Generator<RowBlock> {
    if (this.#isSkipping) this.#firstLine = ++this.#line;
    yield* this.#cut();
  }

  #append(bytes: Uint8Array): void {
    const needed = this.#used + bytes.length;
    if (needed > this.#buffer.length) this.#grow(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.set(bytes, this.#used);
    this.#used = needed;
  }

  #grow(size: number): void {
    const larger = new Uint8Array(size);
    larger.set(this.#buffer.subarray(0, this.#used));
    this.#buffer = larger;
  }

  *#skipLine(): Generator<RowBlock> {
    this.#used = this.#lineStart;
    this.#bad.push(tooLong(this.#line, this.#limits.rowBytes));
    this.#isSkipping = true;
    yield* this.#cut();
  }

  *#endLine(): Generator<RowBlock> {
    this.#line++;
    this.#lineStart = this.#used;
    if (this.#isSkipping) this.#firstLine = this.#line;
    this.#isSkipping = false;
    if (this.#used >= this.#limits.blockBytes) yield* this.#cut();
  }

  *#cut(): Generator<RowBlock> {
    if (this.#used === 0 && this.#bad.length === 0) return;
    const whole = this.#firstLine === 1 ? withoutMark(this.#buffer, this.#used) : this.#buffer.slice(0, this.#used);
    yield { bytes: whole, firstLine: this.#firstLine, lines: null, bad: this.#bad };
    this.#used = 0;
    this.#lineStart = 0;
    this.#firstLine = this.#line;
    this.#bad = [];
    if (this.#buffer.length > this.#limits.blockBytes * 2) this.#buffer = new Uint8Array(this.#limits.blockBytes * 2);
  }
}

const withoutMark = (bytes: Uint8Array<ArrayBuffer>, end: number): Uint8Array<ArrayBuffer> =>
  bytes.slice(BYTE_ORDER_MARK.every((byte, at) => bytes[at] === byte && at < end) ? BYTE_ORDER_MARK.length : 0, end);
