/** Reads what an evaluation has kept of each token, one completion at a time, and believes no length that the file tells. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import {
  BadTokenFile,
  decodeTokenRecord,
  readTokenFileHead,
  readTokenRecordHead,
  TOKEN_FILE_HEAD_BYTES,
  TOKEN_RECORD_HEAD_BYTES,
  tokenRecordBytes,
  type TokenRecord,
} from '../protocol/tokenRecords.ts';

interface Place {
  /** Number of the completion. */
  readonly index: number;
  readonly start: number;
  readonly bytes: number;
}

export class TokenFile {
  /** Kept beside each token. */
  readonly alternatives: number;
  /** In the order of the file, up to the first record that is not whole. */
  readonly places: readonly Place[];
  private readonly fd: number;

  private constructor(fd: number, alternatives: number, places: readonly Place[]) {
    this.fd = fd;
    this.alternatives = alternatives;
    this.places = places;
  }

  /** Whoever opens it closes it. Throws `BadTokenFile` where it is no such file, and what the system throws. */
  static open(path: string): TokenFile {
    const fd = openSync(path, 'r');
    try {
      const alternatives = readTokenFileHead(bytesAt(fd, 0, TOKEN_FILE_HEAD_BYTES));
      return new TokenFile(fd, alternatives, placesIn(fd, alternatives));
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** Of the completion with that number; null where it has none. Throws `BadTokenFile` where it is damaged. */
  read(index: number): TokenRecord | null {
    const place = this.places.find((known) => known.index === index);
    return place === undefined ? null : this.recordAt(place);
  }

  recordAt({ start, bytes }: Place): TokenRecord {
    return decodeTokenRecord(bytesAt(this.fd, start, bytes), this.alternatives);
  }

  close(): void {
    closeSync(this.fd);
  }
}

function placesIn(fd: number, alternatives: number): Place[] {
  const { size } = fstatSync(fd);
  const places: Place[] = [];
  for (let start = TOKEN_FILE_HEAD_BYTES; start + TOKEN_RECORD_HEAD_BYTES <= size;) {
    const { index, tokens } = readTokenRecordHead(bytesAt(fd, start, TOKEN_RECORD_HEAD_BYTES));
    const bytes = tokenRecordBytes(tokens, alternatives);
    if (start + bytes > size) break;
    places.push({ index, start, bytes });
    start += bytes;
  }
  return places;
}

function bytesAt(fd: number, start: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const taken = readSync(fd, bytes, done, length - done, start + done);
    if (taken === 0) throw new BadTokenFile(`The file ends at byte ${start + done}, within what it told of.`);
    done += taken;
  }
  return bytes;
}
