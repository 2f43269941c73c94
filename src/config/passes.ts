/** How a batch is cut into passes that suit a processor, which the engine works by and the memory estimate counts. */

/** What so many tokens leave behind in a layer stays in the processor's caches (docs/log.md). */
const TOKENS = 1024;
/** Fewer for a thread, and its products would be too small. */
const TOKENS_PER_THREAD = 512;
/** Where the parts would be smaller than this share of it, adding up their gradients would cost more than is won. */
const SMALLEST_SHARE = 1 / 2;

/** Sequences in one pass of a processor: the largest even part of `size` sequences of `length` tokens that fits, or all of them. */
export function sequencesPerPass(size: number, length: number, threads: number): number {
  const room = Math.max(TOKENS, TOKENS_PER_THREAD * threads);
  const most = Math.max(1, Math.min(size, Math.floor(room / length)));
  const even = Array.from({ length: most }, (_, i) => most - i).find((part) => size % part === 0) ?? size;
  return even * length < SMALLEST_SHARE * room ? size : even;
}
