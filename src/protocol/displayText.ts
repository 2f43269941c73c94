/** Makes text from models, data sets and files safe to show anywhere: tree, tooltip, notification, output channel, terminal, panel. */

// Controls but tab and line feed; bidirectional marks; zero-width; language tags; lone surrogates.
const HIDDEN =
  /(?![\t\n])\p{Cc}|[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

/** The text with every invisible or reordering character as a visible escape, e.g. `\u202e`. */
export function displayText(text: string): string {
  return text.replace(HIDDEN, (char) => {
    const code = char.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** The same on one line of at most `limit` characters, line breaks shown as ⏎. */
export function displayLine(text: string, limit = 200): string {
  const line = displayText(text.length > limit * 2 ? text.slice(0, limit * 2) : text)
    .replaceAll('\n', '⏎')
    .replaceAll('\t', ' ');
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line;
}
