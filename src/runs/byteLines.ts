/** The lines of a file or pipe as they come. A line ends at a line feed and nowhere else: texts of JSON hold U+2028 as it is. */

/** Bytes. A longer line is none of ours: it is never held. */
const LINE_LIMIT = 64 << 20;
const NEW_LINE = 10;

/** Without their ends; null for a line beyond the limit. The last needs no end. Rejects as the source does. */
export async function* byteLines(source: AsyncIterable<Uint8Array>, limit = LINE_LIMIT): AsyncGenerator<string | null> {
  let line = new Line(limit);
  for await (const block of source) {
    let start = 0;
    for (let end = block.indexOf(NEW_LINE); end >= 0; end = block.indexOf(NEW_LINE, start)) {
      line.add(block.subarray(start, end));
      yield line.text;
      line = new Line(limit);
      start = end + 1;
    }
    line.add(block.subarray(start));
  }
  if (!line.isEmpty) yield line.text;
}

class Line {
  readonly #limit: number;
  #parts: Uint8Array[] = [];
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  get text(): string | null {
    return this.#size > this.#limit ? null : Buffer.concat(this.#parts).toString('utf8');
  }

  add(part: Uint8Array): void {
    this.#size += part.length;
    if (this.#size > this.#limit) this.#parts = [];
    else if (part.length > 0) this.#parts.push(part);
  }
}
