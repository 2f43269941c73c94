/** How attention is cut into blocks of queries, which the engine works by and the memory estimate counts. */

/** Below this many queries at a time, products are too small to be fast. */
const SHORTEST_BLOCK = 64;
/** 6/16 of the work is saved, of the 8/16 that could be; more blocks take more memory for copies of keys and values. */
const MOST_BLOCKS = 4;

/** Blocks of queries that a sequence of this length is cut into, at least 1. */
export const attentionBlocks = (length: number, shortest = SHORTEST_BLOCK): number =>
  Math.max(1, Math.min(MOST_BLOCKS, Math.floor(length / shortest)));

/** Share of the [T, T] attention weights that is computed and kept: the rest lies behind the block's last query. */
export function attentionShare(length: number): number {
  const blocks = attentionBlocks(length);
  return (blocks + 1) / (2 * blocks);
}
