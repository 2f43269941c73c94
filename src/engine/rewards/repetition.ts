/** Minus the share of word runs that were there before in the completion (Open-R1's repetition penalty, arXiv 2502.03373): 0 to -1. */
import type { Reward } from './reward.ts';

export const repetition: Reward = ({ text }, { config: { repetitionNgram: n } }) => {
  const words = text.split(/\s+/u).filter((word) => word !== '');
  const runs = Math.max(0, words.length - n + 1);
  if (runs === 0) return 0;
  const different = new Set(Array.from({ length: runs }, (_, at) => words.slice(at, at + n).join(' ')));
  return different.size / runs - 1;
};
