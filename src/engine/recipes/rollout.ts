/** Samples groups of completions of the same problems, and says how each of them counts. */
import type { GrpoConfig } from '../../config/schema.ts';
import type { Completion, RunEvent } from '../../protocol/events.ts';
import { advantages, groupStatistics } from '../rl/advantages.ts';
import { rewardOf } from '../rewards/index.ts';
import type { Judge } from '../tasks/task.ts';
import type { PolicyPrompts } from './policyMaterial.ts';
import { type Ask, completionSeed, type Draft, type Writer } from './writer.ts';

/** A completion with its tokens, and how it counts. */
export interface RolloutCompletion {
  readonly draft: Draft;
  readonly completion: Completion & { readonly rollout: NonNullable<Completion['rollout']> };
}

export interface RolloutResult {
  /** Group after group, in the order of their problems; each group in the order of its seeds. */
  readonly completions: readonly RolloutCompletion[];
  /** All groups that were sampled, also those that dynamic sampling left out: what the policy is judged by. */
  readonly groups: readonly (readonly RolloutCompletion[])[];
}

/** Progress is told each so many decode steps. */
const TICKS = 16;

/** Dynamic sampling asks for at most so many times the problems. */
const MOST_ROUNDS = 3;

/** How often a rollout may ask for `rollout.prompts` problems. */
export const roundsOf = ({ rollout: { dynamicSampling } }: Pick<GrpoConfig, 'rollout'>): number =>
  dynamicSampling ? MOST_ROUNDS : 1;

export interface RolloutPlan {
  readonly config: GrpoConfig;
  readonly prompts: PolicyPrompts;
  readonly judge: Judge;
  /** Optimizer steps done. */
  readonly step: number;
  /** Counts the rollouts of a run from 0; decides problems and seeds. */
  readonly number: number;
}

/** Yields what happens meanwhile; returns null where someone asked to stop before the end. */
export async function* rollOut(writer: Writer, plan: RolloutPlan): AsyncGenerator<RunEvent, RolloutResult | null> {
  const { prompts, dynamicSampling } = plan.config.rollout;
  const [groups, kept]: [RolloutCompletion[][], RolloutCompletion[][]] = [[], []];
  for (let round = 0; kept.length < prompts && round < roundsOf(plan.config); round++) {
    const sampled = yield* sampleGroups(writer, plan, round);
    if (!sampled) return null;
    groups.push(...sampled);
    kept.push(...(dynamicSampling ? sampled.filter((group) => !isAlike(group)) : sampled));
  }
  return { completions: kept.slice(0, prompts).flat(), groups };
}

/** One round: as many problems as asked for, each answered `numGenerations` times side by side. */
async function* sampleGroups(
  writer: Writer,
  plan: RolloutPlan,
  round: number,
): AsyncGenerator<RunEvent, RolloutCompletion[][] | null> {
  const { config, step } = plan;
  const { prompts, numGenerations } = config.rollout;
  const total = prompts * numGenerations;
  const sampled: { draft: Draft; completion: Completion }[] = [];
  let [asked, ticks] = [0, 0];
  const next = (): Ask | null => (asked < total ? askFor(writer, plan, round, asked++) : null);
  for await (const { completions, drafts, events } of writer.write(step, next)) {
    yield* events;
    completions.forEach((completion, i) => {
      const draft = drafts[i];
      if (draft) sampled.push({ draft, completion });
    });
    // A place to pause at, and a sign of progress.
    if (++ticks % TICKS === 0)
      yield { type: 'phase.changed', phase: 'sampling', detail: `${sampled.length} / ${total}` };
  }
  if (sampled.length < total) return null;
  sampled.sort((a, b) => indexOf(a.completion) - indexOf(b.completion));
  return Array.from({ length: prompts }, (_, place) =>
    judged(sampled.slice(place * numGenerations, (place + 1) * numGenerations), config),
  );
}

function askFor(writer: Writer, plan: RolloutPlan, round: number, index: number): Ask {
  const { config, prompts: problems, judge, step, number } = plan;
  const { prompts, numGenerations, temperature, maxNewTokens } = config.rollout;
  const block = number * roundsOf(config) + round;
  const seed = completionSeed(config.seed, 'rollout', block, index);
  const at = round * prompts * numGenerations + index;
  const question = problems.at(block, Math.floor(index / numGenerations));
  const settings = { temperature, topP: 1, topK: 0, maxNewTokens, stop: [], seed };
  return { ...writer.ask(`${step}-rollout-${at}`, step, question, settings), judge };
}

const indexOf = ({ id }: Pick<Completion, 'id'>): number => Number(id.slice(id.lastIndexOf('-') + 1));

/** The completions of one problem, each beside its siblings. */
function judged(
  members: readonly { readonly draft: Draft; readonly completion: Completion }[],
  { rewards: config, rollout, policy }: GrpoConfig,
): RolloutCompletion[] {
  const rewarded = members.map(({ completion }) =>
    rewardOf(completion, { config, maxNewTokens: rollout.maxNewTokens }),
  );
  const earned = rewarded.map(({ reward }) => reward);
  const gains = advantages(earned, policy.advantages);
  const { mean: meanReward, deviation: rewardStd } = groupStatistics(earned);
  const siblings = { count: members.length, meanReward, rewardStd };
  const place = Math.floor(indexOf(members[0]?.completion ?? { id: '0' }) / rollout.numGenerations);
  return members.map(({ draft, completion }, i) => {
    const { reward = 0, parts: rewards = {}, weights = {} } = rewarded[i] ?? {};
    const group = `${completion.step}-${place}`;
    const level = draft.ask.problem?.level ?? null;
    const told = {
      group,
      reward,
      rewards,
      weights,
      advantage: gains[i] ?? 0,
      siblings,
      ...(level !== null && { level }),
    };
    return { draft, completion: { ...completion, rollout: told } };
  });
}

/** All completions of the group are rewarded alike: nothing is learned from it. */
export const isAlike = (group: readonly RolloutCompletion[]): boolean =>
  group.every(({ completion }) => completion.rollout.reward === group[0]?.completion.rollout.reward);
