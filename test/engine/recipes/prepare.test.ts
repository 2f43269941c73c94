import { describe, expect, test } from 'vitest';
import { prepareConfig, type PrepareConfig } from '../../../src/config/prepareSchema.ts';
import { randomSource } from '../../../src/engine/random/randomSource.ts';
import { guessReading } from '../../../src/engine/formats/guess.ts';
import { prepare } from '../../../src/engine/recipes/prepare.ts';
import type { PrepareDeps, Read } from '../../../src/engine/recipes/prepareDeps.ts';
import { examinerOf } from '../../../src/engine/rows/examineSpec.ts';
import type { RunEvent } from '../../../src/protocol/events.ts';
import { newRun, apply, type RunState } from '../../../src/protocol/state.ts';
import { stamp } from '../../support/goldenRun.ts';

interface Row {
  readonly prompt: string;
  readonly completion: string;
  readonly answer?: string;
  readonly difficulty?: number;
}

const WORDS = 'river stone cloud seven ladder green copper window quiet marble falcon ember orchard velvet'.split(' ');
const chance = randomSource(1, 'words');
const words = (seed: number, count: number): string =>
  Array.from({ length: count }, (_, i) => `${WORDS[chance.integer(seed * 1000 + i, WORDS.length)]}${seed % 7}`).join(
    ' ',
  );

/** Rows that differ in every word; some are short, every third is long. */
const rowsOf = (count: number, first = 0): Row[] =>
  Array.from({ length: count }, (_, i) => ({
    prompt: `Question ${words(first + i, 9)}?`,
    completion: `${words(first + i, (first + i) % 3 === 0 ? 90 : 20)} \\boxed{${i}}`,
    answer: String(i),
    difficulty: i % 5,
  }));

interface Outcome {
  readonly events: readonly RunEvent[];
  readonly run: RunState;
  readonly files: ReadonlyMap<string, readonly Row[]>;
}

/** Runs the recipe on lines in memory, in blocks of a few. */
async function prepared(
  wish: object,
  lines: readonly (string | null)[],
  more: Partial<PrepareDeps> & { problems?: readonly string[] } = {},
): Promise<Outcome> {
  const config = prepareConfig.parse({ recipe: 'prepare', sources: [{ path: 'data.jsonl' }], ...wish });
  const { problems = [], ...changed } = more;
  const texts: string[] = [];
  const files = new Map<string, readonly Row[]>();
  const deps: PrepareDeps = {
    now: () => 0,
    takeRequests: () => [],
    read: () => readLines(config, lines, problems, texts),
    textOf: (row) => texts[row] ?? '',
    write: (name, rows) => {
      files.set(
        name,
        Array.from(rows, (row) => JSON.parse(texts[row] ?? '') as Row),
      );
      return Promise.resolve({ file: `data/${name}.jsonl`, sha256: name });
    },
    benchmarks: ['the benchmark'],
    ...changed,
  };
  const events: RunEvent[] = [];
  for await (const event of prepare(config, deps)) events.push(event);
  const run = newRun();
  for (const stamped of stamp(run, events)) apply(run, stamped);
  return { events, run, files };
}

async function* readLines(
  config: PrepareConfig,
  lines: readonly (string | null)[],
  problems: readonly string[],
  texts: string[],
): AsyncGenerator<Read> {
  const { duplicates, decontamination, correctness } = config;
  const reading = guessReading([{ prompt: 'a', completion: 'b', answer: 'c', difficulty: 1 }]);
  const examiner = examinerOf({
    format: reading?.format.name ?? '',
    mapping: reading?.mapping ?? {},
    verifiers: correctness.verifiers,
    benchmarks: [{ name: 'the benchmark', problems }],
    decontaminate: decontamination.search,
    ngram: decontamination.ngram,
    deduplicate: duplicates.compare,
    shingleWords: duplicates.ngram,
    tokenizer: null,
  });
  for (let at = 0; at < lines.length; at += 7) {
    const found = examiner.examine(lines.slice(at, at + 7), (place) => at + place + 1);
    texts.push(...found.texts.split('\n').filter((text) => text !== ''));
    yield { type: 'rows', source: 0, table: found.table, bad: found.bad, done: at, total: lines.length };
    await Promise.resolve();
  }
}

const asLines = (rows: readonly Row[]): string[] => rows.map((row) => JSON.stringify(row));
const stage = ({ run }: Outcome, name: string) => run.preparation.stages.find((each) => each.stage === name);

describe('the report', () => {
  test('bad rows are counted by reason, the first with its line', async () => {
    const lines = [
      ...asLines(rowsOf(3)),
      '{"prompt": 1}',
      '',
      'nonsense',
      null,
      '[1]',
      '{"a":'.repeat(80),
      '{"prompt": "x"}',
    ];
    const read = stage(await prepared({}, lines), 'read');
    expect(read?.rowsIn).toBe(9);
    expect(read?.statistics.rows).toBe(3);
    const rows = Object.fromEntries(read?.leftOut.map((each) => [each.reason, each.rows]) ?? []);
    expect(rows).toEqual({ wrongType: 1, notJson: 2, notUtf8: 1, notAnObject: 1, missingColumn: 1 });
    expect(read?.leftOut.find(({ reason }) => reason === 'wrongType')?.first).toBe(
      'data.jsonl:4: "prompt" is a number, not text',
    );
  });

  test('or the run ends at the first of them, naming file, line and reason', async () => {
    const lines = [...asLines(rowsOf(3)), '{"prompt": 1}'];
    await expect(prepared({ onBadRow: 'stop' }, lines)).rejects.toMatchObject({
      code: 'badDataset',
      message: 'data.jsonl:4: a column holds something else: "prompt" is a number, not text.',
    });
  });

  test('every step says what came in, what went and why', async () => {
    const rows = rowsOf(30);
    const again = { ...rows[4], completion: `${rows[4]?.completion ?? ''}  ` } as Row;
    const nearly = {
      ...rows[9],
      completion: `${rows[9]?.completion.replace('\\boxed{9}', 'so \\boxed{9}') ?? ''}`,
    } as Row;
    const wrong = { ...rowsOf(1, 100)[0], answer: '77' } as Row;
    const looping = {
      prompt: 'Why?',
      completion: `${'again and again it goes round '.repeat(30)}\\boxed{1}`,
      answer: '1',
    };
    const german = {
      prompt: 'Warum?',
      completion: 'Das ist nicht die Antwort, wenn wir der Sache auf den Grund gehen und zählen. \\boxed{2}',
      answer: '2',
    };
    const known = { ...rowsOf(1, 200)[0], prompt: 'What is the 12th prime?' } as Row;
    const quoting = {
      ...rowsOf(1, 300)[0],
      prompt: 'Say: find the least n such that n squared exceeds one thousand, please.',
    } as Row;
    const outcome = await prepared(
      {
        decontamination: { benchmarks: [{ path: 'any' }] },
        correctness: { keep: 'verified' },
        repetition: { maxShare: 0.5 },
        languages: { keep: ['en'], keepUnknown: true },
        length: { maxTokens: 1000 },
        duplicates: { similarity: 0.7 },
      },
      asLines([...rows, again, nearly, wrong, looping, german, known, quoting]),
      { problems: ['What is the 12th PRIME', 'Find the least n such that n squared exceeds one thousand.'] },
    );
    const told = outcome.run.preparation.stages.map(({ stage: name, rowsIn, leftOut, statistics }) => [
      name,
      rowsIn,
      statistics.rows,
      ...leftOut.map(({ reason, detail, rows: count }) => `${count} ${reason} ${detail}`.trim()),
    ]);
    expect(told).toEqual([
      ['read', 37, 37],
      ['exactDuplicates', 37, 36, '1 exactDuplicate'],
      ['decontamination', 36, 34, '1 benchmarkProblem the benchmark', '1 benchmarkWords the benchmark'],
      ['correctness', 34, 33, '1 wrongAnswer'],
      ['length', 33, 33],
      ['repetition', 33, 32, '1 repetitive'],
      ['language', 32, 31, '1 otherLanguage de'],
      ['nearDuplicates', 31, 30, '1 nearDuplicate'],
      ['sampling', 30, 30],
    ]);
    expect(outcome.run.status).toBe('finished');
    expect(outcome.files.get('all')).toHaveLength(30);
  });
});

describe('subsets', () => {
  const lines = asLines(rowsOf(300));
  const prompts = (outcome: Outcome, name: string): Set<string> =>
    new Set(outcome.files.get(name)?.map(({ prompt }) => prompt));
  const near = { duplicates: { near: false } };

  test('are nested, of the sizes asked for, and the same for the same seed', async () => {
    const wish = { ...near, seed: 5, sampling: { sizes: [20, 50, 120] } };
    const [one, two] = [await prepared(wish, lines), await prepared(wish, lines)];
    expect([...one.files].map(([name, rows]) => [name, rows.length])).toEqual([
      ['20', 20],
      ['50', 50],
      ['120', 120],
    ]);
    expect(one.files).toEqual(two.files);
    expect(isWithin(prompts(one, '20'), prompts(one, '50'))).toBe(true);
    expect(isWithin(prompts(one, '50'), prompts(one, '120'))).toBe(true);
    expect(one.run.preparation.subsets.map(({ isNested }) => isNested)).toEqual([false, true, true]);
    const other = await prepared({ ...wish, seed: 6 }, lines);
    expect(prompts(other, '50')).not.toEqual(prompts(one, '50'));
  });

  test('or drawn anew each', async () => {
    const outcome = await prepared({ ...near, sampling: { sizes: [20, 50], nested: false } }, lines);
    expect(isWithin(prompts(outcome, '20'), prompts(outcome, '50'))).toBe(false);
    expect(outcome.run.preparation.subsets.map(({ isNested }) => isNested)).toEqual([false, false]);
  });

  test('have each difficulty in its share, or each alike', async () => {
    const uneven = asLines(rowsOf(300).map((row, i) => ({ ...row, difficulty: i % 10 === 0 ? 9 : 1 })));
    const share = async (allocation: string): Promise<number> => {
      const sampling = { sizes: [40], stratifyBy: ['difficulty'], bins: 2, allocation };
      const outcome = await prepared({ ...near, sampling }, uneven);
      const rows = outcome.files.get('40') ?? [];
      return rows.filter(({ difficulty }) => difficulty === 9).length / rows.length;
    };
    expect(await share('proportional')).toBeCloseTo(0.1, 1);
    expect(await share('equal')).toBeCloseTo(0.5, 1);
  });

  test('mix long traces with short ones in the share that is asked for, down to the last row', async () => {
    const sampling = { sizes: [10, 50, 100], longTokens: 60, longShare: 0.2 };
    const outcome = await prepared({ ...near, sampling }, lines);
    for (const { longShare } of outcome.run.preparation.subsets) expect(longShare).toBeCloseTo(0.2, 1);
  });

  test('say so where there are not enough rows for the share', async () => {
    const sampling = { sizes: [200], longTokens: 60, longShare: 0.8 };
    const outcome = await prepared({ ...near, sampling }, lines);
    expect(outcome.files.get('200')).toHaveLength(125);
    expect(outcome.run.preparation.subsets[0]?.longShare).toBeCloseTo(0.8, 2);
    expect(outcome.run.log.map(({ message }) => message).join()).toContain('200 rows has only 125');
  });

  test('one trace per problem: the shortest, the longest, the first', async () => {
    const traces = [3, 1, 2].map((length) => ({ prompt: 'Same?', completion: words(length, length * 10) }));
    const kept = async (tracesPerProblem: string): Promise<string | undefined> =>
      (await prepared({ tracesPerProblem }, asLines(traces))).files.get('all')?.[0]?.completion;
    expect(await kept('first')).toBe(traces[0]?.completion);
    expect(await kept('shortest')).toBe(traces[1]?.completion);
    expect(await kept('longest')).toBe(traces[0]?.completion);
    expect(traces.map(({ completion }) => completion)).toContain(await kept('random'));
  });
});

test('a stop ends it between two rows, and progress is told by the clock', async () => {
  let [clock, looks] = [0, 0];
  const outcome = await prepared({}, asLines(rowsOf(50)), {
    now: () => (clock += 300),
    takeRequests: () => (++looks > 3 ? [{ type: 'stop' }] : []),
  });
  expect(outcome.run.status).toBe('stopped');
  expect(outcome.files.size).toBe(0);
  expect(outcome.events.filter(({ type }) => type === 'rows.progressed').length).toBeGreaterThan(1);
});

const isWithin = (smaller: ReadonlySet<string>, larger: ReadonlySet<string>): boolean =>
  [...smaller].every((prompt) => larger.has(prompt));
