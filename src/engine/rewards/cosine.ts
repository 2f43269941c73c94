/**
 * Correct and short is best, wrong and short is worst, along a cosine of the length ("Demystifying Long Chain-of-Thought",
 * arXiv 2502.03373, with Open-R1's values): 1 to 0.5 for correct, -1 to -0.5 for wrong completions.
 */
import type { Reward } from './reward.ts';

const CORRECT = { shortest: 1, longest: 0.5 };
const WRONG = { shortest: -1, longest: -0.5 };

export const cosine: Reward = ({ verdict, tokens }, { maxNewTokens }) => {
  const { shortest, longest } = verdict === 'correct' ? CORRECT : WRONG;
  const wave = (1 + Math.cos((Math.PI * Math.min(tokens, maxNewTokens)) / maxNewTokens)) / 2;
  return longest + (shortest - longest) * wave;
};
