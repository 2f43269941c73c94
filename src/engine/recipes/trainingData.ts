/** Which problems each batch holds: a new order in every epoch, and sequences of like length together to save padding. */
import { permutation } from '../random/permutation.ts';
import type { Task } from '../tasks/task.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { RunFailure } from './runFailure.ts';
import { type Batch, batchOf, type Example } from './batch.ts';
import type { ProblemSet } from './problemSet.ts';
import { said } from '../../protocol/sentence.ts';

export interface TrainingDataOptions {
  readonly task: Task;
  readonly tokenizer: Tokenizer;
  readonly problems: ProblemSet;
  readonly seed: number;
  readonly batchSize: number;
  readonly completionOnlyLoss: boolean;
  /** Longest sequence that the model reads. */
  readonly maxLength: number;
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
    this.width = Math.min(WINDOW, Math.max(1, Math.floor(options.problems.size / options.batchSize)));
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
    const { batchSize, seed, tokenizer } = this.options;
    const first = windowNumber * this.width * batchSize;
    const examples = Array.from({ length: this.width * batchSize }, (_, i) => this.example(first + i));
    examples.sort((a, b) => a.tokens.length - b.tokens.length);
    const order = permutation(this.width, seed, 'windows', windowNumber);
    return Array.from({ length: this.width }, (_, place) => {
      const from = order(place) * batchSize;
      return batchOf(examples.slice(from, from + batchSize), tokenizer.padToken);
    });
  }

  /** The example at a place in the endless row of epochs. */
  private example(place: number): Example {
    const { problems, task, tokenizer, seed, completionOnlyLoss, maxLength } = this.options;
    const number = this.orderOf(Math.floor(place / problems.size))(place % problems.size);
    const problem = problems.at(number);
    const prompt = tokenizer.encode(problem.prompt);
    const completion = tokenizer.encode(task.completion(problem, seed, number));
    const tokens = [...prompt, ...completion, tokenizer.endToken];
    if (tokens.length - 1 > maxLength) throw tooLong(problem.prompt, tokens.length - 1, maxLength);
    return { tokens, promptLength: completionOnlyLoss ? prompt.length : 0 };
  }

  private orderOf(epoch: number): (place: number) => number {
    const { problems, seed } = this.options;
    if (this.order?.epoch !== epoch) this.order = { epoch, at: permutation(problems.size, seed, 'order', epoch) };
    return this.order.at;
  }
}

const tooLong = (prompt: string, length: number, limit: number): RunFailure =>
  new RunFailure(
    'badConfig',
    said`The training example for ${JSON.stringify(prompt)} has ${length} tokens, but the model reads at most ${limit}.`,
    'Raise model.maxPositionEmbeddings, or choose an easier task.level or task.trace "short".',
  );
