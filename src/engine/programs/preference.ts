/** What learning from preferences lowers, as an objective of a pass, and what pairs are worth that are not learned. */
import type { Program, Tensors } from '../executor.ts';
import type { Model } from '../families/family.ts';
import { type PairTerms, preferenceLoss, type PreferenceLossSettings } from '../nn/preferenceLoss.ts';
import * as tf from '../tf.ts';
import type { Objective } from './gradients.ts';
import { type LossSettings, tokenLogProbabilities } from './languageLoss.ts';
import { flatLabels, tensor } from './tensors.ts';

/** Sums over the pairs of a pass; `accurate` counts those whose chosen completion has the larger reward. */
export const PREFERENCE_SUMS = [
  'chosen_rewards',
  'rejected_rewards',
  'accurate',
  'chosen_logps',
  'rejected_logps',
] as const;

/** float32 [B, T]: of each label under the reference, 0 where labels are -100. */
const REFERENCE = 'reference_log_probabilities';

/** Of each two rows the first is the chosen completion and the second the rejected one. The loss is summed over pairs. */
export const preferenceObjective = (settings: PreferenceLossSettings): Objective => {
  const { lossType, beta, labelSmoothing } = settings;
  return {
    name: `preference/${lossType}/${beta}/${labelSmoothing}/`,
    inputs: [REFERENCE],
    sums: PREFERENCE_SUMS,
    compute: (model, tensors, lossSettings) => {
      const { loss, chosenReward, rejectedReward, chosen, rejected } = pairTerms(
        model,
        tensors,
        settings,
        lossSettings,
      );
      return {
        loss: tf.sum(loss),
        chosen_rewards: tf.sum(chosenReward),
        rejected_rewards: tf.sum(rejectedReward),
        accurate: tf.sum(tf.cast(tf.greater(chosenReward, rejectedReward), 'float32')),
        chosen_logps: tf.sum(chosen),
        rejected_logps: tf.sum(rejected),
      };
    },
  };
};

/** Inputs as those of a pass over pairs, without a gradient. Returns `losses`, `chosen_rewards` and `rejected_rewards`, [B / 2] each. */
export const pairsProgram = (
  model: Model,
  batch: number,
  length: number,
  settings: PreferenceLossSettings,
): Program => ({
  name: `pairs/${settings.lossType}/${settings.beta}/${settings.labelSmoothing}/${batch}x${length}`,
  inputs: [
    { name: 'input_ids', shape: [batch, length], dtype: 'int32' },
    { name: 'labels', shape: [batch, length], dtype: 'int32' },
    { name: REFERENCE, shape: [batch, length], dtype: 'float32' },
  ],
  reads: model.parameters.map(({ name }) => name),
  writes: [],
  appends: [],
  returns: ['losses', 'chosen_rewards', 'rejected_rewards'],
  body: (tensors) => {
    const { loss, chosenReward, rejectedReward } = pairTerms(model, tensors, settings, {});
    return { losses: loss, chosen_rewards: chosenReward, rejected_rewards: rejectedReward };
  },
});

const pairTerms = (
  model: Model,
  tensors: Tensors,
  settings: PreferenceLossSettings,
  lossSettings: LossSettings,
): PairTerms => {
  const ids = tensor(tensors, 'input_ids');
  const labels = flatLabels(tensors);
  const logs = tokenLogProbabilities(model, tensors, ids, labels, { ...lossSettings, temperature: 1 });
  /** [B*T] or [B, T] -> [B] */
  const summed = (values: tf.Tensor): tf.Tensor => tf.sum(tf.reshape(values, ids.shape), 1);
  const sequences = {
    logProbabilities: summed(logs),
    reference: summed(tensor(tensors, REFERENCE)),
    lengths: summed(tf.cast(tf.greaterEqual(labels, 0), 'float32')),
  };
  return preferenceLoss(sequences, settings);
};
