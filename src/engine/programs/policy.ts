/** What a policy gradient lowers, as an objective of a pass, and the log-probabilities it starts from. */
import type { Program, Tensors } from '../executor.ts';
import type { Model } from '../families/family.ts';
import { policyLoss, type PolicyLossSettings } from '../nn/policyLoss.ts';
import * as tf from '../tf.ts';
import type { Objective } from './gradients.ts';
import { tokenLogProbabilities, type LossSettings } from './languageLoss.ts';
import { referenceName } from './names.ts';
import { flatLabels, tensor } from './tensors.ts';

export interface PolicySettings extends PolicyLossSettings {
  /** At which completions are sampled: log-probabilities are those of the policy at this temperature. */
  readonly temperature: number;
}

/** Sums over the tokens of a pass, beside `clipped`, the clipped tokens of each sequence; `log_ratio` is that of the absolute differences between new and old log-probabilities. */
export const POLICY_SUMS = ['kl', 'clipped_low', 'clipped_high', 'log_ratio'] as const;

/**
 * Inputs per token, float32 [B, T], anything where labels are -100: `advantages`, `token_weights` (what each token's loss counts),
 * `old_log_probabilities`, and where beta is not 0 `reference_log_probabilities`.
 */
export const policyObjective = (settings: PolicySettings): Objective => {
  const { epsilon, epsilonHigh, beta, temperature } = settings;
  const reference = beta === 0 ? [] : ['reference_log_probabilities'];
  return {
    name: `policy/${epsilon}/${epsilonHigh}/${beta}/${temperature}/`,
    inputs: ['advantages', 'token_weights', 'old_log_probabilities', ...reference],
    sums: POLICY_SUMS,
    perSequence: ['clipped'],
    compute: (model, tensors, lossSettings) => computed(model, tensors, { ...lossSettings, ...settings }),
  };
};

const computed = (
  model: Model,
  tensors: Tensors,
  settings: LossSettings & PolicySettings,
): Record<string, tf.Tensor> => {
  const labels = flatLabels(tensors);
  const counts = tf.cast(tf.greaterEqual(labels, 0), 'float32');
  const logProbabilities = tokenLogProbabilities(model, tensors, tensor(tensors, 'input_ids'), labels, settings);
  // Of tokens that count nothing the log-probability is 0, and so must the others be.
  const given = (name: string): tf.Tensor => tf.mul(tf.reshape(tensor(tensors, name), [-1]), counts);
  const old = given('old_log_probabilities');
  const { loss, kl, clippedLow, clippedHigh } = policyLoss(
    {
      ...{ logProbabilities, old, advantages: given('advantages') },
      ...(settings.beta !== 0 && { reference: given('reference_log_probabilities') }),
    },
    settings,
  );
  return {
    loss: tf.sum(tf.mul(loss, given('token_weights'))),
    kl: tf.sum(kl ?? tf.zerosLike(loss)),
    clipped_low: tf.sum(clippedLow),
    clipped_high: tf.sum(clippedHigh),
    log_ratio: tf.sum(tf.abs(tf.sub(logProbabilities, old))),
    clipped: tf.sum(tf.reshape(tf.add(clippedLow, clippedHigh), tensor(tensors, 'labels').shape), -1),
  };
};

/**
 * Inputs as those of a pass without an objective's own. Returns `log_probabilities` [B*T], 0 where labels are -100. With
 * `isReference` the weights are the copies that `allocateReference` made.
 */
export const logProbabilitiesProgram = (
  model: Model,
  batch: number,
  length: number,
  { temperature, isReference }: { readonly temperature: number; readonly isReference: boolean },
): Program => {
  const nameOf = isReference ? referenceName : (name: string): string => name;
  const names = model.parameters.map(({ name }) => name);
  return {
    name: `logProbabilities/${isReference ? 'reference/' : ''}${temperature}/${batch}x${length}`,
    inputs: [
      { name: 'input_ids', shape: [batch, length], dtype: 'int32' },
      { name: 'labels', shape: [batch, length], dtype: 'int32' },
    ],
    reads: names.map(nameOf),
    writes: [],
    appends: [],
    returns: ['log_probabilities'],
    body: (tensors) => {
      const weights = Object.fromEntries(names.map((name) => [name, tensor(tensors, nameOf(name))]));
      const ids = tensor(tensors, 'input_ids');
      return { log_probabilities: tokenLogProbabilities(model, weights, ids, flatLabels(tensors), { temperature }) };
    },
  };
};
