import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BadDataset } from '../../../src/data/rows/badDataset.ts';
import { rowBlocks, type ParquetReader } from '../../../src/data/rows/rowBlocks.ts';
import { textLines } from '../../../src/data/rows/textLines.ts';
import { examinerOf } from '../../../src/engine/rows/examineSpec.ts';
import { parquetApart } from '../../../src/trainer/prepare/parquetApart.ts';
import { buildPrograms } from '../../support/build.ts';
import { forged, group, textColumn, type Lies } from '../../support/parquetForger.ts';
import { textExaminer } from '../../support/textExaminer.ts';

const folder = mkdtempSync(join(tmpdir(), 'valley-hostile-'));
let parquet: ParquetReader;

beforeAll(async () => {
  const { parquetProcess } = await buildPrograms();
  parquet = parquetApart(pathToFileURL(parquetProcess));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Outcome {
  readonly rule: string;
  readonly rows: number;
  readonly bad: readonly string[];
  /** Above what the process had before. */
  readonly memory: number;
  readonly milliseconds: number;
}

/** Reads a file as `prepare` does, and watches the memory meanwhile. */
async function read(name: string, bytes: Uint8Array): Promise<Outcome> {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  const [started, base] = [performance.now(), process.memoryUsage.rss()];
  let most = base;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 10);
  const found = { rows: 0, bad: new Set<string>() };
  const rule = await readAll(path, found).then(
    () => 'read',
    (error: unknown) => (error instanceof BadDataset ? error.rule : String(error)),
  );
  clearInterval(watch);
  const memory = Math.max(most, process.memoryUsage.rss()) - base;
  return { rule, rows: found.rows, bad: [...found.bad], memory, milliseconds: performance.now() - started };
}

async function readAll(path: string, found: { rows: number; bad: Set<string> }): Promise<void> {
  const examiner = examinerOf(textExaminer);
  for await (const { bytes, firstLine, bad } of rowBlocks(path, parquet)) {
    for (const each of bad) found.bad.add(each.rule);
    const examined = examiner.examine(textLines(bytes), (place) => firstLine + place);
    for (const each of examined.bad) found.bad.add(each.rule);
    found.rows += examined.texts.split('\n').length - 1;
  }
}

/** The bar is 2 s on a quiet machine; tests may be ten times as slow. */
const LONGEST = 20_000;
const MOST_MEMORY = 256 << 20;

function holds({ memory, milliseconds }: Outcome): void {
  expect(memory).toBeLessThan(MOST_MEMORY);
  expect(milliseconds).toBeLessThan(LONGEST);
}

const huge = 2n ** 40n;
/** A run of 2^28 times the same level or index. */
const run = (value: number): number[] => [0x80, 0x80, 0x80, 0x80, 0x02, value];
const levels = (...bytes: number[]): Uint8Array => Uint8Array.from([bytes.length, 0, 0, 0, ...bytes]);
const nested = (depth: number): Lies => ({
  schema: [...Array.from({ length: depth }, (_, i) => group(`g${i}`, 1)), textColumn('text')],
});

const FORGERIES: readonly (readonly [name: string, lies: Lies, rule: string | readonly string[]])[] = [
  ['rows beyond all measure', { rows: huge, groupRows: huge }, 'parquetCounts'],
  ['more rows than its groups have', { rows: 5, groupRows: 1 }, 'parquetCounts'],
  ['a negative number of rows', { rows: -1, groupRows: -1 }, 'parquetCounts'],
  ['values beyond all measure', { values: huge }, 'parquetCounts'],
  ['a column that begins behind the end', { offset: 1_000_000 }, 'parquetPlace'],
  ['a column that ends behind the end', { compressed: 1_000_000 }, 'parquetPlace'],
  ['a column at a negative place', { offset: -5 }, 'parquetCounts'],
  ['a footer longer than the file', { footerLength: 1_000_000 }, 'parquetFooter'],
  ['a footer of 4 GB', { footerLength: 0xffffffff }, 'parquetFooter'],
  ['a footer without an end', { footerLength: 8 }, 'parquetFooter'],
  ['a list of 2^31 entries', { schemaClaims: 2 ** 31 }, ['parquetFooter', 'readerLimits']],
  ['1,000 levels', nested(1000), 'parquetSchema'],
  ['40 levels', nested(40), 'parquetSchema'],
  ['children that are not there', { children: 7 }, 'parquetSchema'],
  ['no columns', { schema: [], children: 0 }, 'parquetSchema'],
  ['2^31 values in a page', { pageValues: 2 ** 31 - 1 }, ['parquetPages', 'readerLimits']],
  [
    '2^28 nulls in a few bytes',
    { schema: [textColumn('text', 1)], pageValues: 1, page: levels(...run(0)) },
    ['parquetPages', 'readerLimits', 'read'],
  ],
  [
    '2^28 definition levels for 2^30 values',
    { schema: [textColumn('text', 1)], pageValues: 2 ** 30, page: levels(...run(0)) },
    ['parquetPages', 'readerLimits'],
  ],
  [
    'a dictionary index out of range',
    { encoding: 8, dictionary: Uint8Array.from([2, 0, 0, 0, 104, 105]), page: Uint8Array.from([8, 2, 200]) },
    ['parquetPages', 'read'],
  ],
  ['an unknown codec', { codec: 77 }, 'parquetPages'],
  ['a gzip bomb', { codec: 2, page: gzipSync(Buffer.alloc(200 << 20)), pageBytes: 200 << 20 }, 'parquetGrowth'],
  [
    'snappy that announces 2 GB',
    { codec: 1, page: Uint8Array.from([0xff, 0xff, 0xff, 0xff, 7, 0]), pageBytes: 2 ** 31 - 1 },
    'parquetGrowth',
  ],
  [
    'zstd of nonsense',
    { codec: 6, page: Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0xff, 0xff, 0xff, 0xff, 0xff]), pageBytes: 1000 },
    'parquetPages',
  ],
  ['a text of 4 GB', { page: Uint8Array.from([255, 255, 255, 255, 104]) }, 'parquetPages'],
];

test('the forger, without a lie, writes what is read', async () => {
  expect(await read('true.parquet', forged())).toMatchObject({ rule: 'read', rows: 1, bad: [] });
});

test.each(FORGERIES)('Parquet with %s', async (_, lies, rule) => {
  const outcome = await read('forged.parquet', forged(lies));
  expect([rule].flat()).toContain(outcome.rule);
  holds(outcome);
});

const line = (text: string): Buffer => Buffer.from(`{"text":"a"}\n${text}\n{"text":"b"}\n`);
const LINES: readonly (readonly [name: string, bytes: () => Buffer, rule: string])[] = [
  ['a line of 40 MB', () => line(`{"text":"${'x'.repeat(40 << 20)}"}`), 'tooLong'],
  ['a million levels', () => line(`{"text":${'['.repeat(1e6)}${']'.repeat(1e6)}}`), 'tooDeep'],
  ['a million levels that are never closed', () => line(`{"text":${'{"a":'.repeat(1e6)}`), 'notJson'],
  [
    'a hundred thousand keys',
    () => line(`{${Array.from({ length: 100_000 }, (_, i) => `"k${i}":1`).join()}}`),
    'missingColumn',
  ],
  ['__proto__ as a key', () => line('{"__proto__":{"text":"x"}}'), 'missingColumn'],
  ['a NUL', () => line('{"text":"\u0000"}'), 'notJson'],
  ['a text of blanks', () => line('{"text":"   "}'), 'empty'],
  ['a number of 100,000 digits', () => line(`{"text":${'9'.repeat(100_000)}}`), 'wrongType'],
  ['bytes that are no UTF-8', () => Buffer.concat([line(''), Buffer.from([0xff, 0xfe, 0x0a])]), 'notUtf8'],
];

test.each(LINES)('JSONL with %s: the row is told, the others are read', async (_, bytes, rule) => {
  const outcome = await read('hostile.jsonl', bytes());
  expect(outcome).toMatchObject({ rule: 'read', rows: 2, bad: [rule] });
  holds(outcome);
});

test('a gzip bomb in JSONL', async () => {
  const outcome = await read('bomb.jsonl.gz', gzipSync(Buffer.alloc(64 << 20, '{"text":"a"}\n')));
  expect(outcome.rule).toBe('gzipGrowth');
  holds(outcome);
});
