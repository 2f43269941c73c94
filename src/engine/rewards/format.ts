/** 1 for a completion that ends by itself and gives an answer that can be read, right or wrong; else 0. */
import type { Reward } from './reward.ts';

export const format: Reward = ({ finishReason, answer }) => (finishReason === 'stop' && answer !== null ? 1 : 0);
