/** How well a model predicts examples that it does not learn: nats per learned token, with the interval over examples. */
import type { CompiledProgram } from '../executor.ts';
import { lossesProgram } from '../programs/losses.ts';
import { ratioWithInterval } from '../stats/intervals.ts';
import type { Batch } from './batch.ts';
import { byShape, heldOutPasses, type HeldOutScores } from './heldOutPasses.ts';

interface Cluster {
  readonly part: number;
  readonly whole: number;
}

export const heldOutLoss: HeldOutScores = async function* (meter, examples, benchmark, step) {
  const { model, tokenizer } = meter;
  const clusters = yield* heldOutPasses<Cluster>(meter, {
    ...{ benchmark, step, total: examples.size, run: measured },
    shapes: byShape(examples, tokenizer.padToken),
    programFor: ({ size, length }) => lossesProgram(model, size, length),
  });
  if (clusters === null) return null;
  const { ratio, interval } = ratioWithInterval(clusters, Infinity) ?? { ratio: Number.NaN, interval: null };
  return [{ name: 'eval_loss', value: ratio, n: clusters.length, k: 1, interval, unit: 'nats' }];
};

async function measured(program: CompiledProgram, batch: Batch): Promise<Cluster[]> {
  const { losses } = await program.run({ input_ids: batch.inputIds, labels: batch.labels });
  return Array.from({ length: batch.size }, (_, row) => ({
    part: losses?.[row] ?? Number.NaN,
    whole: batch.labels.subarray(row * batch.length, (row + 1) * batch.length).filter((label) => label >= 0).length,
  }));
}
