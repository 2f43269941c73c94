/** 1 for the right answer, else 0: the paper's only reward (section 4). A completion that was cut has not given its answer. */
import type { Reward } from './reward.ts';

export const correct: Reward = ({ verdict }) => (verdict === 'correct' ? 1 : 0);
