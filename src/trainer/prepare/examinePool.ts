/** Threads that look at rows side by side; the answers come in the order of the blocks, whatever thread was faster. */
import { Worker } from 'node:worker_threads';
import type { RowBlock } from '../../data/rows/block.ts';
import type { ExamineSpec } from '../../engine/rows/examineSpec.ts';
import type { FromExaminer, ToExaminer } from './rowsMessages.ts';

export interface ExaminedBlock extends FromExaminer {
  readonly block: RowBlock;
}

/** Blocks that wait at each thread: one to work on and one to go on with. */
const WAITING = 2;

export class ExaminePool {
  readonly #threads: readonly ExamineThread[];
  #turn = 0;

  /** `script` is the bundled rowsThread.ts. */
  constructor(script: URL, spec: ExamineSpec, threads: number) {
    this.#threads = Array.from({ length: threads }, () => new ExamineThread(script, spec));
  }

  /** Stopping early is fine. Rejects with what a thread or `blocks` threw. */
  async *examine(blocks: AsyncIterable<RowBlock>): AsyncGenerator<ExaminedBlock> {
    const waiting: Promise<ExaminedBlock>[] = [];
    for await (const block of blocks) {
      waiting.push(this.#send(block));
      if (waiting.length >= this.#threads.length * WAITING) yield await next(waiting);
    }
    while (waiting.length > 0) yield await next(waiting);
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  #send(block: RowBlock): Promise<ExaminedBlock> {
    const thread = this.#threads[this.#turn++ % this.#threads.length];
    if (!thread) throw new Error('A pool needs at least one thread.');
    const answer = thread.examine(block).then((examined) => ({ ...examined, block }));
    // Who waits for an earlier block hears of a failure at its turn.
    answer.catch(() => undefined);
    return answer;
  }
}

const next = (waiting: Promise<ExaminedBlock>[]): Promise<ExaminedBlock> =>
  waiting.shift() ?? Promise.reject(new Error('No block is under way.'));

interface Waiter {
  readonly resolve: (examined: FromExaminer) => void;
  readonly reject: (error: Error) => void;
}

class ExamineThread {
  readonly #worker: Worker;
  readonly #waiters: Waiter[] = [];
  #failure: Error | null = null;

  constructor(script: URL, spec: ExamineSpec) {
    this.#worker = new Worker(script, { workerData: spec });
    this.#worker.on('message', (examined: FromExaminer) => this.#waiters.shift()?.resolve(examined));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('A thread that reads rows has ended.')));
  }

  examine({ bytes, firstLine, lines }: RowBlock): Promise<FromExaminer> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) return reject(this.#failure);
      this.#waiters.push({ resolve, reject });
      const message: ToExaminer = { bytes, firstLine, lines };
      this.#worker.postMessage(message, [bytes.buffer, ...(lines === null ? [] : [lines.buffer])]);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiters.splice(0)) reject(this.#failure);
  }
}
