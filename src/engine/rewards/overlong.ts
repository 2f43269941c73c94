/** Less and less in the last stretch before the limit, -1 at the limit ("soft overlong punishment", DAPO, arXiv 2503.14476). */
import type { Reward } from './reward.ts';

export const overlong: Reward = ({ tokens, finishReason }, { maxNewTokens, config }) => {
  if (finishReason === 'length') return -1;
  const stretch = config.overlongShare * maxNewTokens;
  const into = tokens - (maxNewTokens - stretch);
  return into <= 0 ? 0 : Math.max(-1, -into / stretch);
};
