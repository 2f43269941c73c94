/** Counts what a JSON text holds before it is parsed: a small file may ask for a thousand times its size in objects. */

export interface JsonShape {
  /** Objects and lists. */
  readonly containers: number;
  /** Members and elements, give or take the first of each container. */
  readonly values: number;
  readonly depth: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING = [0x5b, 0x7b];
const CLOSING = [0x5d, 0x7d];

/** Of UTF-8 bytes that need not be valid JSON. */
export function shapeOfJson(bytes: Uint8Array): JsonShape {
  let containers = 0;
  let commas = 0;
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) at = endOfText(bytes, at);
    else if (byte === COMMA) commas++;
    else if (OPENING.includes(byte)) {
      containers++;
      deepest = Math.max(deepest, ++depth);
    } else if (CLOSING.includes(byte)) depth--;
  }
  return { containers, values: containers + commas, depth: deepest };
}

/** The place of the quote that ends the text which begins at `start`. */
function endOfText(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    if (bytes[at] === BACKSLASH) at++;
    else if (bytes[at] === QUOTE) return at;
  }
  return bytes.length;
}
