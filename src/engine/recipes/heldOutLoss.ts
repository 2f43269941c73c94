/** How well a model predicts examples that it does not learn: nats per learned token, with the interval over examples. */
import { bucketOf } from '../../config/buckets.ts';
import { sequencesPerPass } from '../../config/passes.ts';
import type { RunEvent, Score } from '../../protocol/events.ts';
import type { CompiledProgram, Executor } from '../executor.ts';
import type { Model } from '../families/family.ts';
import { lossesProgram } from '../programs/losses.ts';
import { ratioWithInterval } from '../stats/intervals.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { type Batch, batchOf, type Example } from './batch.ts';
import type { Inbox } from './inbox.ts';
import type { ExampleSet } from './trainingData.ts';

/** A pass takes about as many tokens as suits a processor's caches. */
const USUAL_THREADS = 4;
const MOST_SEQUENCES = 8;

/** What the loss is measured with. */
export interface LossMeter {
  readonly executor: Executor;
  readonly model: Model;
  readonly tokenizer: Tokenizer;
  readonly inbox: Inbox;
}

interface Cluster {
  readonly part: number;
  readonly whole: number;
}

/** Null where someone asked to stop before the end. One program is compiled at a time, for examples that are padded alike. */
export async function* heldOutLoss(
  meter: LossMeter,
  examples: ExampleSet,
  benchmark: string,
  step: number,
): AsyncGenerator<RunEvent, Score | null> {
  const { executor, model, tokenizer, inbox } = meter;
  const clusters: Cluster[] = [];
  const total = examples.size;
  const progress = (): RunEvent => ({ type: 'evaluation.progressed', step, benchmark, done: clusters.length, total });
  yield progress();
  for (const batches of byShape(examples, tokenizer.padToken)) {
    const [first] = batches;
    if (!first) continue;
    const program = await executor.compile(lossesProgram(model, first.size, first.length));
    try {
      for (const batch of batches) {
        clusters.push(...(await measured(program, batch)));
        yield progress();
        inbox.look();
        if (inbox.isStopping) return null;
      }
    } finally {
      await program.dispose();
    }
  }
  const { ratio, interval } = ratioWithInterval(clusters, Infinity) ?? { ratio: Number.NaN, interval: null };
  return { name: 'eval_loss', value: ratio, n: clusters.length, k: 1, interval, unit: 'nats' };
}

async function measured(program: CompiledProgram, batch: Batch): Promise<Cluster[]> {
  const { losses } = await program.run({ input_ids: batch.inputIds, labels: batch.labels });
  return Array.from({ length: batch.size }, (_, row) => ({
    part: losses?.[row] ?? Number.NaN,
    whole: batch.labels.subarray(row * batch.length, (row + 1) * batch.length).filter((label) => label >= 0).length,
  }));
}

/** Batches of the same shape together, short ones first. */
function byShape(examples: ExampleSet, padToken: number): readonly (readonly Batch[])[] {
  const all = Array.from({ length: examples.size }, (_, place) => examples.at(place));
  all.sort((a, b) => a.tokens.length - b.tokens.length);
  const shapes = new Map<string, Batch[]>();
  for (let at = 0; at < all.length;) {
    const batch = batchFrom(all, at, padToken);
    at += batch.size;
    const key = `${batch.size}x${batch.length}`;
    shapes.set(key, [...(shapes.get(key) ?? []), batch]);
  }
  return [...shapes.values()];
}

/** As many neighbours as fit one pass and are padded alike. */
function batchFrom(all: readonly Example[], at: number, padToken: number): Batch {
  const lengthOf = (place: number): number => bucketOf((all[place]?.tokens.length ?? 0) - 1);
  const most = sequencesPerPass(MOST_SEQUENCES, lengthOf(at), USUAL_THREADS);
  let end = at + 1;
  while (end < all.length && end - at < most && lengthOf(end) === lengthOf(at)) end++;
  return batchOf(all.slice(at, end), padToken);
}
