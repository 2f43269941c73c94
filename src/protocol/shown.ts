/** Values of files as sentences show them: short, whatever the file holds. */

const LONGEST_SHOWN = 80;
const SHOWN_PARTS = 4;

/** A value of a file as it is shown in a sentence: its beginning, found without walking through all of it. */
export function shown(value: unknown, depth = 0): string {
  const text = beginningOf(value, depth);
  return shortened(text);
}

function beginningOf(value: unknown, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, LONGEST_SHOWN));
  if (typeof value !== 'object' || value === null) return String(value);
  if (depth > 2) return '…';
  if (Array.isArray(value)) {
    const more = value.length > SHOWN_PARTS ? ', …' : '';
    return `[${value
      .slice(0, SHOWN_PARTS)
      .map((one: unknown) => shown(one, depth + 1))
      .join(', ')}${more}]`;
  }
  const parts: string[] = [];
  for (const name in value) {
    if (parts.push(`${shown(name)}: ${shown((value as Record<string, unknown>)[name], depth + 1)}`) >= SHOWN_PARTS)
      break;
  }
  return `{${parts.join(', ')}}`;
}

/** A name of a file as it is shown in a sentence. */
export const shortened = (text: string): string =>
  text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN - 1)}…` : text;
