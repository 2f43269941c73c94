/** What a config of the recipe `grpo` may say beside what all training recipes do: rollouts, the loss of the policy, rewards. */
import { z } from 'zod';
import { count, positive, share } from './fields.ts';

const weight = (standard: number, description: string) =>
  z.number().min(-100).max(100).default(standard).meta({ description });

const rewardWeights = {
  correct: weight(1, 'Weight of the reward for the right answer: 1 or 0.'),
  format: weight(
    0,
    'Weight of the reward for a completion that ends by itself with an answer that can be read: 1 or 0.',
  ),
  cosine: weight(
    0,
    'Weight of the reward that falls along a cosine of the length: 1 to 0.5 for correct, -1 to -0.5 for wrong completions. Do not add it to `correct` without a reason: it pays for the answer too.',
  ),
  overlong: weight(
    0,
    'Weight of the penalty for completions close to `rollout.maxNewTokens`: 0 to -1 (soft overlong punishment, DAPO).',
  ),
  repetition: weight(0, 'Weight of the penalty for runs of words that stand there before: 0 to -1.'),
};

export const rewards = z
  .strictObject({
    ...rewardWeights,
    overlongShare: share('Share of `rollout.maxNewTokens` over which the penalty `overlong` grows.')
      .gt(0)
      .default(0.25),
    repetitionNgram: z
      .int()
      .min(1)
      .max(50)
      .default(4)
      .meta({ description: 'Words of a run, for `repetition`.', unit: 'words' }),
  })
  .meta({ description: 'What a completion is paid for: weights of the parts, whose sum is its reward.' });

export const rollout = z
  .strictObject({
    prompts: count('Problems whose completions are sampled together; the paper has 1,024.', 'problems').default(32),
    numGenerations: z.int().min(2).max(1024).default(8).meta({
      description: 'Completions of each problem, which are compared with each other (num_generations).',
      unit: 'completions',
    }),
    temperature: positive('Sampling temperature of the rollouts.').max(10).default(1),
    maxNewTokens: count('Longest completion in tokens (max_completion_length).', 'tokens').default(128),
    batchSize: count('Sequences generated side by side.', 'sequences').default(64),
    dynamicSampling: z.boolean().default(false).meta({
      description:
        'Sample further problems in place of those whose completions are all rewarded alike, up to three times as many as asked for (DAPO).',
    }),
  })
  .meta({ description: 'How completions are sampled to learn from.' });

export const policy = z
  .strictObject({
    lossType: z
      .enum(['grpo', 'dapo', 'dr_grpo'])
      .default('grpo')
      .meta({
        description: 'What a token counts in the loss (loss_type).',
        enumDescriptions: [
          'Each completion counts the same.',
          'Each token counts the same.',
          'Each token counts the same, divided by the longest completion allowed: no bias by length.',
        ],
      }),
    advantages: z
      .enum(['group', 'none', 'leaveOneOut'])
      .default('group')
      .meta({
        description: 'From what a reward is measured.',
        enumDescriptions: [
          "The mean of its group, in the group's standard deviations (GRPO).",
          'The mean of its group (Dr. GRPO).',
          'The mean of the others in its group (RLOO).',
        ],
      }),
    epsilon: share('The ratio of new to old probability counts as at least 1 - epsilon ...').default(0.2),
    epsilonHigh: z
      .number()
      .min(0)
      .max(10)
      .meta({ description: '... and at most 1 + epsilonHigh (clip-higher, DAPO: 0.28). As `epsilon` if left out.' })
      .optional(),
    beta: z.number().min(0).max(10).default(0).meta({
      description:
        'Weight of the KL divergence from the model that training began with; the paper has 1e-4. 0 needs no copy of that model.',
    }),
    numIterations: z
      .int()
      .min(1)
      .max(100)
      .default(1)
      .meta({ description: 'Passes over the completions of a rollout (num_iterations).', unit: 'passes' }),
    maskTruncatedCompletions: z
      .boolean()
      .default(false)
      .meta({ description: 'Learn nothing from completions that were cut at the limit (mask_truncated_completions).' }),
  })
  .meta({
    description:
      'The loss of the policy. GRPO: as it stands. Dr. GRPO: `lossType` "dr_grpo", `advantages` "none". DAPO: `lossType` "dapo", `epsilonHigh` 0.28, `rollout.dynamicSampling` and a weight for `rewards.overlong`. RLOO: `advantages` "leaveOneOut", and `training.batchSize` as large as a rollout, so that each completion is learned from once.',
  });

export const curriculum = z
  .strictObject({
    order: z
      .enum(['shuffled', 'easyFirst', 'weighted'])
      .default('shuffled')
      .meta({
        description: 'In which order problems of different levels are asked.',
        enumDescriptions: [
          'By chance, whatever their level.',
          'Each pass goes from the easiest level to the hardest, by chance within a level; a run that is shorter than a pass takes the same share of every level.',
          'In each rollout as many of each level as `weights` says, drawn anew.',
        ],
      }),
    levels: z
      .array(z.string().min(1).max(100))
      .min(1)
      .max(100)
      .meta({
        description:
          'The levels, the easiest first. Of a task: those whose problems are learned, in equal parts, while `task.level` is what is measured. Of rows: what stands in the column `level`, or in `difficulty` where there is none; problems of other levels are not learned. All levels in the order of their numbers if left out.',
      })
      .optional(),
    weights: z
      .array(z.number().min(0).max(1e6))
      .min(1)
      .max(100)
      .meta({
        description: 'How often each of `levels` is drawn, in proportion to the others; for `order` "weighted".',
      })
      .optional(),
  })
  .meta({ description: 'Which problems come when, by their level.' });

export type CurriculumConfig = z.output<typeof curriculum>;
export type RewardsConfig = z.output<typeof rewards>;
export type RewardName = keyof typeof rewardWeights;
