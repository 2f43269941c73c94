/** Keys on a chart: which point comes next, and how the range of steps grows or shrinks around it. */

const JUMP = 10;

/** The row a key leads to, or null for a key that walks nowhere. Without a row yet, the walk starts at the end. */
export function walk(key: string, row: number | null, count: number): number | null {
  if (count === 0) return null;
  const from = row ?? (key === 'ArrowRight' || key === 'PageDown' ? -1 : count);
  const to = target(key, from, count);
  return to === null ? null : Math.min(count - 1, Math.max(0, to));
}

function target(key: string, from: number, count: number): number | null {
  switch (key) {
    case 'ArrowLeft':
      return from - 1;
    case 'ArrowRight':
      return from + 1;
    case 'PageUp':
      return from - JUMP;
    case 'PageDown':
      return from + JUMP;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}

/** The new range of steps after `+` (half around the row) or `-`/Escape (null = all); undefined for other keys. */
export function zoomAround(
  key: string,
  row: number | null,
  x: readonly number[],
): readonly [number, number] | null | undefined {
  if (key === '-' || key === 'Escape') return null;
  const [first, last] = [x[0], x.at(-1)];
  if (key !== '+' || first === undefined || last === undefined || last - first < 2) return undefined;
  const centre = x[row ?? x.length - 1] ?? last;
  const quarter = (last - first) / 4;
  const from = Math.min(Math.max(first, centre - quarter), last - 2 * quarter);
  return [from, from + 2 * quarter];
}

/** A range in ascending order. */
export const bounds = ([a, b]: readonly [number, number]): readonly [number, number] => [
  Math.min(a, b),
  Math.max(a, b),
];
