/** Pre-flight of `dpo`: what can be known to go wrong before a pair is read. */
import type { Say } from './checkTelling.ts';
import { valueAt } from './explain.ts';
import type { Finding } from './finding.ts';
import type { DpoConfig } from './schema.ts';

/** Learning rates that fine-tuning on given completions takes tear a policy away from its reference. */
const HIGH_RATE = { full: 1e-4, lora: 1e-3 } as const;

export const checkDpo = (config: DpoConfig, say: Say): Finding[] => [
  ...checkSmoothing(config, say),
  ...checkRate(config, say),
];

function checkSmoothing({ preference }: DpoConfig, { warning, written }: Say): Finding[] {
  if (preference.lossType === 'sigmoid' || valueAt(written, ['preference', 'labelSmoothing']) === undefined) return [];
  return [
    warning(
      ['preference', 'labelSmoothing'],
      '`labelSmoothing` has no effect on the loss "{0}"',
      'Remove it, or set `lossType` to "sigmoid".',
      [preference.lossType],
    ),
  ];
}

/** For models that came from elsewhere; what is made here is small, and learns at higher rates. */
function checkRate({ model, training }: DpoConfig, { warning }: Say): Finding[] {
  const highest = HIGH_RATE[training.method];
  if (!('path' in model) || training.learningRate <= highest) return [];
  return [
    warning(
      ['training', 'learningRate'],
      'a learning rate of {0} is far above what preferences are learned with: both completions may become unlikely',
      'Lower it: 0.000001 is usual for all weights, 0.00001 for adapters.',
      [training.learningRate],
    ),
  ];
}
