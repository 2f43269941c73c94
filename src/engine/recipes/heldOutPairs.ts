/** How well a model tells better completions from worse ones that it did not learn from, beside the model that it began as. */
import type { Score } from '../../protocol/events.ts';
import type { CompiledProgram } from '../executor.ts';
import type { PreferenceLossSettings } from '../nn/preferenceLoss.ts';
import { pairsProgram } from '../programs/preference.ts';
import { averageAtK, meanWithInterval } from '../stats/intervals.ts';
import type { Batch } from './batch.ts';
import { byShape, heldOutPasses, type HeldOutScores, type LossMeter } from './heldOutPasses.ts';
import type { LogProbabilities } from './logProbabilities.ts';
import { withReference } from './preferenceBatch.ts';
import type { ExampleSet } from './trainingData.ts';

interface Pair {
  readonly loss: number;
  /** Reward of the chosen completion less that of the rejected one. */
  readonly margin: number;
}

/** The reference is asked once: what it makes of the pairs is kept for later evaluations. */
export function heldOutPairs(settings: PreferenceLossSettings, reference: LogProbabilities): HeldOutScores {
  let kept: readonly (readonly Batch[])[] | null = null;
  return async function* (meter, examples, benchmark, step) {
    const { model } = meter;
    kept ??= await referred(meter, examples, reference);
    if (kept === null) return null;
    const pairs = yield* heldOutPasses<Pair>(meter, {
      ...{ benchmark, step, total: examples.size, shapes: kept, run: measured },
      programFor: ({ size, length }) => pairsProgram(model, size, length, settings),
    });
    return pairs && scoresOf(pairs);
  };
}

/** Null where someone asked to stop before the end. */
async function referred(
  { tokenizer, inbox }: LossMeter,
  examples: ExampleSet,
  reference: LogProbabilities,
): Promise<Batch[][] | null> {
  const shapes: Batch[][] = [];
  for (const batches of byShape(examples, tokenizer.padToken)) {
    const shape: Batch[] = [];
    for (const batch of batches) {
      inbox.look();
      if (inbox.isStopping) return null;
      shape.push(await withReference(batch, reference));
    }
    shapes.push(shape);
  }
  return shapes;
}

async function measured(program: CompiledProgram, batch: Batch): Promise<Pair[]> {
  const { inputIds, labels, objectiveInputs, size } = batch;
  const {
    losses,
    chosen_rewards: chosen,
    rejected_rewards: rejected,
  } = await program.run({ input_ids: inputIds, labels, ...objectiveInputs });
  return Array.from({ length: size / 2 }, (_, pair) => ({
    loss: losses?.[pair] ?? Number.NaN,
    margin: (chosen?.[pair] ?? Number.NaN) - (rejected?.[pair] ?? Number.NaN),
  }));
}

/** In TRL's words. A pair whose completions are rewarded alike is not told right. */
function scoresOf(pairs: readonly Pair[]): readonly Score[] {
  const [n, k] = [pairs.length, 1];
  const accuracy = averageAtK(
    pairs.map(({ margin }) => Number(margin > 0)),
    k,
  );
  const margin = meanWithInterval(pairs.map((pair) => pair.margin));
  const loss = meanWithInterval(pairs.map((pair) => pair.loss));
  return [
    { name: 'eval_rewards/accuracies', value: accuracy.mean, n, k, interval: accuracy.interval, unit: 'share' },
    { name: 'eval_rewards/margins', value: margin.mean, n, k, interval: margin.interval, unit: 'count' },
    { name: 'eval_loss', value: loss.mean, n, k, interval: loss.interval, unit: 'nats' },
  ];
}
