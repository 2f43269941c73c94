import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { encodeGguf, ggufBytes, type GgufMetadata, type GgufTensor } from '../../src/data/gguf.ts';
import { encodeQ8 } from '../../src/data/q8.ts';
import { readGguf } from '../trainer/export/ggufReader.ts';

const fixture = JSON.parse(readFileSync(new URL('../fixtures/gguf/q8_0.json', import.meta.url), 'utf8')) as {
  readonly values: string;
  readonly blocks: string;
};
const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(base64, 'base64'));

test('blocks of Q8_0 are those of ggml, bit for bit', () => {
  const values = new Float32Array(bytesOf(fixture.values).buffer);
  const blocks = Buffer.concat([...encodeQ8(values)]);
  expect(blocks.length).toBe((values.length / 32) * 34);
  expect(blocks.equals(bytesOf(fixture.blocks))).toBe(true);
});

test('a tensor of several pieces has the blocks of one', () => {
  const values = Float32Array.from({ length: 32 * 40_000 }, (_, i) => Math.sin(i));
  const pieces = [...encodeQ8(values)];
  expect(pieces.length).toBeGreaterThan(1);
  const last = Buffer.concat([...encodeQ8(values.slice(-32))]);
  expect(Buffer.concat(pieces).subarray(-34).equals(last)).toBe(true);
});

const metadata: GgufMetadata = new Map([
  ['a.count', { type: 'uint32', value: 4_000_000_000 }],
  ['a.below', { type: 'int32', value: -5 }],
  ['a.real', { type: 'float32', value: 0.5 }],
  ['a.flag', { type: 'bool', value: true }],
  ['a.text', { type: 'string', value: '골짜기\n' }],
  ['a.texts', { type: 'strings', value: ['', 'Ġ', 'x'.repeat(100_000)] }],
  ['a.numbers', { type: 'int32s', value: Int32Array.of(1, -1) }],
  ['a.flags', { type: 'bools', value: [false, true] }],
  ['a.none', { type: 'strings', value: [] }],
] as const);

const tensor = (name: string, shape: readonly number[], type: GgufTensor['type']): GgufTensor => ({
  name,
  shape,
  type,
  values: () => Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
});

test('what is written is read again: values of every type, tensors in their places', () => {
  const tensors = [tensor('one', [3], 'f32'), tensor('two', [5, 32], 'q8_0'), tensor('three', [2, 3], 'f16')];
  const { metadata: read, tensors: found } = readGguf(Buffer.concat([...encodeGguf(metadata, tensors)]));
  for (const [key, { value }] of metadata)
    expect(read.get(key), key).toEqual(value instanceof Int32Array ? [...value] : value);
  expect(read.size).toBe(metadata.size);
  expect([...found.keys()]).toEqual(['one', 'two', 'three']);
  expect(found.get('two')).toMatchObject({ shape: [5, 32], type: 8 });
  const one = Uint8Array.from(found.get('one')?.bytes ?? []);
  expect([...new Float32Array(one.buffer)]).toEqual([0, 1, 2]);
});

test('rows that are not whole blocks, and tensors of another size than they say, are bugs', () => {
  expect(() => ggufBytes('q8_0', [4, 33])).toThrow(/not made of whole blocks/);
  const short = { ...tensor('x', [4], 'f32'), values: () => new Float32Array(3) };
  expect(() => [...encodeGguf(new Map(), [short])]).toThrow(/The tensor x has 12 bytes instead of 16/);
});
