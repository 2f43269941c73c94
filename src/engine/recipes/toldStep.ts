/** An optimizer step with what a person should know of it: a pass that became smaller, a step that 16 bits could not hold. */
import type { Metrics, RunEvent } from '../../protocol/events.ts';
import { logged } from '../../protocol/logged.ts';
import { said } from '../../protocol/sentence.ts';
import type { Batch } from './batch.ts';
import type { Learner, Step } from './learner.ts';

/** Throws what `Learner.step` throws. `metrics` are those that every step has, in TRL's words. */
export async function* toldStep(
  learner: Learner,
  batches: readonly Batch[],
  step: number,
  learningRate: number,
): AsyncGenerator<RunEvent, Pick<Step, 'sums' | 'perSequence'> & { readonly metrics: Metrics }> {
  const before = learner.microBatchSize;
  const { value: lossScale } = learner.scale;
  const { loss, gradNorm, ...told } = await learner.step(batches, step, learningRate);
  if (gradNorm === null) yield overflowed(step, lossScale, learner.scale.value);
  if (learner.microBatchSize < before) yield shrunk(before, learner, step);
  const scaling = learner.scale.isOn && { loss_scale: lossScale, skipped_steps: learner.scale.skippedSteps };
  return { ...told, metrics: { loss, learning_rate: learningRate, grad_norm: gradNorm, ...scaling } };
}

function shrunk(before: number, { microBatchSize: now, together }: Learner, step: number): RunEvent {
  const words =
    together === 2
      ? said`Memory ran out at step ${step}: a pass now takes ${now} pairs instead of ${before}. The steps stay the same; set training.microBatchSize to ${now} to start that way.`
      : said`Memory ran out at step ${step}: a pass now takes ${now} sequences instead of ${before}. The steps stay the same; set training.microBatchSize to ${now} to start that way.`;
  return logged('warning', words);
}

const overflowed = (step: number, before: number, now: number): RunEvent =>
  logged(
    'info',
    said`Step ${step} was skipped: at the loss scale ${before} its gradient does not fit 16 bits. The weights stayed as they were; the scale is ${now} now.`,
  );
