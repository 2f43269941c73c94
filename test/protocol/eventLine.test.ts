import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32, crc32OfBytes } from '../../src/protocol/crc32.ts';
import { decodeEventLine, encodeEventLine } from '../../src/protocol/eventLine.ts';
import type { StampedEvent } from '../../src/protocol/events.ts';

const ofBytes = (text: string): string => crc32OfBytes(Buffer.from(text)).toString(16).padStart(8, '0');

/** The definition, bit by bit, over the bytes that a file would hold. */
function slowCrc(text: string): string {
  let crc = 0xffffffff;
  for (const byte of Buffer.from(text, 'utf8')) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0');
}

test('the published check value', () => {
  expect(crc32('123456789')).toBe('cbf43926');
  expect(crc32('')).toBe('00000000');
});

test('any text, lone surrogates included, has the checksum of its bytes in a file', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) }),
  );
  fc.assert(
    fc.property(text, (value) => crc32(value) === slowCrc(value) && ofBytes(value) === slowCrc(value)),
    { numRuns: 150 },
  );
});

test('a line comes back as it was written, and no flipped bit passes', () => {
  const event: StampedEvent = {
    v: 1,
    runId: 'r',
    attempt: 1,
    seq: 3,
    time: 5,
    event: { type: 'log.written', level: 'info', message: 'a "quoted" line\n골짜기 🏔' },
  };
  const line = encodeEventLine(event).slice(0, -1);
  expect(decodeEventLine(line)).toEqual(event);
  const bytes = Buffer.from(line);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(decodeEventLine(flipped.toString('utf8'))).toBeNull();
  }
});
