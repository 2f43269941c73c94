/** Rollouts as batches of a policy gradient: tokens, and for each token its advantage, its weight and how likely it was. */
import type { GrpoConfig } from '../../config/schema.ts';
import type { Completion } from '../../protocol/events.ts';
import { tokenWeights } from '../rl/tokenWeights.ts';
import { type Batch, batchOf, type Example } from './batch.ts';
import type { LogProbabilities } from './logProbabilities.ts';
import type { RolloutCompletion } from './rollout.ts';
import type { Draft } from './writer.ts';

/** A batch is whole where its advantages, weights and log-probabilities are there. */
export interface PolicyBatch extends Batch {
  readonly objectiveInputs: Readonly<Record<string, Float32Array>>;
  /** Of its rows, in order. */
  readonly completions: readonly Completion[];
}

export interface PolicyBatchOptions {
  readonly config: GrpoConfig;
  readonly padToken: number;
  /** To what a batch is padded whose longest sequence is so long. */
  readonly lengthFor: (length: number) => number;
  /** Under the policy that learns, as it is now. */
  readonly policy: LogProbabilities;
  /** Null where nothing is held against it. */
  readonly reference: LogProbabilities | null;
}

/** Batches of `training.batchSize` completions, the last one smaller. */
export async function policyBatches(
  rollouts: readonly RolloutCompletion[],
  options: PolicyBatchOptions,
): Promise<PolicyBatch[]> {
  const { batchSize } = options.config.training;
  const count = Math.ceil(rollouts.length / batchSize);
  const batches: PolicyBatch[] = [];
  for (let i = 0; i < count; i++)
    batches.push(await policyBatch(rollouts.slice(i * batchSize, (i + 1) * batchSize), options));
  return batches;
}

async function policyBatch(rollouts: readonly RolloutCompletion[], options: PolicyBatchOptions): Promise<PolicyBatch> {
  const { config, padToken, lengthFor, policy, reference } = options;
  const examples = rollouts.map(({ draft }) => exampleOf(draft));
  const batch = batchOf(examples, padToken, lengthFor);
  const spread = (valuesOf: (rollout: RolloutCompletion, row: number) => (place: number) => number): Float32Array =>
    perToken(batch, examples, (row) => {
      const rollout = rollouts[row];
      return rollout ? valuesOf(rollout, row) : () => 0;
    });
  const weights = weightsOf(rollouts, config);
  // At temperature 1 they are those that sampling told; at another they are computed.
  const old =
    config.rollout.temperature === 1
      ? spread(
          ({ draft }) =>
            (place) =>
              draft.generated.logProbabilities[place] ?? 0,
        )
      : await policy.of(batch);
  return {
    ...batch,
    completions: rollouts.map(({ completion }) => completion),
    objectiveInputs: {
      advantages: spread(
        ({ completion }) =>
          () =>
            completion.rollout.advantage,
      ),
      token_weights: spread((_, row) => () => weights[row] ?? 0),
      old_log_probabilities: old,
      ...(reference && { reference_log_probabilities: await reference.of(batch) }),
    },
  };
}

interface PolicyExample extends Example {
  /** Tokens of the prompt. */
  readonly promptLength: number;
}

/** Prompt and completion, and the end token where the model wrote one. */
function exampleOf({ ask, generated: { tokens, endToken } }: Draft): PolicyExample {
  const promptLength = ask.prompt.length;
  const written = endToken === null ? tokens : [...tokens, endToken];
  return { tokens: [...ask.prompt, ...written], isLearned: (place) => place >= promptLength, promptLength };
}

/** Whether nothing is learned from it, since it was cut. */
export const isMasked = ({ policy }: Pick<GrpoConfig, 'policy'>, { finishReason }: Completion): boolean =>
  policy.maskTruncatedCompletions && finishReason === 'length';

function weightsOf(rollouts: readonly RolloutCompletion[], config: GrpoConfig): number[] {
  const { policy, rollout } = config;
  const lengths = rollouts.map(({ completion }) => (isMasked(config, completion) ? 0 : completion.tokens));
  return tokenWeights(lengths, { lossType: policy.lossType, maxNewTokens: rollout.maxNewTokens });
}

/** [size, length]: the values of a completion's tokens (counted from 0) where they are labels, else 0. */
function perToken(
  { size, length }: Batch,
  examples: readonly PolicyExample[],
  valuesOf: (row: number) => (place: number) => number,
): Float32Array {
  const values = new Float32Array(size * length);
  examples.forEach(({ tokens, promptLength }, row) => {
    const valueOf = valuesOf(row);
    for (let at = promptLength; at < tokens.length; at++) values[row * length + at - 1] = valueOf(at - promptLength);
  });
  return values;
}
