/** Which rows of a long list are in the window, and where the window goes. Numbers only: no document. */

export interface Window {
  /** First row to be made. */
  readonly first: number;
  /** One past the last. */
  readonly end: number;
}

/** The rows between `scrollTop` and `scrollTop + height`, with `spare` more on each side. */
export function windowOf(scrollTop: number, height: number, rowHeight: number, count: number, spare = 6): Window {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - spare);
  const end = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + spare);
  return { first: Math.min(first, count), end: Math.max(end, 0) };
}

/** The scroll position that brings a row into sight with the least movement. */
export function scrollTo(row: number, scrollTop: number, height: number, rowHeight: number): number {
  const top = row * rowHeight;
  if (top < scrollTop) return top;
  return top + rowHeight > scrollTop + height ? top + rowHeight - height : scrollTop;
}

/** The row a key leads to, or null for a key that moves nothing. */
export function rowAfter(key: string, row: number, count: number, page: number): number | null {
  const to = {
    ArrowDown: row + 1,
    ArrowUp: row - 1,
    PageDown: row + page,
    PageUp: row - page,
    Home: 0,
    End: count - 1,
  }[key];
  return to === undefined || count === 0 ? null : Math.min(count - 1, Math.max(0, to));
}
