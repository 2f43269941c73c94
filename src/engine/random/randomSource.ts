/** Numbers by chance that need no memory: each is a function of (seed, purpose, step, index), so a continued run draws what an uninterrupted one would. */
import { philox } from './philox.ts';

const TWO_32 = 2 ** 32;

/** All indices are integers in 0 .. 2^53-1; the same index always gives the same number. */
export interface RandomSource {
  /** In [0, 1), with 53 random bits. */
  uniform(index: number): number;
  /** An integer in [0, below); `below` is at most 2^32. */
  integer(index: number, below: number): number;
  /** Standard normal. */
  normal(index: number): number;
}

/**
 * The numbers of one purpose (`weights`, `order`, `sampling` ...) at one step. Different purposes, steps and seeds are independent.
 * @param seed integer in 0 .. 2^53-1
 */
export function randomSource(seed: number, purpose: string, step = 0): RandomSource {
  const key0 = seed >>> 0;
  const key1 = (Math.floor(seed / TWO_32) ^ hashText(purpose)) >>> 0;
  const block = new Uint32Array(4);
  const fill = (index: number): void => {
    block[0] = index >>> 0;
    block[1] = Math.floor(index / TWO_32);
    block[2] = step >>> 0;
    block[3] = Math.floor(step / TWO_32);
    philox(block, key0, key1);
  };
  const uniform = (index: number): number => {
    fill(index);
    return unit(block[0] ?? 0, block[1] ?? 0);
  };
  return {
    uniform,
    integer: (index, below) => Math.floor(uniform(index) * below),
    normal: (index) => {
      fill(index);
      const radius = Math.sqrt(-2 * Math.log(1 - unit(block[0] ?? 0, block[1] ?? 0)));
      return radius * Math.cos(2 * Math.PI * unit(block[2] ?? 0, block[3] ?? 0));
    },
  };
}

/** 53 bits of two words as a number in [0, 1). */
const unit = (high: number, low: number): number => ((high >>> 5) * 0x4000000 + (low >>> 6)) / 2 ** 53;

/** FNV-1a over UTF-16 code units, finished by a mix so that similar texts end far apart. 32 bits. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
