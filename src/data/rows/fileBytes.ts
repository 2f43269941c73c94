/** The bytes of a data file piece by piece, unpacked where it is gzip. */
import { said } from '../../protocol/sentence.ts';
import { createReadStream, statSync, type ReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { errnoOf, FileFailure, naming } from '../dataFailure.ts';
import { BadDataset } from './badDataset.ts';

const PIECE = 1 << 20;
/** Text shrinks 3 to 10 times, the most repetitive logs 100 times; deflate cannot pass 1,032. */
const MOST_GROWTH = 200;
/** Small files may grow more: they do no harm. */
const GROWTH_FREE = 4 << 20;

/** Bytes of a file. Throws `FileFailure`, and `BadDataset` for what is no regular file: a device has no end. */
export function sizeOfFile(path: string): number {
  const found = naming('open', path, () => statSync(path));
  if (!found.isFile()) throw new BadDataset(path, 'kind', 'It is no regular file.');
  return found.size;
}

/** Throws `FileFailure` and `BadDataset`; stopping early closes the file. */
export async function* fileBytes(path: string, isGzip: boolean): AsyncGenerator<Buffer> {
  sizeOfFile(path);
  const file = createReadStream(path, { highWaterMark: PIECE });
  try {
    yield* isGzip ? unpacked(path, file) : (file as AsyncIterable<Buffer>);
  } catch (error) {
    const errno = errnoOf(error);
    throw errno === null ? error : new FileFailure('read', path, errno, error);
  } finally {
    file.destroy();
  }
}

async function* unpacked(path: string, file: ReadStream): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: PIECE });
  file.on('error', (error) => gunzip.destroy(error));
  file.pipe(gunzip);
  let grown = 0;
  try {
    for await (const piece of gunzip as AsyncIterable<Buffer>) {
      grown += piece.byteLength;
      // What was unpacked so far, not what was read ahead.
      if (grown > GROWTH_FREE && grown > MOST_GROWTH * gunzip.bytesWritten)
        throw new BadDataset(path, 'gzipGrowth', said`${gunzip.bytesWritten} bytes became more than ${grown}.`);
      yield piece;
    }
  } catch (error) {
    throw isZlib(error)
      ? new BadDataset(path, 'gzip', said`Unpacking says after ${grown} bytes: ${error.message}.`, error)
      : error;
  } finally {
    gunzip.destroy();
  }
}

/** zlib names its errors Z_DATA_ERROR, Z_BUF_ERROR … */
const isZlib = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');
