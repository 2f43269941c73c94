import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { byteLines } from '../../src/runs/byteLines.ts';

/** The lines of a text that comes in blocks of so many bytes. */
async function linesOf(text: string, block: number, limit?: number): Promise<(string | null)[]> {
  const bytes = Buffer.from(text);
  const blocks = Array.from({ length: Math.ceil(bytes.length / block) }, (_, at) =>
    bytes.subarray(at * block, (at + 1) * block),
  );
  const lines: (string | null)[] = [];
  for await (const line of byteLines(Readable.from(blocks), limit)) lines.push(line);
  return lines;
}

test.each([1, 2, 3, 7, 100])('a line ends at a line feed alone, in blocks of %d bytes', async (block) => {
  expect(await linesOf('', block)).toEqual([]);
  expect(await linesOf('a\u2028b\u2029한\n\nc\r\nlast', block)).toEqual(['a\u2028b\u2029한', '', 'c\r', 'last']);
  expect(await linesOf('one\n', block)).toEqual(['one']);
});

test.each([1, 4, 100])('a line beyond the limit is told and not held, in blocks of %d bytes', async (block) => {
  expect(await linesOf('1234\n12345\n1\n123456', block, 4)).toEqual(['1234', null, '1', null]);
});
