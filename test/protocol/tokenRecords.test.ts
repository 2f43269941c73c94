import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  BadTokenFile,
  decodeTokenRecord,
  encodeTokenRecord,
  readTokenFileHead,
  readTokenRecordHead,
  tokenFileHead,
  tokenRecordBytes,
  type TokenRecord,
} from '../../src/protocol/tokenRecords.ts';

const record = (index: number, n: number, k: number): TokenRecord => ({
  index,
  tokens: Int32Array.from({ length: n }, (_, i) => 100 + i),
  logProbabilities: Float32Array.from({ length: n }, (_, i) => -i / 3),
  entropies: Float32Array.from({ length: n }, (_, i) => i / 7),
  alternatives: Int32Array.from({ length: n * k }, (_, i) => i),
  alternativeLogProbabilities: Float32Array.from({ length: n * k }, (_, i) => -i / 11),
});

test('what is written is what is read, wherever it lies in memory', () => {
  for (const [n, k] of [
    [1, 0],
    [1, 5],
    [17, 5],
    [300, 20],
  ] as const) {
    const bytes = encodeTokenRecord(record(n, n, k), k);
    expect(bytes.length).toBe(tokenRecordBytes(n, k));
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(decodeTokenRecord(shifted.subarray(3), k)).toEqual(record(n, n, k));
  }
  expect(readTokenFileHead(tokenFileHead(5))).toBe(5);
});

test('the layout is as documented, byte by byte', () => {
  const bytes = encodeTokenRecord(record(258, 2, 1), 1);
  const view = new DataView(bytes.buffer);
  expect([view.getUint32(0, true), view.getUint32(4, true)]).toEqual([258, 2]);
  expect([view.getInt32(12, true), view.getInt32(16, true)]).toEqual([100, 101]);
  expect(view.getFloat32(24, true)).toBeCloseTo(-1 / 3, 6);
  expect(view.getFloat32(32, true)).toBeCloseTo(1 / 7, 6);
  expect(view.getInt32(40, true)).toBe(1);
  expect(view.getFloat32(48, true)).toBeCloseTo(-1 / 11, 6);
  expect([...tokenFileHead(3)]).toEqual([...Buffer.from('VLYTOK01'), 3, 0, 0, 0]);
});

test('no damage is read: any changed bit, any cut, any length that is told', () => {
  const whole = encodeTokenRecord(record(3, 9, 2), 2);
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(7), (at, bit) => {
      // The number of the completion stands outside of what the checksum covers.
      fc.pre(at >= 4);
      const bytes = whole.slice();
      bytes[at]! ^= 1 << bit;
      expect(() => decodeTokenRecord(bytes, 2)).toThrow(BadTokenFile);
    }),
  );
  for (let length = 0; length < whole.length; length++)
    expect(() => decodeTokenRecord(whole.subarray(0, length), 2)).toThrow(BadTokenFile);
  expect(() => decodeTokenRecord(whole, 3)).toThrow(BadTokenFile);
  const vast = whole.slice();
  new DataView(vast.buffer).setUint32(4, 0xffffffff, true);
  expect(() => readTokenRecordHead(vast)).toThrow('more than');
});

test('heads of other files, and of more alternatives than are ever kept, are refused', () => {
  expect(() => readTokenFileHead(new Uint8Array(11))).toThrow('too short');
  expect(() => readTokenFileHead(Buffer.from('{"id":"0-evaluation'))).toThrow('begins with');
  expect(() => readTokenFileHead(tokenFileHead(21))).toThrow('21 alternatives');
});

test('arrays that do not fit each other are a bug of who writes', () => {
  expect(() => encodeTokenRecord(record(0, 4, 2), 3)).toThrow('not of 4 tokens with 3 alternatives');
});
