/**
 * The header of a safetensors file, read as strictly as the reference implementation does and a little more:
 * duplicate names, unknown members and numbers that a double cannot hold are refused. Works on bytes, in one pass, without `JSON.parse`.
 */
import { phrase, said, type Argument, type Told } from '../protocol/sentence.ts';
import { DataFailure } from './dataFailure.ts';
import { bytesPerElement, type Dtype } from './dtypes.ts';
import { shortened } from '../protocol/shown.ts';

export interface TensorEntry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Position of the first byte in the file, and of the first one behind the tensor. */
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  /** In the order of their bytes. */
  readonly tensors: readonly TensorEntry[];
  readonly metadata: ReadonlyMap<string, string>;
}

/** The rule that a file breaks. */
export type SafetensorsRule =
  | 'tooShort'
  | 'headerTooLong'
  | 'headerPastEnd'
  | 'notUtf8'
  | 'notJson'
  | 'duplicateName'
  | 'unknownMember'
  | 'missingMember'
  | 'notAWholeNumber'
  | 'unknownDtype'
  | 'rankTooHigh'
  | 'shapeTooLarge'
  | 'wrongSize'
  | 'notContiguous'
  | 'trailingBytes'
  | 'tooManyTensors'
  | 'nameTooLong'
  | 'notReadable';

/** A file that breaks a rule of the format: never read, not even in part. */
export class SafetensorsFailure extends DataFailure {
  override readonly name = 'SafetensorsFailure';
  readonly rule: SafetensorsRule;

  constructor(rule: SafetensorsRule, message: Told) {
    super('badCheckpoint', message, 'Use another checkpoint, or fetch this file again from where it came.');
    this.rule = rule;
  }
}

export const LONGEST_HEADER = 100_000_000;
const HIGHEST_RANK = 32;
const MOST_TENSORS = 100_000;
const LONGEST_NAME = 10_000;

/** Entries of a header of `bytes` (without the 8 of its length), in a file of `fileBytes`. Throws `SafetensorsFailure`. */
export function parseHeader(bytes: Uint8Array, fileBytes: number): SafetensorsHeader {
  const scanner = new Scanner(bytes);
  const tensors = new Map<string, TensorEntry>();
  const metadata = new Map<string, string>();
  if (bytes[0] !== BRACE) throw new SafetensorsFailure('notJson', 'The header does not begin with "{".');
  scanner.members((name) => {
    if (name === '__metadata__') readMetadata(scanner, metadata);
    else tensors.set(name, readEntry(scanner, name, 8 + bytes.byteLength));
    if (tensors.size > MOST_TENSORS) fail('tooManyTensors', said`The header names more than ${MOST_TENSORS} tensors.`);
  });
  scanner.end();
  return { tensors: contiguous([...tensors.values()], 8 + bytes.byteLength, fileBytes), metadata };
}

function readMetadata(scanner: Scanner, metadata: Map<string, string>): void {
  scanner.members((key) => metadata.set(key, scanner.string()));
}

function readEntry(scanner: Scanner, name: string, dataStart: number): TensorEntry {
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  scanner.members((member) => {
    if (member === 'dtype') dtype = scanner.string();
    else if (member === 'shape') shape = scanner.wholeNumbers(HIGHEST_RANK, name);
    else if (member === 'data_offsets') offsets = scanner.wholeNumbers(2, name);
    else
      fail(
        'unknownMember',
        said`Tensor "${shortened(name)}" has a member "${shortened(member)}", which the format does not know.`,
      );
  });
  const [first, behind] = offsets ?? [];
  if (dtype === undefined || shape === undefined || first === undefined || behind === undefined) {
    return fail('missingMember', said`Tensor "${shortened(name)}" lacks dtype, shape or both numbers of data_offsets.`);
  }
  const entry = { name, dtype: dtype as Dtype, shape, begin: dataStart + first, end: dataStart + behind };
  checkSize(entry);
  return entry;
}

function checkSize({ name, dtype, shape, begin, end }: TensorEntry): void {
  const width = bytesPerElement(dtype);
  if (width === null)
    fail('unknownDtype', said`Tensor "${shortened(name)}" has the unknown dtype "${shortened(dtype)}".`);
  const size = shape.reduce((product, length) => exact(product * length, name), width ?? 0);
  if (end - begin === size) return;
  fail(
    'wrongSize',
    said`Tensor "${shortened(name)}" takes ${end - begin} bytes; ${dtype} [${shape.join(', ')}] needs ${size}.`,
  );
}

function exact(product: number, name: string): number {
  if (Number.isSafeInteger(product)) return product;
  return fail('shapeTooLarge', said`Tensor "${shortened(name)}" has a shape whose size cannot be counted.`);
}

/** The tensors in the order of their bytes, after checking that they fill the file from `dataStart` to its end without hole or overlap. */
function contiguous(tensors: readonly TensorEntry[], dataStart: number, fileBytes: number): readonly TensorEntry[] {
  const ordered = tensors.toSorted((a, b) => a.begin - b.begin || a.end - b.end);
  let position = dataStart;
  for (const { name, begin, end } of ordered) {
    if (begin !== position) {
      const fault = begin > position ? phrase('a hole before it') : phrase('an overlap with another tensor');
      fail(
        'notContiguous',
        said`Tensor "${shortened(name)}" begins at byte ${begin} instead of ${position}: ${fault}.`,
      );
    }
    position = end;
  }
  if (position !== fileBytes) {
    fail('trailingBytes', said`The tensors end at byte ${position}, but the file has ${fileBytes}.`);
  }
  return ordered;
}

const BRACE = 0x7b;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Reads the few forms of JSON that a header may have, from UTF-8 bytes. */
class Scanner {
  readonly #bytes: Uint8Array;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Calls `each` with the scanner standing at the value of each member; a name may come once. */
  members(each: (name: string) => void): void {
    const seen = new Set<string>();
    this.#take('{');
    if (this.#takes('}')) return;
    do {
      const name = this.string();
      if (seen.has(name)) fail('duplicateName', said`The header names "${shortened(name)}" twice.`);
      if (seen.add(name).size > MOST_TENSORS + 1)
        fail('tooManyTensors', said`The header names more than ${MOST_TENSORS} things.`);
      this.#take(':');
      each(name);
    } while (this.#takes(','));
    this.#take('}');
  }

  string(): string {
    this.#space();
    const start = this.#at;
    if (this.#bytes[this.#at] !== QUOTE) this.#unexpected(phrase('a text in quotes'));
    for (this.#at++; this.#bytes[this.#at] !== QUOTE; this.#at++) {
      if (this.#bytes[this.#at] === BACKSLASH) this.#at++;
      if (this.#at >= this.#bytes.length) this.#unexpected(phrase('the end of a text'));
      if (this.#at - start > LONGEST_NAME)
        fail('nameTooLong', said`A text in the header is longer than ${LONGEST_NAME} bytes.`);
    }
    this.#at++;
    return this.#unescape(this.#bytes.subarray(start, this.#at));
  }

  /** A list of at most `most` whole numbers from 0 to 2^53 - 1. */
  wholeNumbers(most: number, name: string): number[] {
    const numbers: number[] = [];
    this.#take('[');
    if (this.#takes(']')) return numbers;
    do {
      numbers.push(this.#wholeNumber(name));
      if (numbers.length > most)
        fail('rankTooHigh', said`Tensor "${shortened(name)}" has a list of more than ${most} numbers.`);
    } while (this.#takes(','));
    this.#take(']');
    return numbers;
  }

  /** Only space may follow. */
  end(): void {
    this.#space();
    if (this.#at < this.#bytes.length) this.#unexpected(phrase('the end of the header'));
  }

  #wholeNumber(name: string): number {
    this.#space();
    const start = this.#at;
    while (isNumeric(this.#bytes[this.#at]) && this.#at - start < 40) this.#at++;
    const text = String.fromCharCode(...this.#bytes.subarray(start, this.#at));
    if (text === '') this.#unexpected(phrase('a number'));
    if (/^(0|[1-9]\d*)$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
    return fail(
      'notAWholeNumber',
      said`Tensor "${shortened(name)}" has the number ${text}; only 0 to 2^53 - 1 are allowed.`,
    );
  }

  #unescape(quoted: Uint8Array): string {
    const text = this.#decode(quoted);
    try {
      return String(JSON.parse(text));
    } catch (error) {
      throw new SafetensorsFailure('notJson', said`The header has a broken text: ${String(error)}.`);
    }
  }

  #decode(bytes: Uint8Array): string {
    try {
      return this.#decoder.decode(bytes);
    } catch (error) {
      throw new SafetensorsFailure('notUtf8', said`The header is not UTF-8 text: ${String(error)}.`);
    }
  }

  #take(char: string): void {
    if (!this.#takes(char)) this.#unexpected(`"${char}"`);
  }

  #takes(char: string): boolean {
    this.#space();
    if (this.#bytes[this.#at] !== char.charCodeAt(0)) return false;
    this.#at++;
    return true;
  }

  #space(): void {
    while (isSpace(this.#bytes[this.#at])) this.#at++;
  }

  #unexpected(wanted: Argument): never {
    return fail('notJson', said`The header has something else than ${wanted} at its byte ${this.#at}.`);
  }
}

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Digits and whatever else a JSON number may hold. */
const isNumeric = (byte: number | undefined): boolean =>
  byte !== undefined && ((byte >= 0x30 && byte <= 0x39) || '+-.eE'.includes(String.fromCharCode(byte)));

function fail(rule: SafetensorsRule, message: Told): never {
  throw new SafetensorsFailure(rule, message);
}
