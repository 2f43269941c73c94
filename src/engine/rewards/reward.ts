/** The contract of a reward: a number for one completion, without a weight. */
import type { RewardsConfig } from '../../config/grpoSchema.ts';
import type { Completion } from '../../protocol/events.ts';

export interface RewardContext {
  readonly config: RewardsConfig;
  /** Longest completion in tokens. */
  readonly maxNewTokens: number;
}

/** Without side effects; the same completion always has the same reward. */
export type Reward = (completion: Completion, context: RewardContext) => number;
