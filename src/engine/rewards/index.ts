/** All rewards, by the name a config gives their weights. */
import type { RewardName } from '../../config/grpoSchema.ts';
import type { Completion } from '../../protocol/events.ts';
import { correct } from './correct.ts';
import { cosine } from './cosine.ts';
import { format } from './format.ts';
import { overlong } from './overlong.ts';
import { repetition } from './repetition.ts';
import type { Reward, RewardContext } from './reward.ts';

export const rewards: Readonly<Record<RewardName, Reward>> = { correct, format, cosine, overlong, repetition };

export interface Rewarded {
  /** The weighted sum. */
  readonly reward: number;
  /** Each part that has a weight, before it. */
  readonly parts: Readonly<Partial<Record<RewardName, number>>>;
  /** Of the parts. */
  readonly weights: Readonly<Partial<Record<RewardName, number>>>;
}

export function rewardOf(completion: Completion, context: RewardContext): Rewarded {
  const weighted = Object.entries(rewards).flatMap(([key, reward]) => {
    const name = key as RewardName;
    const weight = context.config[name];
    return weight === 0 ? [] : [{ name, weight, value: reward(completion, context) }];
  });
  return {
    reward: weighted.reduce((sum, { weight, value }) => sum + weight * value, 0),
    parts: Object.fromEntries(weighted.map(({ name, value }) => [name, value])),
    weights: Object.fromEntries(weighted.map(({ name, weight }) => [name, weight])),
  };
}
