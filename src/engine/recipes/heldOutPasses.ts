/** Passes over examples that are not learned: those of one shape together, one compiled program at a time, told while they go. */
import { bucketOf } from '../../config/buckets.ts';
import { sequencesPerPass } from '../../config/passes.ts';
import type { RunEvent, Score } from '../../protocol/events.ts';
import type { CompiledProgram, Executor, Program } from '../executor.ts';
import type { Model } from '../families/family.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { type Batch, batchOf, type Example, longestIn } from './batch.ts';
import type { Inbox } from './inbox.ts';
import type { ExampleSet } from './trainingData.ts';

/** A pass takes about as many tokens as suits a processor's caches. */
const USUAL_THREADS = 4;
const MOST_EXAMPLES = 8;

/** What held-out examples are measured with. */
export interface LossMeter {
  readonly executor: Executor;
  readonly model: Model;
  readonly tokenizer: Tokenizer;
  readonly inbox: Inbox;
}

/** Measures held-out examples: the scores, headline first, or null where someone asked to stop before the end. */
export type HeldOutScores = (
  meter: LossMeter,
  examples: ExampleSet,
  benchmark: string,
  step: number,
) => AsyncGenerator<RunEvent, readonly Score[] | null>;

export interface Passes<Result> {
  /** Batches of the same shape together. */
  readonly shapes: readonly (readonly Batch[])[];
  readonly programFor: (batch: Batch) => Program;
  /** One result for each example of the batch. */
  readonly run: (program: CompiledProgram, batch: Batch) => Promise<readonly Result[]>;
  readonly benchmark: string;
  readonly step: number;
  /** Examples in all. */
  readonly total: number;
}

/** The results in the order of the batches; null where someone asked to stop before the end. */
export async function* heldOutPasses<Result>(
  { executor, inbox }: LossMeter,
  { shapes, programFor, run, benchmark, step, total }: Passes<Result>,
): AsyncGenerator<RunEvent, readonly Result[] | null> {
  const results: Result[] = [];
  const progress = (): RunEvent => ({ type: 'evaluation.progressed', step, benchmark, done: results.length, total });
  yield progress();
  for (const batches of shapes) {
    const [first] = batches;
    if (!first) continue;
    const program = await executor.compile(programFor(first));
    try {
      for (const batch of batches) {
        results.push(...(await run(program, batch)));
        yield progress();
        inbox.look();
        if (inbox.isStopping) return null;
      }
    } finally {
      await program.dispose();
    }
  }
  return results;
}

/** Batches of the same shape together, short ones first. */
export function byShape(examples: ExampleSet, padToken: number): readonly (readonly Batch[])[] {
  const all = Array.from({ length: examples.size }, (_, place) => examples.at(place));
  all.sort((a, b) => longestIn(a) - longestIn(b));
  const shapes = new Map<string, Batch[]>();
  for (let at = 0; at < all.length;) {
    const neighbours = neighboursFrom(all, at);
    const batch = batchOf(neighbours, padToken);
    at += neighbours.length;
    const key = `${batch.size}x${batch.length}`;
    shapes.set(key, [...(shapes.get(key) ?? []), batch]);
  }
  return [...shapes.values()];
}

/** As many as fit one pass and are padded alike. */
function neighboursFrom(all: readonly Example[], at: number): readonly Example[] {
  const lengthOf = (place: number): number => bucketOf((all[place] ? longestIn(all[place]) : 0) - 1);
  const rows = all[at]?.rejected ? 2 : 1;
  const most = sequencesPerPass(MOST_EXAMPLES, rows * lengthOf(at), USUAL_THREADS);
  let end = at + 1;
  while (end < all.length && end - at < most && lengthOf(end) === lengthOf(at)) end++;
  return all.slice(at, end);
}
