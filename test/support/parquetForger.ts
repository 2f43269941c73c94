/** Writes Parquet files that lie: a tiny writer of Thrift's compact protocol in which every count may be wrong. */

type Field = readonly [id: number, value: Value];
/** A whole number of 32 bits (number) or 64 (bigint), a text or bytes, a list, or a struct of fields. */
type Value =
  | number
  | bigint
  | string
  | Uint8Array
  | { readonly list: readonly Value[]; readonly claims?: number }
  | Field[];

const varint = (value: bigint): number[] => {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    if (rest < 128n) return [...bytes, Number(rest)];
    bytes.push(Number(rest & 127n) | 128);
  }
};
const zigzag = (value: bigint): bigint => (value >= 0n ? value * 2n : -value * 2n - 1n);

function typeOf(value: Value): number {
  if (typeof value === 'number') return 5;
  if (typeof value === 'bigint') return 6;
  if (typeof value === 'string' || value instanceof Uint8Array) return 8;
  return Array.isArray(value) ? 12 : 9;
}

function bytesOf(value: Value): number[] {
  if (typeof value === 'number' || typeof value === 'bigint') return varint(zigzag(BigInt(value)));
  if (typeof value === 'string') return bytesOf(Buffer.from(value));
  if (value instanceof Uint8Array) return [...varint(BigInt(value.length)), ...value];
  if (Array.isArray(value)) return struct(value);
  const { list, claims = list.length } = value as { list: readonly Value[]; claims?: number };
  return [0xf0 | typeOf(list[0] ?? 0), ...varint(BigInt(claims)), ...list.flatMap(bytesOf)];
}

/** Fields in ascending order of their ids, the largest below 16 above the one before. */
function struct(fields: readonly Field[]): number[] {
  let last = 0;
  const bytes = fields.flatMap(([id, value]) => {
    const head = ((id - last) << 4) | typeOf(value);
    last = id;
    return [head, ...bytesOf(value)];
  });
  return [...bytes, 0];
}

export interface Lies {
  /** Entries behind the root; a required column of texts `text` if left out. */
  readonly schema?: readonly Field[][];
  readonly children?: number;
  readonly rows?: number | bigint;
  readonly groupRows?: number | bigint;
  readonly values?: number | bigint;
  readonly offset?: number | bigint;
  readonly compressed?: number | bigint;
  readonly codec?: number;
  readonly page?: Uint8Array;
  readonly pageValues?: number;
  readonly pageBytes?: number;
  readonly encoding?: number;
  readonly dictionary?: Uint8Array;
  readonly footerLength?: number;
  readonly schemaClaims?: number;
}

export const textColumn = (name: string, repetition = 0): Field[] => [
  [1, 6],
  [3, repetition],
  [4, name],
];
export const group = (name: string, children: number): Field[] => [
  [3, 0],
  [4, name],
  [5, children],
];

/** One row, `{"text": "hello"}`, but for what is asked to be otherwise. */
export function forged(lies: Lies = {}): Uint8Array {
  const page = lies.page ?? Uint8Array.from([5, 0, 0, 0, ...Buffer.from('hello')]);
  const dictionary = lies.dictionary
    ? pageOf(2, lies.dictionary, [
        7,
        [
          [1, 1],
          [2, 0],
        ],
      ])
    : [];
  const data: Field = [
    5,
    [
      [1, lies.pageValues ?? 1],
      [2, lies.encoding ?? 0],
      [3, 3],
      [4, 3],
    ],
  ];
  const chunk = [...dictionary, ...pageOf(0, page, data, lies.pageBytes)];
  const footer = struct(metadata(lies, chunk.length, dictionary.length));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(lies.footerLength ?? footer.length);
  return Uint8Array.from([...Buffer.from('PAR1'), ...chunk, ...footer, ...length, ...Buffer.from('PAR1')]);
}

const pageOf = (type: number, page: Uint8Array, header: Field, claims = page.length): number[] => [
  ...struct([[1, type], [2, claims], [3, page.length], header]),
  ...page,
];

function metadata(lies: Lies, chunkBytes: number, dictionaryBytes: number): Field[] {
  const schema = lies.schema ?? [textColumn('text')];
  const column: Field[] = [
    [1, 6],
    [2, { list: [0] }],
    [3, { list: ['text'] }],
    [4, lies.codec ?? 0],
    [5, BigInt(lies.values ?? 1)],
    [6, BigInt(chunkBytes)],
    [7, BigInt(lies.compressed ?? chunkBytes)],
    [9, BigInt(lies.offset ?? 4 + dictionaryBytes)],
    ...(dictionaryBytes > 0 ? [[11, 4n] as Field] : []),
  ];
  const root = group('root', lies.children ?? 1);
  const claims = lies.schemaClaims === undefined ? {} : { claims: lies.schemaClaims };
  return [
    [1, 1],
    [2, { list: [root, ...schema], ...claims }],
    [3, BigInt(lies.rows ?? 1)],
    [
      4,
      {
        list: [
          [
            [
              1,
              {
                list: [
                  [
                    [2, 4n],
                    [3, column],
                  ],
                ],
              },
            ],
            [2, BigInt(chunkBytes)],
            [3, lies.groupRows ?? BigInt(lies.rows ?? 1)],
          ],
        ],
      },
    ],
  ];
}
