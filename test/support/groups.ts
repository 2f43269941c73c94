/** A run of reinforcement learning as events: rollouts of two groups of eight completions, some of them cut. */
import type { Completion, RunEvent } from '../../src/protocol/events.ts';
import { apply, newRun, type RunState } from '../../src/protocol/state.ts';
import { completionAt, stamp } from './goldenRun.ts';

const SIZE = 8;

/** One group, weighed as GRPO does. */
export function group(step: number, place: number, accuracyAt = 700 + step * 60): Completion[] {
  const first = completionAt(accuracyAt, place * 100);
  const drawn = Array.from({ length: SIZE }, (_, at) => completionAt(accuracyAt, place * 100 + at));
  const parts = drawn.map(({ verdict, finishReason, tokens }) => ({
    correct: verdict === 'correct' ? 1 : 0,
    format: finishReason === 'stop' ? 1 : 0,
    cosine: verdict === 'correct' ? 1 - tokens / 128 : -0.5,
  }));
  const rewards = parts.map(({ correct, format, cosine }) => correct + 0.2 * format + 0.25 * cosine);
  const mean = rewards.reduce((sum, reward) => sum + reward, 0) / SIZE;
  const deviation = Math.sqrt(rewards.reduce((sum, reward) => sum + (reward - mean) ** 2, 0) / (SIZE - 1));
  return drawn.map((completion, at) => ({
    ...completion,
    id: `${step}-rollout-${place * SIZE + at}`,
    step,
    prompt: first.prompt,
    gold: first.gold,
    rollout: {
      group: `${step}-${place}`,
      reward: rewards[at] ?? 0,
      rewards: parts[at] ?? {},
      weights: { correct: 1, format: 0.2, cosine: 0.25 },
      advantage: deviation === 0 ? 0 : ((rewards[at] ?? 0) - mean) / (deviation + 1e-4),
      siblings: { count: SIZE, meanReward: mean, rewardStd: deviation },
      isLearned: completion.finishReason === 'stop',
      level: String(place + 1),
    },
  }));
}

/** A run that has sampled after the steps 0, 4 and 8, and has learned from the first group of the last. */
export function rolloutRun(): RunState {
  const run = newRun('grpo');
  const started: RunEvent = {
    ...{ type: 'run.started', recipe: 'grpo', name: 'rl', task: 'arithmetic/addition-3', parameters: 813_440 },
    ...{ executor: null, runtime: { version: 'node 20.20.2', foundBy: 'cli' } },
    ...{ totalSteps: 20, evaluationSteps: [] },
  };
  const sampled = [0, 4, 8].map((step): RunEvent => ({
    ...{ type: 'completions.sampled', step, purpose: 'training' },
    completions: [...group(step, 0), ...group(step, 1)],
  }));
  const clipped = Object.fromEntries(group(8, 0).map(({ id }, at) => [id, at / 100]));
  const learned: RunEvent = { type: 'completions.learned', step: 8, clipped };
  for (const stamped of stamp(run, [started, ...sampled, learned])) apply(run, stamped);
  return run;
}
