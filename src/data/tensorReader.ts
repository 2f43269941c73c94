/** Reads the tensors of one safetensors file, one after the other, into memory that serves all of them. */
import { said } from '../protocol/sentence.ts';
import type { NamedArray } from '../protocol/savedState.ts';
import { bytesPerElement, type FloatDtype, toFloat32 } from './dtypes.ts';
import { readAt } from './durable.ts';
import type { ReadPort } from './files.ts';
import { FloatBlocks } from './floatBlocks.ts';
import { SafetensorsFailure, type TensorEntry } from './safetensorsHeader.ts';
import { type HalfDtype, PIECE, type Widening, widening } from './widening.ts';

/** One view of bytes cannot span more than 4 GiB. */
const LARGEST_VIEW = 2 ** 30;

export class TensorReader {
  readonly #files: ReadPort;
  readonly #fd: number;
  readonly #path: string;
  readonly #blocks: FloatBlocks;
  readonly #widenings = new Map<HalfDtype, Widening>();

  /** Of the open file, for these entries of its checked header. */
  constructor(files: ReadPort, fd: number, path: string, entries: readonly TensorEntry[]) {
    this.#files = files;
    this.#fd = fd;
    this.#path = path;
    this.#blocks = new FloatBlocks(entries.filter(({ dtype }) => isFloat(dtype)).map(lengthOf));
  }

  /** Throws `SafetensorsFailure` where the format is not read, and `FileFailure`. */
  read(entry: TensorEntry): NamedArray {
    const { dtype, shape } = entry;
    if (!isFloat(dtype)) return { shape, values: this.#readOther(entry) };
    const values = this.#blocks.take(lengthOf(entry));
    if (dtype === 'F32') this.#fill(values, entry.begin);
    else this.#widen(dtype, values, entry.begin);
    return { shape, values };
  }

  #readOther({ name, dtype, begin, end }: TensorEntry): Float32Array {
    const bytes = new Uint8Array(end - begin);
    this.#fill(bytes, begin);
    const values = toFloat32(dtype, bytes.buffer);
    if (values) return values;
    throw new SafetensorsFailure('notReadable', said`Tensor "${name}" is stored as ${dtype}, which is not read.`);
  }

  #widen(dtype: HalfDtype, values: Float32Array, begin: number): void {
    const { halves, widen } = this.#widening(dtype);
    for (let at = 0; at < values.length; at += PIECE) {
      const piece = halves.subarray(0, values.length - at);
      this.#fill(piece, begin + 2 * at);
      widen(piece.length, values.subarray(at));
    }
  }

  #fill({ buffer, byteOffset, byteLength }: NodeJS.TypedArray, begin: number): void {
    for (let at = 0; at < byteLength; at += LARGEST_VIEW) {
      const bytes = new Uint8Array(buffer, byteOffset + at, Math.min(LARGEST_VIEW, byteLength - at));
      readAt(this.#files, this.#fd, this.#path, bytes, begin + at);
    }
  }

  #widening(dtype: HalfDtype): Widening {
    const known = this.#widenings.get(dtype) ?? widening(dtype, PIECE);
    this.#widenings.set(dtype, known);
    return known;
  }
}

const isFloat = (dtype: string): dtype is FloatDtype => dtype === 'F32' || dtype === 'F16' || dtype === 'BF16';
const lengthOf = ({ dtype, begin, end }: TensorEntry): number => (end - begin) / (bytesPerElement(dtype) ?? 1);
