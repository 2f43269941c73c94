/** DAPO's soft overlong punishment (arXiv 2503.14476, equation 13): length costs before it is cut. */

/** 0 up to `most - cache` tokens, falling in a line to -1 at `most`, and -1 beyond. */
export function softOverlong(
  tokens: number,
  { most, cache }: { readonly most: number; readonly cache: number },
): number {
  if (!(cache > 0 && cache <= most)) throw new Error(`A cache of ${cache} tokens does not fit into ${most}.`);
  return Math.max(-1, Math.min(0, (most - cache - tokens) / cache));
}
