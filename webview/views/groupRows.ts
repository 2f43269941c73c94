/** The groups of reinforcement learning as plain data: all completions of one prompt in one rollout, and what they come to. */
import type { Completion, Rollout } from '../../src/protocol/events.ts';
import type { Words } from '../text.ts';

export type Learned = Completion & { readonly rollout: Rollout };

export interface Group {
  readonly id: string;
  /** Optimizer steps that were done before it was sampled. */
  readonly step: number;
  /** In the order in which they were sampled. */
  readonly completions: readonly Learned[];
}

const isLearned = (completion: Completion): completion is Learned => completion.rollout !== undefined;

/** Newest rollout first, within it as they were told. */
export function groupsOf(completions: readonly Completion[]): Group[] {
  const groups = new Map<string, Learned[]>();
  for (const completion of completions.filter(isLearned)) {
    const known = groups.get(completion.rollout.group);
    if (known) known.push(completion);
    else groups.set(completion.rollout.group, [completion]);
  }
  return [...groups]
    .map(([id, members]) => ({ id, step: members[0]?.step ?? 0, completions: members }))
    .sort((a, b) => b.step - a.step);
}

/** Newest first. */
export const stepsOf = (groups: readonly Group[]): number[] => [...new Set(groups.map(({ step }) => step))];

/** Names of the parts of the reward, in the order in which they are told. */
export const rewardNames = ({ completions }: Group): string[] => [
  ...new Set(completions.flatMap(({ rollout }) => Object.keys(rollout.rewards))),
];

export interface GroupFigures {
  /** Of those that are shown. */
  readonly right: number;
  readonly cut: number;
  /** All that were sampled for the prompt, shown or not. */
  readonly count: number;
  /** Of the rewards of all of them. */
  readonly mean: number;
  /** With n - 1 below the root, as TRL reckons. */
  readonly spread: number;
}

export function figuresOfGroup({ completions }: Group): GroupFigures {
  const siblings = completions[0]?.rollout.siblings;
  return {
    right: completions.filter(({ verdict }) => verdict === 'correct').length,
    cut: completions.filter(({ finishReason }) => finishReason === 'length').length,
    ...(siblings
      ? { count: siblings.count, mean: siblings.meanReward, spread: siblings.rewardStd }
      : rewardFigures(completions)),
  };
}

/** Of the completions that are shown: runs of before tell of no others. */
function rewardFigures(completions: readonly Learned[]): Pick<GroupFigures, 'count' | 'mean' | 'spread'> {
  const rewards = completions.map(({ rollout }) => rollout.reward);
  const mean = rewards.reduce((sum, reward) => sum + reward, 0) / Math.max(1, rewards.length);
  const squares = rewards.reduce((sum, reward) => sum + (reward - mean) ** 2, 0);
  return { count: rewards.length, mean, spread: Math.sqrt(squares / Math.max(1, rewards.length - 1)) };
}

/** Whether the policy learns from none of them, as far as it is told. */
const isLeftOut = ({ completions }: Group): boolean => completions.every(({ rollout }) => rollout.isLearned === false);

/** The group in a sentence or two. */
export function groupSummary(group: Group, { t, count, decimal }: Words): string {
  const { right, cut, mean, spread, count: all } = figuresOfGroup(group);
  const shown = group.completions.length;
  const told = [
    t('{0} of {1} completions are right.', count(right), count(shown)),
    all > shown ? t('{0} of {1} are shown.', count(shown), count(all)) : '',
    t('The mean reward is {0}, its spread {1}.', decimal(mean, 2), decimal(spread, 2)),
    cut > 0 ? t('Cut at the token limit: {0}.', count(cut)) : '',
    spread === 0 ? t('All are rewarded alike, so nothing is learned from how they differ.') : '',
    spread > 0 && isLeftOut(group) ? t('The policy does not learn from this group.') : '',
  ];
  return told.filter(Boolean).join(' ');
}
