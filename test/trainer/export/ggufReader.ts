/** Reads GGUF files as strictly as the format allows: everything in its place, nothing left over. Layout: docs/gguf.md of ggml. */

export interface ReadTensor {
  readonly shape: readonly number[];
  readonly type: number;
  readonly bytes: Uint8Array;
}

export interface ReadGguf {
  readonly metadata: ReadonlyMap<string, unknown>;
  readonly tensors: ReadonlyMap<string, ReadTensor>;
}

const ALIGNMENT = 32;
/** Numbers and bytes of a block, by `ggml_type`. */
const BLOCKS: Readonly<Record<number, readonly [numbers: number, bytes: number]>> = {
  0: [1, 4],
  1: [1, 2],
  8: [32, 34],
};

export function readGguf(bytes: Uint8Array): ReadGguf {
  const cursor = new Cursor(bytes);
  if (cursor.text(4) !== 'GGUF' || cursor.uint32() !== 3) throw new Error('not GGUF 3');
  const [tensorCount, keyCount] = [cursor.uint64(), cursor.uint64()];
  const metadata = new Map<string, unknown>();
  for (let i = 0; i < keyCount; i++) setOnce(metadata, cursor.string(), valueOf(cursor, cursor.uint32()));
  const infos = new Map<string, Omit<ReadTensor, 'bytes'> & { readonly offset: number }>();
  for (let i = 0; i < tensorCount; i++) setOnce(infos, cursor.string(), infoOf(cursor));
  let at = cursor.aligned();
  const start = at;
  const tensors = new Map<string, ReadTensor>();
  for (const [name, { shape, type, offset }] of infos) {
    if (start + offset !== at) throw new Error(`${name} begins at ${offset}, not at ${at - start}`);
    const end = at + sizeOf(shape, type);
    tensors.set(name, { shape, type, bytes: bytes.subarray(at, end) });
    at = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    if (bytes.subarray(end, at).some((byte) => byte !== 0)) throw new Error(`${name} is not followed by zeros`);
  }
  if (at !== bytes.length) throw new Error(`the tensors end at ${at}, the file at ${bytes.length}`);
  return { metadata, tensors };
}

function setOnce<T>(map: Map<string, T>, key: string, value: T): void {
  if (map.has(key)) throw new Error(`${key} occurs twice`);
  map.set(key, value);
}

function infoOf(cursor: Cursor) {
  const dimensions = Array.from({ length: cursor.uint32() }, () => cursor.uint64());
  const [type, offset] = [cursor.uint32(), cursor.uint64()];
  if (offset % ALIGNMENT !== 0) throw new Error(`the offset ${offset} is not aligned`);
  return { shape: dimensions.toReversed(), type, offset };
}

function sizeOf(shape: readonly number[], type: number): number {
  const [numbers, bytes] = BLOCKS[type] ?? [0, 0];
  const rows = shape.slice(0, -1).reduce((product, length) => product * length, 1);
  const blocks = (shape.at(-1) ?? 0) / numbers;
  if (!Number.isInteger(blocks)) throw new Error(`[${shape.join()}] is not made of whole blocks of type ${type}`);
  return rows * blocks * bytes;
}

function valueOf(cursor: Cursor, type: number): unknown {
  switch (type) {
    case 4:
      return cursor.uint32();
    case 5:
      return cursor.int32();
    case 6:
      return cursor.float32();
    case 7:
      return cursor.bool();
    case 8:
      return cursor.string();
    case 9: {
      const [of, length] = [cursor.uint32(), cursor.uint64()];
      return Array.from({ length }, () => valueOf(cursor, of));
    }
    default:
      throw new Error(`the type ${type} is not used`);
  }
}

class Cursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  uint32 = (): number => this.#view.getUint32(this.#past(4), true);
  int32 = (): number => this.#view.getInt32(this.#past(4), true);
  uint64 = (): number => Number(this.#view.getBigUint64(this.#past(8), true));
  float32 = (): number => this.#view.getFloat32(this.#past(4), true);
  string = (): string => this.text(this.uint64());

  bool(): boolean {
    const byte = this.#view.getUint8(this.#past(1));
    if (byte > 1) throw new Error(`${byte} is no bool`);
    return byte === 1;
  }

  text(length: number): string {
    const at = this.#past(length);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.#bytes.subarray(at, at + length));
  }

  /** The next place that is aligned; what is skipped must be zeros. */
  aligned(): number {
    while (this.#at % ALIGNMENT !== 0)
      if (this.#view.getUint8(this.#past(1)) !== 0) throw new Error('not filled with 0');
    return this.#at;
  }

  #past(bytes: number): number {
    this.#at += bytes;
    return this.#at - bytes;
  }
}
