/**
 * The binary file that lies beside the completions of an evaluation: what the model thought at each token.
 *
 * Little-endian, everything at multiples of 4 bytes. Head: the 8 bytes `VLYTOK01`, then uint32 k, the number of
 * alternatives of each token. Then one record after the other, in the order of the lines of the `.jsonl` file:
 *
 * | bytes  | type         | content                                                                     |
 * |--------|--------------|-----------------------------------------------------------------------------|
 * | 4      | uint32       | number of the completion, the last part of its id                           |
 * | 4      | uint32       | n, its tokens, the one that ends it included                                |
 * | 4      | uint32       | CRC-32 of what follows                                                      |
 * | 4 n    | int32 [n]    | token ids                                                                   |
 * | 4 n    | float32 [n]  | natural logarithm of the probability of each, before temperature and cuts   |
 * | 4 n    | float32 [n]  | entropy of the whole distribution it was drawn from, in nats, likewise      |
 * | 4 n k  | int32 [n, k] | the likeliest tokens, likeliest first                                       |
 * | 4 n k  | float32 [n, k] | the logarithms of their probabilities                                     |
 */
import { crc32OfBytes } from './crc32.ts';

export interface TokenDetails {
  /** [n]. */
  readonly tokens: Int32Array;
  /** [n]. */
  readonly logProbabilities: Float32Array;
  /** [n]. */
  readonly entropies: Float32Array;
  /** [n, k]. */
  readonly alternatives: Int32Array;
  /** [n, k]. */
  readonly alternativeLogProbabilities: Float32Array;
}

export interface TokenRecord extends TokenDetails {
  /** Number of the completion. */
  readonly index: number;
}

export interface TokenRecordHead {
  readonly index: number;
  readonly tokens: number;
  readonly checksum: number;
}

const MAGIC = 'VLYTOK01';
export const TOKEN_FILE_HEAD_BYTES = 12;
export const TOKEN_RECORD_HEAD_BYTES = 12;
/** More than any model writes, so that sizes stay far below what a number holds exactly. */
const MOST_TOKENS = 1 << 24;
export const MOST_ALTERNATIVES = 20;

/** What is wrong with a file of tokens. */
export class BadTokenFile extends Error {}

export function tokenFileHead(alternatives: number): Uint8Array {
  const bytes = new Uint8Array(TOKEN_FILE_HEAD_BYTES);
  bytes.set(Uint8Array.from(MAGIC, (sign) => sign.charCodeAt(0)));
  new DataView(bytes.buffer).setUint32(8, alternatives, true);
  return bytes;
}

/** The number of alternatives. Throws `BadTokenFile` where the bytes begin no such file. */
export function readTokenFileHead(bytes: Uint8Array): number {
  if (bytes.length < TOKEN_FILE_HEAD_BYTES) throw new BadTokenFile('The file is too short for its head.');
  const magic = String.fromCharCode(...bytes.subarray(0, MAGIC.length));
  if (magic !== MAGIC) throw new BadTokenFile(`The file begins with ${JSON.stringify(magic)}, not with ${MAGIC}.`);
  const alternatives = viewOf(bytes).getUint32(8, true);
  if (alternatives > MOST_ALTERNATIVES)
    throw new BadTokenFile(`The file tells of ${alternatives} alternatives, more than ${MOST_ALTERNATIVES}.`);
  return alternatives;
}

/** Of a whole record, its head included. */
export const tokenRecordBytes = (tokens: number, alternatives: number): number =>
  TOKEN_RECORD_HEAD_BYTES + 4 * tokens * (3 + 2 * alternatives);

/** Throws where the arrays are not of the same n and k. */
export function encodeTokenRecord(record: TokenRecord, k: number): Uint8Array {
  const { index, tokens, logProbabilities, entropies, alternatives, alternativeLogProbabilities } = record;
  const n = tokens.length;
  const parts = [tokens, logProbabilities, entropies, alternatives, alternativeLogProbabilities];
  const lengths = [n, n, n, n * k, n * k];
  if (parts.some((part, i) => part.length !== lengths[i]))
    throw new Error(`The details of completion ${index} are not of ${n} tokens with ${k} alternatives each.`);
  const bytes = new Uint8Array(tokenRecordBytes(n, k));
  const view = viewOf(bytes);
  let at = TOKEN_RECORD_HEAD_BYTES;
  for (const part of parts) {
    const isWhole = part instanceof Int32Array;
    for (const value of part) {
      if (isWhole) view.setInt32(at, value, true);
      else view.setFloat32(at, value, true);
      at += 4;
    }
  }
  view.setUint32(0, index, true);
  view.setUint32(4, n, true);
  view.setUint32(8, crc32OfBytes(bytes.subarray(TOKEN_RECORD_HEAD_BYTES)), true);
  return bytes;
}

/** Throws `BadTokenFile` where `bytes` are too few, or tell of more tokens than any completion has. */
export function readTokenRecordHead(bytes: Uint8Array): TokenRecordHead {
  if (bytes.length < TOKEN_RECORD_HEAD_BYTES) throw new BadTokenFile('A record ends within its head.');
  const view = viewOf(bytes);
  const tokens = view.getUint32(4, true);
  if (tokens > MOST_TOKENS) throw new BadTokenFile(`A record tells of ${tokens} tokens, more than ${MOST_TOKENS}.`);
  return { index: view.getUint32(0, true), tokens, checksum: view.getUint32(8, true) };
}

/** `bytes` are one whole record. Throws `BadTokenFile` where they are not, or are damaged. */
export function decodeTokenRecord(bytes: Uint8Array, k: number): TokenRecord {
  const { index, tokens: n, checksum } = readTokenRecordHead(bytes);
  if (bytes.length !== tokenRecordBytes(n, k))
    throw new BadTokenFile(`A record of ${n} tokens has ${bytes.length} bytes, not ${tokenRecordBytes(n, k)}.`);
  if (crc32OfBytes(bytes.subarray(TOKEN_RECORD_HEAD_BYTES)) !== checksum)
    throw new BadTokenFile(`The record of completion ${index} is damaged: its checksum differs.`);
  const view = viewOf(bytes);
  let at = TOKEN_RECORD_HEAD_BYTES;
  const next = (): number => (at += 4) - 4;
  const whole = (length: number): Int32Array => Int32Array.from({ length }, () => view.getInt32(next(), true));
  const real = (length: number): Float32Array => Float32Array.from({ length }, () => view.getFloat32(next(), true));
  return {
    index,
    tokens: whole(n),
    logProbabilities: real(n),
    entropies: real(n),
    alternatives: whole(n * k),
    alternativeLogProbabilities: real(n * k),
  };
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
