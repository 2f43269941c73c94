/** Which examples each batch holds: a new order in every epoch, and sequences of like length together to save padding. */
import { permutation } from '../random/permutation.ts';
import { type Batch, batchOf, type Example, longestIn, packedBatchOf } from './batch.ts';

/** What is learned from, by number: always the same example for the same number. */
export interface ExampleSet {
  readonly size: number;
  at(number: number): Example;
}

export interface TrainingDataOptions {
  readonly examples: ExampleSet;
  readonly seed: number;
  readonly batchSize: number;
  readonly padToken: number;
  /** Whether several examples share a row. */
  readonly isPacked?: boolean;
}

/** At most so many batches are drawn together, sorted by length, cut and shuffled; no more than an epoch holds. */
const WINDOW = 8;

/** Every batch is a function of its number: a continued run sees what an uninterrupted one would. */
export class TrainingData {
  private readonly options: TrainingDataOptions;
  private readonly width: number;
  private order: { readonly epoch: number; readonly at: (place: number) => number } | null = null;
  private window: { readonly number: number; readonly batches: readonly Batch[] } | null = null;

  constructor(options: TrainingDataOptions) {
    this.options = options;
    this.width = Math.min(WINDOW, Math.max(1, Math.floor(options.examples.size / options.batchSize)));
  }

  /** `number` counts from 0. */
  batch(number: number): Batch {
    const windowNumber = Math.floor(number / this.width);
    if (this.window?.number !== windowNumber)
      this.window = { number: windowNumber, batches: this.batchesOf(windowNumber) };
    const batch = this.window.batches[number % this.width];
    if (!batch) throw new Error(`Batch ${number} lies outside its window.`);
    return batch;
  }

  /** Lengths of the batches of the first window, each once: those of later ones hardly differ. */
  firstLengths(): readonly number[] {
    return [...new Set(Array.from({ length: this.width }, (_, number) => this.batch(number).length))];
  }

  private batchesOf(windowNumber: number): readonly Batch[] {
    const { batchSize, seed, padToken, isPacked = false } = this.options;
    const arrange = isPacked ? packedBatchOf : batchOf;
    const first = windowNumber * this.width * batchSize;
    const examples = Array.from({ length: this.width * batchSize }, (_, i) => this.example(first + i));
    // Packed, a batch of short and long ones leaves less empty than one of like lengths.
    if (!isPacked) examples.sort((a, b) => longestIn(a) - longestIn(b));
    const order = permutation(this.width, seed, 'windows', windowNumber);
    return Array.from({ length: this.width }, (_, place) => {
      const from = order(place) * batchSize;
      return arrange(examples.slice(from, from + batchSize), padToken);
    });
  }

  /** The example at a place in the endless row of epochs. */
  private example(place: number): Example {
    const { examples } = this.options;
    return examples.at(this.orderOf(Math.floor(place / examples.size))(place % examples.size));
  }

  private orderOf(epoch: number): (place: number) => number {
    const { examples, seed } = this.options;
    if (this.order?.epoch !== epoch) this.order = { epoch, at: permutation(examples.size, seed, 'order', epoch) };
    return this.order.at;
  }
}
