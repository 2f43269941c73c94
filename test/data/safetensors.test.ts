import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesPerElement, type Dtype, encodeFloats, toFloat32 } from '../../src/data/dtypes.ts';
import { widening } from '../../src/data/widening.ts';
import { toFloat16 } from '../engine/interpreter.ts';
import { encodeSafetensors, readHeader, readSafetensors } from '../../src/data/safetensors.ts';
import { parseHeader, SafetensorsFailure, type SafetensorsRule } from '../../src/data/safetensorsHeader.ts';
import { MemoryFiles } from './memoryFiles.ts';
import type { NamedArrays } from '../../src/protocol/savedState.ts';

const join = (chunks: Iterable<Uint8Array>): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.concat([...chunks]));

/** A file with this header text and so many bytes of data; `claimed` lies about the header's length. */
function file(header: string | Uint8Array, dataBytes = 0, claimed?: bigint): Uint8Array {
  const text = Buffer.from(header);
  const bytes = new Uint8Array(8 + text.byteLength + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, claimed ?? BigInt(text.byteLength), true);
  bytes.set(text, 8);
  return bytes;
}

function read(bytes: Uint8Array): NamedArrays {
  const files = new MemoryFiles();
  files.put('/x.safetensors', bytes);
  try {
    return readSafetensors(files, '/x.safetensors');
  } finally {
    expect(files.openFiles).toBe(0);
  }
}

function ruleOf(action: () => unknown): SafetensorsRule {
  try {
    action();
  } catch (error) {
    if (error instanceof SafetensorsFailure) return error.rule;
    throw error;
  }
  throw new Error('was read');
}

const tensor = (dtype: string, shape: unknown, begin: unknown, end: unknown): string =>
  `{"dtype":"${dtype}","shape":${JSON.stringify(shape)},"data_offsets":[${String(begin)},${String(end)}]}`;

test('what is written is read back, whatever the names', () => {
  const name = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', '', 'w"\\\n', '가.무게'));
  const array = fc
    .array(fc.nat(4), { maxLength: 4 })
    .chain((shape) =>
      fc
        .float32Array({ minLength: shape.reduce((a, b) => a * b, 1), maxLength: shape.reduce((a, b) => a * b, 1) })
        .map((values) => ({ shape, values })),
    );
  fc.assert(
    fc.property(fc.array(fc.tuple(name, array), { maxLength: 6 }), (entries) => {
      const arrays = Object.fromEntries(entries.filter(([key]) => key !== '__metadata__'));
      const back = read(join(encodeSafetensors(arrays)));
      expect(Object.keys(back).toSorted()).toEqual(Object.keys(arrays).toSorted());
      for (const key of Object.keys(arrays)) expect(back[key]).toEqual(arrays[key]);
      expect(({} as Record<string, unknown>).shape).toBeUndefined();
    }),
  );
});

test('the header is padded to 8 bytes, sorted by name and carries the metadata', () => {
  const arrays = { b: { shape: [1], values: Float32Array.of(2) }, a: { shape: [2], values: Float32Array.of(0, 1) } };
  const bytes = join(encodeSafetensors(arrays, { format: 'pt' }));
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  expect(length % 8).toBe(0);
  expect(new TextDecoder().decode(bytes.subarray(8, 8 + length)).trimEnd()).toBe(
    '{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}',
  );
  const files = new MemoryFiles();
  files.put('/x', bytes);
  expect([...readHeader(files, '/x').metadata]).toEqual([['format', 'pt']]);
});

test('refuses to write values that do not fill their shape', () => {
  expect(() => join(encodeSafetensors({ a: { shape: [3], values: new Float32Array(2) } }))).toThrow('"a" [3]');
});

test.each<[Dtype, readonly number[], readonly number[]]>([
  ['F16', [0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00, 0x00, 0x7c, 0xff, 0x7b], [1, -2, 2 ** -24, Infinity, 65504]],
  ['BF16', [0x80, 0x3f, 0x00, 0xc0, 0x80, 0x7f], [1, -2, Infinity]],
  ['F64', [...new Uint8Array(Float64Array.of(0.5, -3).buffer)], [0.5, -3]],
  ['I64', [...new Uint8Array(BigInt64Array.of(-5n, 7n).buffer)], [-5, 7]],
  ['U64', [...new Uint8Array(BigUint64Array.of(2n ** 40n).buffer)], [2 ** 40]],
  ['I32', [...new Uint8Array(Int32Array.of(-2).buffer)], [-2]],
  ['U32', [255, 255, 255, 255], [2 ** 32]],
  ['I16', [0xfe, 0xff], [-2]],
  ['U16', [0xfe, 0xff], [65534]],
  ['I8', [0xff], [-1]],
  ['U8', [0xff], [255]],
  ['BOOL', [1, 0], [1, 0]],
])('reads %s as floats', (dtype, bytes, expected) => {
  expect([...(toFloat32(dtype, Uint8Array.from(bytes).buffer) ?? [])]).toEqual(expected);
  const header = `{"t":${tensor(dtype, [expected.length], 0, bytes.length)}}`;
  const whole = file(header, bytes.length);
  whole.set(bytes, whole.byteLength - bytes.length);
  expect([...(read(whole).t?.values ?? [])]).toEqual(expected);
});

test.each(['F16', 'BF16'] as const)('%s is widened in any number, to any place, and nothing beside it', (dtype) => {
  const all = Uint16Array.from({ length: 40 }, (_, i) => i * 1_631);
  const whole = toFloat32(dtype, all.slice().buffer) ?? new Float32Array();
  for (const most of [9, 12, 300]) {
    const { halves, widen } = widening(dtype, most);
    for (let count = 0; count < 10; count++) {
      const floats = new Float32Array(count + 2).fill(7);
      halves.set(all.subarray(count, 2 * count));
      widen(count, floats.subarray(1));
      expect([...floats]).toEqual([7, ...whole.subarray(count, 2 * count), 7]);
    }
  }
});

/** By arithmetic, from the definition of IEEE 754: sign, exponent and fraction. */
const halfValue = (bits: number): number => {
  const [sign, exponent, fraction] = [bits >>> 15 ? -1 : 1, (bits >>> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
};

test('every number of F16 and BF16 has its value', () => {
  const halves = Uint16Array.from({ length: 65_536 }, (_, i) => i);
  const expected = { F16: halfValue, BF16: (bits: number) => floatOf((bits << 16) >>> 0) };
  for (const dtype of ['F16', 'BF16'] as const) {
    const floats = toFloat32(dtype, halves.slice().buffer);
    expect(floats?.every((x, i) => Object.is(x, expected[dtype](i)))).toBe(true);
  }
});

test.each(['F16', 'BF16'] as const)('every number of %s is written as it was read', (dtype) => {
  const halves = Uint16Array.from({ length: 65_536 }, (_, i) => i);
  const floats = toFloat32(dtype, halves.slice().buffer) ?? new Float32Array();
  const bytes = Buffer.concat([...encodeFloats(dtype, floats)]);
  for (let i = 0; i < halves.length; i++) {
    if (Number.isNaN(floats[i]))
      expect(toFloat32(dtype, Uint8Array.from(bytes.subarray(2 * i, 2 * i + 2)).buffer)?.[0]).toBeNaN();
    else expect(bytes.readUInt16LE(2 * i)).toBe(i);
  }
});

test('numbers between two of a format go to the nearer one, and from the middle to the even one', () => {
  const words = Uint32Array.from({ length: 200_000 }, (_, i) => Math.imul(i + 1, 0x9e3779b1));
  const floats = new Float32Array(words.buffer).map((x, i) =>
    i % 3 === 0 ? ((words[i] ?? 0) / 2 ** 32) * 2 ** -(i % 27) : x,
  );
  for (let i = 0; i < 2048; i++) floats[i] = (i + 0.5) * 2 ** -24 * (i % 2 === 0 ? 1 : -1);
  const [halves, brain] = (['F16', 'BF16'] as const).map((dtype) => {
    const bytes = Uint8Array.from(Buffer.concat([...encodeFloats(dtype, floats)]));
    return toFloat32(dtype, bytes.buffer) ?? new Float32Array();
  });
  floats.forEach((x, i) => {
    if (Number.isNaN(x)) return;
    expect(halves?.[i] === toFloat16(x), String(x)).toBe(true);
    const [low, high] = neighbours(x);
    const expected =
      x - low === high - x ? ((bitsOf(low) >>> 16) % 2 === 0 ? low : high) : x - low < high - x ? low : high;
    if (Number.isFinite(low + high)) expect(brain?.[i] === expected, String(x)).toBe(true);
  });
});

const bitsOf = (x: number): number => new Uint32Array(Float32Array.of(x).buffer)[0] ?? 0;
const floatOf = (bits: number): number => new Float32Array(Uint32Array.of(bits).buffer)[0] ?? 0;
/** The numbers of BF16 at and beyond `x`, by size. */
const neighbours = (x: number): readonly [number, number] => {
  const inner = floatOf(bitsOf(x) & 0xffff0000);
  const outer = floatOf(((bitsOf(x) & 0xffff0000) + 0x10000) >>> 0);
  return x < 0 ? [outer, inner] : [inner, outer];
};

test.each(['F16', 'BF16'] as const)('%s tensors that are read in many pieces', (dtype) => {
  const values = Float32Array.from({ length: 300_001 }, (_, i) => (i % 251) - 125);
  const arrays = { a: { shape: [300_001], values }, b: { shape: [2], values: Float32Array.of(1, 2) } };
  expect(read(join(encodeSafetensors(arrays, {}, dtype)))).toEqual(arrays);
});

test('a half float that is no number stays none', () => {
  expect(toFloat32('F16', Uint8Array.of(0x01, 0x7e).buffer)?.[0]).toBeNaN();
});

test('an unreadable format is refused by name, and only when asked for', () => {
  const bytes = file(`{"t":${tensor('F8_E4M3', [4], 0, 4)}}`, 4);
  expect(ruleOf(() => read(bytes))).toBe('notReadable');
  const files = new MemoryFiles();
  files.put('/x', bytes);
  expect(readHeader(files, '/x').tensors[0]?.dtype).toBe('F8_E4M3');
});

const F32 = tensor('F32', [2], 0, 8);
const wrong: readonly [what: string, bytes: Uint8Array, rule: SafetensorsRule][] = [
  ['nothing at all', new Uint8Array(), 'tooShort'],
  ['seven bytes', new Uint8Array(7), 'tooShort'],
  ['a header of length 0', file(''), 'notJson'],
  ['a header length of 2^63', file('{}', 0, 2n ** 63n), 'headerTooLong'],
  ['a header length of 2^64 - 1', file('{}', 0, 2n ** 64n - 1n), 'headerTooLong'],
  ['a header longer than allowed', file('{}', 0, 100_000_001n), 'headerTooLong'],
  ['a header length one past the end', file('{}', 0, 3n), 'headerPastEnd'],
  ['a header length of the whole file', file('{}', 0, 10n), 'headerPastEnd'],
  ['a header that is not UTF-8', file(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x7b, 0x7d, 0x7d)), 'notUtf8'],
  ['a list', file('[]'), 'notJson'],
  ['a leading space', file(' {}'), 'notJson'],
  ['a byte order mark', file('\ufeff{}'), 'notJson'],
  ['something behind the header', file('{} x'), 'notJson'],
  ['an open text', file('{"a'), 'notJson'],
  ['a text that ends in a backslash', file('{"a\\'), 'notJson'],
  ['a broken escape', file('{"\\x":1}'), 'notJson'],
  ['a raw line break in a text', file('{"a\nb":1}'), 'notJson'],
  ['a comma too many', file(`{"a":${F32},}`, 8), 'notJson'],
  ['trailing bytes', file(`{"a":${F32}}`, 9), 'trailingBytes'],
  ['missing bytes', file(`{"a":${F32}}`, 7), 'trailingBytes'],
  ['bytes without any tensor', file('{}', 1), 'trailingBytes'],
  ['offsets far beyond the file', file(`{"a":${tensor('F32', [2 ** 40], 0, 2 ** 42)}}`, 8), 'trailingBytes'],
  ['a name twice', file(`{"a":${F32},"a":${F32}}`, 8), 'duplicateName'],
  ['a name twice, once escaped', file(`{"a":${F32},"\\u0061":${F32}}`, 8), 'duplicateName'],
  ['a member twice', file(`{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8), 'duplicateName'],
  ['__proto__ twice', file(`{"__proto__":${F32},"__proto__":${F32}}`, 8), 'duplicateName'],
  ['an unknown member', file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}`, 8), 'unknownMember'],
  ['a missing member', file('{"a":{"dtype":"F32","shape":[2]}}', 8), 'missingMember'],
  ['one offset', file('{"a":{"dtype":"F32","shape":[2],"data_offsets":[8]}}', 8), 'missingMember'],
  ['three offsets', file('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}', 8), 'rankTooHigh'],
  ['an overlap', file(`{"a":${F32},"b":${tensor('F32', [2], 4, 12)}}`, 12), 'notContiguous'],
  ['the same bytes twice', file(`{"a":${F32},"b":${F32}}`, 8), 'notContiguous'],
  ['a hole', file(`{"a":${F32},"b":${tensor('F32', [2], 9, 17)}}`, 17), 'notContiguous'],
  ['a hole at the start', file(`{"a":${tensor('F32', [2], 1, 9)}}`, 9), 'notContiguous'],
  ['an empty tensor inside another', file(`{"a":${F32},"b":${tensor('F32', [0], 4, 4)}}`, 8), 'notContiguous'],
  ['reversed offsets', file(`{"a":${tensor('F32', [2], 8, 0)}}`, 8), 'wrongSize'],
  ['offsets that do not fit the shape', file(`{"a":${tensor('F32', [3], 0, 8)}}`, 8), 'wrongSize'],
  ['offsets that do not fit the dtype', file(`{"a":${tensor('F16', [2], 0, 8)}}`, 8), 'wrongSize'],
  ['a negative offset', file(`{"a":${tensor('F32', [2], -8, 0)}}`, 8), 'notAWholeNumber'],
  ['a negative zero', file(`{"a":${tensor('F32', [2], '-0', 8)}}`, 8), 'notAWholeNumber'],
  ['a fraction', file(`{"a":${tensor('F32', [2], 0, '8.5')}}`, 8), 'notAWholeNumber'],
  ['an exponent', file(`{"a":${tensor('F32', [2], 0, '8e0')}}`, 8), 'notAWholeNumber'],
  ['a leading zero', file(`{"a":${tensor('F32', [2], 0, '08')}}`, 8), 'notAWholeNumber'],
  ['2^53 + 1', file(`{"a":${tensor('F32', [2], 0, '9007199254740993')}}`, 8), 'notAWholeNumber'],
  ['a number of a million digits', file(`{"a":${tensor('F32', [2], 0, '9'.repeat(1e6))}}`, 8), 'notAWholeNumber'],
  ['a number as text', file(`{"a":${tensor('F32', ['2'], 0, 8)}}`, 8), 'notJson'],
  ['a nested shape', file(`{"a":${tensor('F32', [[2]], 0, 8)}}`, 8), 'notJson'],
  [
    'a shape that overflows to a small number',
    file(`{"a":${tensor('U8', ['x'], 0, 4).replace('["x"]', '[4194305,4194305,211106198978564]')}}`, 4),
    'shapeTooLarge',
  ],
  ['an overflow hidden behind a zero', file(`{"a":${tensor('U8', [2 ** 52, 2 ** 52, 0], 0, 0)}}`), 'shapeTooLarge'],
  ['an unknown dtype', file(`{"a":${tensor('F31', [2], 0, 8)}}`, 8), 'unknownDtype'],
  ['a dtype of every object', file(`{"a":${tensor('constructor', [2], 0, 8)}}`, 8), 'unknownDtype'],
  ['a dtype below a byte', file(`{"a":${tensor('F4', [2], 0, 1)}}`, 1), 'unknownDtype'],
  ['a rank of a million', file(`{"a":${tensor('F32', Array(1e6).fill(1), 0, 4)}}`, 4), 'rankTooHigh'],
  ['metadata that is no text', file('{"__metadata__":{"a":1}}'), 'notJson'],
  ['metadata twice', file('{"__metadata__":{},"__metadata__":{}}'), 'duplicateName'],
  ['a very long name', file(`{"${'a'.repeat(1e6)}":${F32}}`, 8), 'nameTooLong'],
  ['a million openings', file('{"a":'.repeat(1e6)), 'unknownMember'],
];

describe('what breaks a rule is refused by the name of the rule', () => {
  test.each(wrong)('%s', (_, bytes, rule) => expect(ruleOf(() => read(bytes))).toBe(rule));

  test('with the name of the file', () => {
    expect(() => read(new Uint8Array(3))).toThrow('/x.safetensors: The file has 3 bytes');
  });

  test('800,000 tensors are refused before they take memory', () => {
    const entry = (index: number): string => `"${index}":${tensor('F32', [0], 0, 0)}`;
    const bytes = file(`{${Array.from({ length: 800_000 }, (_, index) => entry(index)).join(',')}}`);
    const before = process.memoryUsage().rss;
    expect(ruleOf(() => parseHeader(bytes.subarray(8), bytes.byteLength))).toBe('tooManyTensors');
    expect(process.memoryUsage().rss - before).toBeLessThan(256 << 20);
  });
});

describe('what keeps the rules is read', () => {
  test.each<[string, Uint8Array, number]>([
    ['an empty header', file('{}'), 0],
    ['padding', file('{}  \n '), 0],
    ['space everywhere', file('{ "a" : { "dtype" : "F32" , "shape" : [ ] , "data_offsets" : [ 0 , 4 ] } }', 4), 1],
    ['empty tensors at one place', file(`{"a":${tensor('F32', [0], 0, 0)},"b":${tensor('F32', [3, 0], 0, 0)}}`), 2],
    ['members in any order', file('{"a":{"data_offsets":[0,8],"shape":[2],"dtype":"F32"}}', 8), 1],
    ['__proto__', file(`{"__proto__":${F32}}`, 8), 1],
  ])('%s', (_, bytes, count) => expect(Object.keys(read(bytes))).toHaveLength(count));
});

/** The rules once more, over parsed JSON, as simply as they can be written. */
function secondOpinion(entries: readonly Described[], dataBytes: number): boolean {
  const product = (shape: readonly number[]): bigint => shape.reduce((all, length) => all * BigInt(length), 1n);
  const sized = entries.every(({ dtype, shape, begin, end }) => {
    return product(shape) * BigInt(bytesPerElement(dtype) ?? -1) === BigInt(end) - BigInt(begin);
  });
  const ends = entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end).map(({ begin, end }) => [begin, end]);
  const chained = ends.every(([begin], index) => begin === (ends[index - 1]?.[1] ?? 0));
  const distinct = new Set(entries.map(({ name }) => name)).size === entries.length;
  return sized && chained && distinct && (ends.at(-1)?.[1] ?? 0) === dataBytes;
}

interface Described {
  name: string;
  dtype: string;
  shape: number[];
  begin: number;
  end: number;
}

test('agrees with a second reading of the rules on good and slightly wrong headers', () => {
  const good = fc
    .array(
      fc.record({
        dtype: fc.constantFrom('F32', 'BF16', 'I64', 'U8'),
        shape: fc.array(fc.nat(3), { maxLength: 3 }),
      }),
      { maxLength: 5 },
    )
    .map((list) => {
      let at = 0;
      return list.map(({ dtype, shape }, index): Described => {
        const bytes = shape.reduce((a, b) => a * b, bytesPerElement(dtype) ?? 0);
        return { name: `t${index}`, dtype, shape, begin: at, end: (at += bytes) };
      });
    });
  const nudge = fc.record({
    which: fc.nat(4),
    what: fc.constantFrom('begin', 'end', 'shape', 'name', 'none'),
    by: fc.integer({ min: -2, max: 2 }),
  });
  let accepted = 0;
  fc.assert(
    fc.property(good, nudge, fc.boolean(), (list, { which, what, by }, isReversed) => {
      const total = list.at(-1)?.end ?? 0;
      const entries = list.map((entry) => ({ ...entry, shape: [...entry.shape] }));
      const target = entries[which % Math.max(1, entries.length)];
      if (target && what === 'shape' && target.shape.length) target.shape[0] = Math.max(0, (target.shape[0] ?? 0) + by);
      if (target && (what === 'begin' || what === 'end')) target[what] = Math.max(0, target[what] + by);
      if (target && what === 'name') target.name = 't0';
      if (isReversed) entries.reverse();
      const header = entries.map((e) => `${JSON.stringify(e.name)}:${tensor(e.dtype, e.shape, e.begin, e.end)}`);
      const bytes = file(`{${header.join(',')}}`, total);
      const isGood = secondOpinion(entries, total);
      accepted += Number(isGood);
      if (isGood) expect(Object.keys(read(bytes))).toHaveLength(entries.length);
      else expect(ruleOf(() => read(bytes))).toMatch(/wrongSize|notContiguous|trailingBytes|duplicateName/);
    }),
    { numRuns: 1000, seed: 7 },
  );
  expect(accepted).toBeGreaterThan(100);
});

test('any changed byte gives a named refusal or tensors that lie inside the file', () => {
  const arrays = {
    'model.embed': { shape: [3, 2], values: Float32Array.of(1, 2, 3, 4, 5, 6) },
    norm: { shape: [2], values: Float32Array.of(1, 1) },
  };
  const whole = join(encodeSafetensors(arrays, { format: 'pt' }));
  const headerEnd = whole.byteLength - 32;
  for (let at = 0; at < headerEnd; at++) {
    for (const change of [1, 2, 4, 8, 16, 32, 64, 128]) {
      const bytes = whole.slice();
      bytes[at] = (bytes[at] ?? 0) ^ change;
      expectReadOrRefused(bytes);
    }
    expectReadOrRefused(whole.subarray(0, at));
    expectReadOrRefused(Uint8Array.from([...whole.subarray(0, at), ...whole.subarray(at + 1)]));
    expectReadOrRefused(Uint8Array.from([...whole.subarray(0, at), 0x39, ...whole.subarray(at)]));
  }
});

function expectReadOrRefused(bytes: Uint8Array): void {
  try {
    for (const { shape, values } of Object.values(read(bytes))) {
      expect(values).toHaveLength(shape.reduce((a, b) => a * b, 1));
    }
  } catch (error) {
    expect(error).toBeInstanceOf(SafetensorsFailure);
  }
}

test('a tensor of more than 4 GiB is written in pieces, and the offsets behind it stay right', () => {
  const big = { shape: [3 * 2 ** 29], values: new Float32Array(3 * 2 ** 29) };
  const [header, ...pieces] = encodeSafetensors({ a: big, b: { shape: [1], values: Float32Array.of(1) } });
  expect(pieces.map(({ byteLength }) => byteLength)).toEqual([...Array<number>(6).fill(2 ** 30), 4]);
  const bytes = header ?? new Uint8Array();
  const { tensors } = parseHeader(bytes.subarray(8), bytes.byteLength + 3 * 2 ** 31 + 4);
  expect(tensors.map(({ begin }) => begin - bytes.byteLength)).toEqual([0, 6442450944]);
});
