/** The lines of a block as texts. */

/** Without their ends; null for a line that is no UTF-8. */
export function textLines(bytes: Uint8Array): (string | null)[] {
  const whole = decode(bytes);
  const lines = whole === null ? splitBytes(bytes).map(decode) : whole.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function splitBytes(bytes: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let start = 0; start <= bytes.length;) {
    const feed = bytes.indexOf(0x0a, start);
    const end = feed < 0 ? bytes.length : feed;
    parts.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return parts;
}
