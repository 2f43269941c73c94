/** Pre-flight of `grpo`: what can be known to go wrong before a completion is sampled. */
import type { Say } from './checkTelling.ts';
import { checkCurriculum } from './checksOfCurriculum.ts';
import type { Finding } from './finding.ts';
import { exampleLengths } from './lengths.ts';
import { completionsPerRollout, promptRowsOf } from './planGrpo.ts';
import type { GrpoConfig } from './schema.ts';

export const checkGrpo = (config: GrpoConfig, say: Say): Finding[] => [
  ...checkRewards(config, say),
  ...checkBatches(config, say),
  ...checkProblems(config, say),
  ...checkRoom(config, say),
  ...checkClipping(config, say),
  ...checkCurriculum(config, say),
];

/** Without a reward all completions are alike, and nothing is learned. */
function checkRewards({ rewards }: GrpoConfig, { error, warning }: Say): Finding[] {
  const { correct, format, cosine, overlong, repetition } = rewards;
  if ([correct, format, cosine, overlong, repetition].every((weight) => weight === 0))
    return [
      error(
        ['rewards'],
        'every reward has the weight 0: all completions would be worth the same, and nothing learned',
        'Give `rewards.correct` a weight.',
        [],
      ),
    ];
  if (correct !== 0 || cosine !== 0) return [];
  return [
    warning(
      ['rewards', 'correct'],
      'no reward depends on whether the answer is right',
      'Give `rewards.correct` a weight, unless that is what you want to see.',
      [],
    ),
  ];
}

function checkBatches(config: GrpoConfig, { error, warning }: Say): Finding[] {
  const { batchSize } = config.training;
  const completions = completionsPerRollout(config);
  if (batchSize > completions)
    return [
      error(
        ['training', 'batchSize'],
        'a step takes {0} completions, but a rollout has only {1} ({2} problems x {3})',
        'Lower `training.batchSize` to {1} or a part of it, or raise `rollout.prompts`.',
        [batchSize, completions, config.rollout.prompts, config.rollout.numGenerations],
      ),
    ];
  if (completions % batchSize === 0) return [];
  return [
    warning(
      ['training', 'batchSize'],
      'the {0} completions of a rollout do not divide into batches of {1}: the last one is smaller and counts as much',
      'Choose a `training.batchSize` that divides {0}.',
      [completions, batchSize],
    ),
  ];
}

function checkProblems({ rollout, data }: GrpoConfig, { error }: Say): Finding[] {
  if (!('problems' in data) || rollout.prompts <= data.problems) return [];
  return [
    error(
      ['rollout', 'prompts'],
      'a rollout takes {0} problems, but there are only {1}',
      'Raise `data.problems` to at least {0}, or lower `rollout.prompts`.',
      [rollout.prompts, data.problems],
    ),
  ];
}

/** A limit below the length of right answers rewards only those that need no chain of thought. */
function checkRoom(config: GrpoConfig, { warning }: Say): Finding[] {
  const { task, rollout, evaluation } = config;
  const { usual } = exampleLengths(task);
  const findings: Finding[] = [];
  if (promptRowsOf(config) === null && rollout.maxNewTokens < usual)
    findings.push(
      warning(
        ['rollout', 'maxNewTokens'],
        'completions are cut after {0} tokens and then earn nothing, but the written ones reach {1}',
        'Raise `rollout.maxNewTokens` to at least {1}.',
        [rollout.maxNewTokens, usual],
      ),
    );
  if (evaluation.maxNewTokens < rollout.maxNewTokens)
    findings.push(
      warning(
        ['evaluation', 'maxNewTokens'],
        'the evaluation cuts after {0} tokens, but rollouts may take {1}: what is learned may be cut',
        'Raise `evaluation.maxNewTokens` to {1}.',
        [evaluation.maxNewTokens, rollout.maxNewTokens],
      ),
    );
  return findings;
}

function checkClipping({ policy }: GrpoConfig, { warning }: Say): Finding[] {
  const { epsilon, epsilonHigh } = policy;
  if (epsilonHigh === undefined || epsilonHigh >= epsilon) return [];
  return [
    warning(
      ['policy', 'epsilonHigh'],
      '`epsilonHigh` {0} is below `epsilon` {1}: likely tokens may fall further than unlikely ones may rise',
      'Raise it (DAPO has 0.28 beside 0.2), or remove it.',
      [epsilonHigh, epsilon],
    ),
  ];
}
