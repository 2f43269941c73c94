/**
 * Decodes Parquet in a process that has only so much memory and time: a forged file ends that process, never the trainer.
 * A thread would not do: V8 ends the whole process where an array grows beyond its limits (docs/decisions/0013).
 */
import { said, type Told } from '../../protocol/sentence.ts';
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { BadDataset } from '../../data/rows/badDataset.ts';
import { sizeOfFile } from '../../data/rows/fileBytes.ts';
import type { RowBlock } from '../../data/rows/block.ts';
import type { ParquetReader, RowsOptions } from '../../data/rows/rowBlocks.ts';
import { RunFailure } from '../../engine/recipes/runFailure.ts';
import type { FromParquet, ToParquet } from './rowsMessages.ts';

const MEGABYTE = 1 << 20;
export interface ReaderBounds {
  /** For one block, by the clock: the start of a process takes seconds where many others run, and a larger file more. */
  readonly milliseconds: number;
  /** Heap, in megabytes. */
  readonly memory: number;
}

/** What a file of so many bytes may take. */
export const readerBounds = (size: number): ReaderBounds => ({
  milliseconds: 10_000 + size / (20 * 1024),
  memory: Math.min(2048, 96 + Math.ceil((10 * size) / MEGABYTE)),
});

/** `script` is the bundled parquetProcess.ts. */
export const parquetApart =
  (script: URL): ParquetReader =>
  (path, options) =>
    blocksOf(script, path, options);

async function* blocksOf(script: URL, path: string, options: RowsOptions): AsyncGenerator<RowBlock> {
  const size = sizeOfFile(path);
  const bounds = readerBounds(size);
  const reader = fork(fileURLToPath(script), [], {
    execArgv: [`--max-old-space-size=${bounds.memory}`],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  try {
    await started(reader);
    for (;;) {
      const answer = await ask(reader, { path, options }, bounds);
      if (answer.type === 'end') return;
      if (answer.type === 'block') yield answer.block;
      else if (answer.type === 'refused') throw new BadDataset(path, answer.rule, answer.detail);
      else throw new RunFailure('badDataset', said`${path} cannot be read: ${answer.message}.`);
    }
  } finally {
    reader.kill('SIGKILL');
  }
}

const started = (reader: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => reader.once('spawn', resolve).once('error', reject));

function ask(reader: ChildProcess, question: ToParquet, { memory, milliseconds }: ReaderBounds): Promise<FromParquet> {
  return new Promise((resolve, reject) => {
    const refuse = (detail: Told): void => reject(new BadDataset(question.path, 'readerLimits', detail));
    const timer = setTimeout(() => refuse(said`It takes longer than ${Math.round(milliseconds)} ms.`), milliseconds);
    const onExit = (): void => {
      clearTimeout(timer);
      refuse(said`It takes more than ${memory} MB.`);
    };
    reader.once('exit', onExit);
    reader.once('message', (answer: FromParquet) => {
      clearTimeout(timer);
      reader.off('exit', onExit);
      resolve(answer);
    });
    reader.send(question, (error) => error && refuse(error.message));
  });
}
