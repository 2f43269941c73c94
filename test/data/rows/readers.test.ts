import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { BadDataset } from '../../../src/data/rows/badDataset.ts';
import { csvRows } from '../../../src/data/rows/csvRows.ts';
import type { BadRow, BlockLimits, RowBlock } from '../../../src/data/rows/block.ts';
import { jsonElements } from '../../../src/data/rows/jsonElements.ts';
import { jsonLines } from '../../../src/data/rows/jsonLines.ts';
import { parquetBlocks } from '../../../src/data/rows/parquet.ts';
import { rowBlocks } from '../../../src/data/rows/rowBlocks.ts';
import { textLines } from '../../../src/data/rows/textLines.ts';

const folder = mkdtempSync(join(tmpdir(), 'valley-rows-'));
afterAll(() => rmSync(folder, { recursive: true }));

const LIMITS: BlockLimits = { blockBytes: 64, rowBytes: 200 };

/** The bytes in pieces of every size, so that each cut falls everywhere once. */
async function* pieces(text: string | Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text as string);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

interface Told {
  readonly rows: readonly (readonly [line: number, text: string | null])[];
  readonly bad: readonly BadRow[];
}

async function told(blocks: AsyncIterable<RowBlock>): Promise<Told> {
  const rows: [number, string | null][] = [];
  const bad: BadRow[] = [];
  for await (const block of blocks) {
    textLines(block.bytes).forEach((text, at) => rows.push([block.lines?.[at] ?? block.firstLine + at, text]));
    bad.push(...block.bad);
  }
  return { rows, bad };
}

const SIZES = [1, 2, 3, 7, 64, 100_000];

describe('CSV', () => {
  const quoted = (value: string): string =>
    /[",\r\n]/.test(value) || value === '' ? `"${value.replaceAll('"', '""')}"` : value;
  const field = fc.string({
    unit: fc.constantFrom('a', ' ', ',', '"', '\n', '\r\n', 'é', '한', '😀', '\uFEFF'),
    maxLength: 6,
  });

  test('what a writer of RFC 4180 has written is read again, whatever pieces it comes in', async () => {
    const table = fc.array(fc.tuple(field, field, field), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(table, fc.constantFrom('\n', '\r\n'), fc.constantFrom(...SIZES), async (values, end, size) => {
        const text = [['q', 'a', 'b'], ...values].map((row) => row.map(quoted).join(',')).join(end);
        const { rows, bad } = await told(csvRows(pieces(text, size), LIMITS));
        expect(bad).toEqual([]);
        expect(rows.map(([, row]) => JSON.parse(row ?? '') as unknown)).toEqual(
          values.map(([q, a, b]) => ({ q, a, b })),
        );
      }),
    );
  });

  test('rows tell the line they begin on; a mark of the byte order, empty lines and a last line break are nothing', async () => {
    const text = '\uFEFFq,a\r\n"two\nlines",1\r\n\r\nlast,2\r\n';
    const { rows } = await told(csvRows(pieces(text, 3), LIMITS));
    expect(rows).toEqual([
      [2, '{"q":"two\\nlines","a":"1"}'],
      [5, '{"q":"last","a":"2"}'],
    ]);
  });

  test('rows of another width, of other bytes, and longer than any row are named and left out', async () => {
    const bytes = Buffer.concat([
      Buffer.from('q,a\n1,2\n1,2,3\n'),
      Buffer.from([0x78, 0xff, 0x2c, 0x79, 0x0a]),
      Buffer.from(`"${'x'.repeat(500)}",1\n3,4\n`),
    ]);
    const { rows, bad } = await told(csvRows(pieces(bytes, 7), LIMITS));
    expect(rows.map(([line]) => line)).toEqual([2, 6]);
    expect(bad.map(({ line, rule }) => [line, rule])).toEqual([
      [3, 'wrongType'],
      [4, 'notUtf8'],
      [5, 'tooLong'],
    ]);
    expect(bad[0]?.detail).toBe('3 values, where the head names 2 columns');
  });
});

describe('JSONL', () => {
  const lines = Array.from({ length: 40 }, (_, i) => JSON.stringify({ text: `row ${i} ${'é한'.repeat(i % 7)}` }));

  test.each(SIZES)('gives every line with its number, in pieces of %i bytes', async (size) => {
    const { rows, bad } = await told(jsonLines(pieces(lines.join('\n'), size), LIMITS));
    expect(rows).toEqual(lines.map((line, i) => [i + 1, line]));
    expect(bad).toEqual([]);
  });

  test.each(SIZES)('a line that is too long is named and left out, in pieces of %i bytes', async (size) => {
    const long = 'x'.repeat(500);
    const text = ['{"a":1}', long, '{"b":2}', '', '{"c":3}', long].join('\n');
    const { rows, bad } = await told(jsonLines(pieces(text, size), LIMITS));
    expect(rows.filter(([, row]) => row !== '')).toEqual([
      [1, '{"a":1}'],
      [3, '{"b":2}'],
      [5, '{"c":3}'],
    ]);
    expect(bad.map(({ line, rule }) => [line, rule])).toEqual([
      [2, 'tooLong'],
      [6, 'tooLong'],
    ]);
  });

  test('a byte order mark and carriage returns are no part of a row', async () => {
    const { rows } = await told(jsonLines(pieces('\uFEFF{"a":1}\r\n{"b":2}\r\n', 3), LIMITS));
    expect(rows.map(([line, text]) => [line, JSON.parse(text ?? '')])).toEqual([
      [1, { a: 1 }],
      [2, { b: 2 }],
    ]);
  });

  test('bytes that are no UTF-8 spoil their own line only', async () => {
    const bytes = Buffer.concat([
      Buffer.from('{"a":1}\n{"b":"'),
      Buffer.from([0xff, 0xc3]),
      Buffer.from('"}\n{"c":3}\n'),
    ]);
    const { rows } = await told(jsonLines(pieces(bytes, 5), LIMITS));
    expect(rows).toEqual([
      [1, '{"a":1}'],
      [2, null],
      [3, '{"c":3}'],
    ]);
  });

  test('blocks are the same, whatever the pieces', async () => {
    const blocks = async (size: number): Promise<string[]> => {
      const found: string[] = [];
      for await (const { bytes } of jsonLines(pieces(lines.join('\n'), size), LIMITS))
        found.push(Buffer.from(bytes).toString('utf8'));
      return found;
    };
    expect(await blocks(1)).toEqual(await blocks(1000));
  });
});

describe('JSON', () => {
  const values = Array.from({ length: 30 }, (_, i) => ({ text: `row ${i} "[{]}\\`, list: [i, { deep: [`,${i}`] }] }));
  const parsed = ({ rows }: Told): unknown[] => rows.map(([, text]) => JSON.parse(text ?? ''));

  test.each(SIZES)('a list of rows, plain or indented, in pieces of %i bytes', async (size) => {
    for (const indent of [0, 2]) {
      const found = await told(jsonElements(pieces(JSON.stringify(values, null, indent), size), LIMITS));
      expect(parsed(found)).toEqual(values);
      expect(found.bad).toEqual([]);
    }
  });

  test('rows one after the other, and the lines they begin on', async () => {
    const found = await told(jsonElements(pieces('\n{"a":1}\n\n{"b":\n2}{"c":3}', 3), LIMITS));
    expect(parsed(found)).toEqual([{ a: 1 }, { b: 2 }, { c: 3 }]);
    expect(found.rows.map(([line]) => line)).toEqual([2, 4, 5]);
  });

  test('values that are no objects stay rows of their own', async () => {
    expect(parsed(await told(jsonElements(pieces('[1, "a,]", null,{"a":[]}, []]', 2), LIMITS)))).toEqual([
      1,
      'a,]',
      null,
      { a: [] },
      [],
    ]);
  });

  test('a list that is cut short is told, and what was whole is given', async () => {
    const found = await told(jsonElements(pieces('[{"a":1},\n{"b":"x', 4), LIMITS));
    expect(parsed(found)).toEqual([{ a: 1 }]);
    expect(found.bad.map(({ line, rule }) => [line, rule])).toEqual([
      [2, 'notJson'],
      [2, 'notJson'],
    ]);
  });

  test('an element that is too long is left out', async () => {
    const found = await told(jsonElements(pieces(JSON.stringify([{ a: 'x'.repeat(900) }, { b: 2 }]), 50), LIMITS));
    expect(parsed(found)).toEqual([{ b: 2 }]);
    expect(found.bad.map(({ rule }) => rule)).toEqual(['tooLong']);
  });
});

describe('Parquet, beside what pyarrow wrote', () => {
  const { rows: expected } = JSON.parse(readFileSync('test/fixtures/parquet/rows.json', 'utf8')) as {
    rows: Record<string, unknown>[];
  };

  test.each(['snappy', 'zstd', 'gzip', 'brotli', 'plain', 'v2', 'delta'])('%s', async (name) => {
    const { rows, bad } = await told(
      parquetBlocks(`test/fixtures/parquet/${name}.parquet`, { limits: { ...LIMITS, rowBytes: 5000 } }),
    );
    expect(rows.map(([, text]) => JSON.parse(text ?? ''))).toEqual(expected);
    expect(rows.map(([line]) => line)).toEqual(expected.map((_, i) => i + 1));
    expect(bad).toEqual([]);
  });

  test('only the columns and rows that are asked for', async () => {
    const options = { columns: ['answer', 'notThere'], rows: 30 };
    const { rows } = await told(parquetBlocks('test/fixtures/parquet/snappy.parquet', options));
    expect(rows.map(([, text]) => JSON.parse(text ?? ''))).toEqual(
      expected.slice(0, 30).map(({ answer }) => ({ answer })),
    );
  });
});

describe('files', () => {
  const file = (name: string, bytes: Uint8Array | string): string => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  const read = (path: string): Promise<Told> => told(rowBlocks(path, parquetBlocks));
  const ruleOf = async (path: string): Promise<string> => {
    const error: unknown = await read(path).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    return error instanceof BadDataset ? error.rule : String(error);
  };

  test('gzip is unpacked; a torn or damaged one is refused', async () => {
    const packed = gzipSync('{"a":1}\n{"b":2}\n');
    expect((await read(file('a.jsonl.gz', packed))).rows).toHaveLength(2);
    expect(await ruleOf(file('torn.jsonl.gz', packed.subarray(0, 20)))).toBe('gzip');
    expect(await ruleOf(file('bad.jsonl.gz', Buffer.from('no gzip at all')))).toBe('gzip');
  });

  test('a bomb is refused before it has grown far', async () => {
    const bomb = gzipSync(Buffer.alloc(64 << 20));
    const started = performance.now();
    expect(await ruleOf(file('bomb.jsonl.gz', bomb))).toBe('gzipGrowth');
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  test('other endings, and files that are not there, are refused by name', async () => {
    expect(() => rowBlocks('data.tsv', parquetBlocks)).toThrow(BadDataset);
    expect(await ruleOf(join(folder, 'missing.jsonl'))).toContain('missing.jsonl');
    expect(await ruleOf(join(folder, 'missing.parquet'))).toContain('missing.parquet');
  });

  test('what is no file is refused: a device has no end', async () => {
    symlinkSync('/dev/zero', join(folder, 'zero.jsonl'));
    mkdirSync(join(folder, 'folder.jsonl'));
    for (const name of ['zero.jsonl', 'folder.jsonl']) expect(await ruleOf(join(folder, name))).toBe('kind');
  });

  test('an empty file has no rows', async () => {
    for (const name of ['empty.jsonl', 'empty.json']) expect((await read(file(name, ''))).rows).toEqual([]);
    expect(await ruleOf(file('empty.parquet', ''))).toBe('parquetMagic');
  });
});
