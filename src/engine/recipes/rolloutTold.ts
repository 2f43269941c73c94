/** What is told of a rollout: its metrics, some of its groups with all that a person compares in them, and later what came of those. */
import type { GrpoConfig } from '../../config/schema.ts';
import type { Completion, CompletionsLearned, CompletionsSampled, Metrics } from '../../protocol/events.ts';
import { isMasked } from './policyBatch.ts';
import { isAlike, type RolloutCompletion, type RolloutResult } from './rollout.ts';

/** At most so many completions of a rollout are shown. */
const SHOWN = 16;

/** Whole groups as far as there is room, those that differ first: there is something to see in them. */
export function completionsShown(
  { groups, completions }: RolloutResult,
  step: number,
  config: GrpoConfig,
): CompletionsSampled {
  const kept = new Set(completions);
  const told = [...groups].sort((a, b) => Number(isAlike(a)) - Number(isAlike(b)));
  const most = Math.max(1, Math.floor(SHOWN / (told[0]?.length ?? 1)));
  const shown = told.slice(0, most).flatMap((group) => group.slice(0, SHOWN));
  return {
    type: 'completions.sampled',
    step,
    purpose: 'training',
    completions: shown.map((one) => withFate(one, kept.has(one) && !isMasked(config, one.completion))),
  };
}

const withFate = ({ completion }: RolloutCompletion, isLearned: boolean): Completion => ({
  ...completion,
  rollout: { ...completion.rollout, isLearned },
});

/** Adds up over the updates on a rollout how much of each completion was clipped. */
export class ClippedShares {
  private readonly sums = new Map<string, { readonly share: number; readonly updates: number }>();

  /** `clipped` tokens of each of the completions, in one update. */
  add(completions: readonly Completion[], clipped: readonly number[]): void {
    for (const [i, { id, tokens }] of completions.entries()) {
      const { share, updates } = this.sums.get(id) ?? { share: 0, updates: 0 };
      this.sums.set(id, { share: share + (clipped[i] ?? 0) / tokens, updates: updates + 1 });
    }
  }

  /** Of those that were shown and learned from. */
  told({ step, completions }: CompletionsSampled): CompletionsLearned {
    const shares = completions.flatMap(({ id, rollout }) => {
      const sum = rollout?.isLearned ? this.sums.get(id) : undefined;
      return sum ? [[id, sum.share / sum.updates] as const] : [];
    });
    return { type: 'completions.learned', step, clipped: Object.fromEntries(shares) };
  }
}

/** In TRL's words, over all that was sampled. */
export function rolloutMetrics({ groups }: RolloutResult, seconds: number): Metrics {
  const all = groups.flat().map(({ completion }) => completion);
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const names = Object.keys(all[0]?.rollout.rewards ?? {});
  const rewards = all.map(({ rollout }) => rollout.reward);
  const average = mean(rewards);
  const tokens = all.reduce((sum, completion) => sum + completion.tokens, 0);
  const logs = all.reduce((sum, one) => sum + one.tokens * (one.meanLogProbability ?? 0), 0);
  return {
    reward: average,
    reward_std: Math.sqrt(mean(rewards.map((reward) => (reward - average) ** 2))),
    ...Object.fromEntries(
      names.map((name) => [`rewards/${name}`, mean(all.map(({ rollout }) => rollout.rewards[name] ?? 0))]),
    ),
    frac_reward_zero_std: groups.filter(isAlike).length / groups.length,
    'completions/mean_length': mean(all.map((completion) => completion.tokens)),
    'completions/clipped_ratio': mean(all.map(({ finishReason }) => Number(finishReason === 'length'))),
    // The mean of -log p over sampled tokens, before temperature: at temperature 1 the entropy, as far as so many tokens tell it.
    entropy: -logs / tokens,
    tokens_per_second: seconds > 0 ? tokens / seconds : null,
  };
}
