/** Counts what a JSON text holds before it is parsed: a small file may ask for a thousand times its size in objects. */

export interface JsonShape {
  readonly objects: number;
  readonly lists: number;
  /** Of all objects together. */
  readonly members: number;
  /** Members and elements, give or take the first of each container. */
  readonly values: number;
  readonly depth: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const BRACKET = 0x5b;
const BRACKET_END = 0x5d;
const BRACE = 0x7b;
const BRACE_END = 0x7d;

/** Of UTF-8 bytes that need not be valid JSON. */
export function shapeOfJson(bytes: Uint8Array): JsonShape {
  const counts = { objects: 0, lists: 0, members: 0, values: 0, depth: 0 };
  let depth = 0;
  const open = (): void => {
    counts.values++;
    counts.depth = Math.max(counts.depth, ++depth);
  };
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfText(bytes, at);
    else if (byte === COMMA) counts.values++;
    else if (byte === COLON) counts.members++;
    else if (byte === BRACKET_END || byte === BRACE_END) depth--;
    else if (byte === BRACKET) {
      counts.lists++;
      open();
    } else if (byte === BRACE) {
      counts.objects++;
      open();
    }
  }
  return counts;
}

/** The place of the quote that ends the text which begins at `start`. */
function endOfText(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    if (bytes[at] === BACKSLASH) at++;
    else if (bytes[at] === QUOTE) return at;
  }
  return bytes.length;
}
