import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { MappedRow, UnreadableRow } from '../../../src/engine/formats/format.ts';
import { guessReading } from '../../../src/engine/formats/guess.ts';
import { formats, promptFormats } from '../../../src/engine/formats/index.ts';
import { preference } from '../../../src/engine/formats/preference.ts';
import { promptText } from '../../../src/engine/rows/exampleText.ts';
import { writtenLine } from '../../../src/engine/rows/writtenLine.ts';

type Row = Readonly<Record<string, unknown>>;

const fixture = (name: string): Row[] =>
  readFileSync(`test/fixtures/rows/${name}.jsonl`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);

describe.each(formats)('$name', (format) => {
  const own = fixture(format.name);

  test('is told from its own fixture, and gives an example for each row of it', () => {
    const reading = guessReading(own);
    expect(reading?.format.name).toBe(format.name);
    for (const row of own) {
      const examples = format.parse(new MappedRow(row, reading?.mapping ?? {}));
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) expect(example.completion.trim()).not.toBe('');
    }
  });

  test.each(formats.filter(({ name }) => name !== format.name))('refuses the fixture of $name', (other) => {
    expect(guessReading(fixture(other.name), format.name)).toBeNull();
  });

  test.each([{}, { a: null }, { a: 1, b: [] }])('refuses %o', (row) => {
    expect(guessReading([row], format.name)).toBeNull();
  });

  test('what prepare writes of its examples is read again as the same, with nothing said of format and columns', () => {
    const reading = guessReading(own);
    const examples = own.flatMap((row) => format.parse(new MappedRow(row, reading?.mapping ?? {})));
    const rows = examples.map((example) => JSON.parse(writtenLine(`${JSON.stringify(example)}\n`)) as Row);
    const again = guessReading(rows);
    const read = rows.flatMap((row) => again?.format.parse(new MappedRow(row, again.mapping)) ?? []);
    expect(read).toEqual(examples);
  });

  test('refuses its own rows with a value of the wrong type, naming the column', () => {
    const mapping = guessReading(own)?.mapping ?? {};
    for (const { role, isRequired } of format.roles) {
      if (!isRequired) continue;
      const column = mapping[role] ?? role;
      for (const wrong of [null, '', [], {}, true]) {
        const row = { ...own[0], [column]: wrong };
        expect(() => format.parse(new MappedRow(row, mapping)), `${column} = ${JSON.stringify(wrong)}`).toThrow(
          UnreadableRow,
        );
      }
    }
  });
});

test('columns with other names are read once they are named', () => {
  const rows = [{ Frage: 'Was ist 2+2?', Antwort: '4' }];
  expect(guessReading(rows)).toBeNull();
  const reading = guessReading(rows, 'auto', { prompt: 'Frage', completion: 'Antwort' });
  expect(reading?.format.name).toBe('prompt-completion');
  expect(reading?.format.parse(new MappedRow(rows[0] ?? {}, reading.mapping))[0]).toMatchObject({ completion: '4' });
});

test('OpenR1-Math with its `messages` column too is still read by its generations, each with its verdict', () => {
  const [first = {}] = fixture('openr1-math');
  const row = {
    ...first,
    messages: [
      { role: 'user', content: 'x' },
      { role: 'assistant', content: 'y' },
    ],
  };
  const reading = guessReading([row]);
  const examples = reading?.format.parse(new MappedRow(row, reading.mapping)) ?? [];
  expect(reading?.format.name).toBe('openr1-math');
  expect(examples.map(({ isCorrect, difficulty }) => [isCorrect, difficulty])).toEqual([
    [true, 0.5],
    [false, 0.5],
  ]);
});

test('a conversation learns its last answer, with all that was said before as the prompt', () => {
  const rows = fixture('messages');
  const reading = guessReading(rows);
  const [example] = reading?.format.parse(new MappedRow(rows[1] ?? {}, reading.mapping)) ?? [];
  expect(example && promptText(example)).toBe('Hello\nHi.\nWhat is 3*3?');
  expect(example?.completion).toBe('9');
});

test('problems without a completion are read where problems are asked for, and by no format of examples', () => {
  const rows = [
    { problem: 'What is 2+2?', answer: 4, level: 2 },
    {
      problem: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: '3+3?' },
      ],
      answer: '6',
    },
  ];
  expect(guessReading(rows)).toBeNull();
  const reading = guessReading(rows, 'auto', {}, promptFormats);
  expect(reading?.format.name).toBe('problem-answer');
  const [first, second] = rows.flatMap((row) => reading?.format.parse(new MappedRow(row, reading.mapping)) ?? []);
  expect(first).toMatchObject({ prompt: [{ role: 'user', content: 'What is 2+2?' }], answer: '4', level: '2' });
  expect(second).toMatchObject({ prompt: rows[1]?.problem, answer: '6', level: null });
  expect(() =>
    reading?.format.parse(
      new MappedRow({ problem: [{ role: 'assistant', content: 'hm' }], answer: 1 }, reading.mapping),
    ),
  ).toThrow(UnreadableRow);
});

test.each(formats.filter(({ name }) => name !== 'text'))('$name: problems are read as the examples are', ({ name }) => {
  expect(guessReading(fixture(name), 'auto', {}, promptFormats)?.format.name).toBe(name);
});

describe('preferences', () => {
  const asked = { role: 'user', content: '2+2?' };
  const says = (content: string) => ({ role: 'assistant', content });
  const parsed = (row: Row) => {
    const mapping = guessReading(fixture('preference'), 'preference')?.mapping ?? {};
    return preference.parse(
      new MappedRow(row, { ...mapping, ...(row['completion'] ? { chosen: 'completion' } : {}) }),
    )[0];
  };
  const same = { prompt: [asked], completion: '4', rejected: '5' };

  test.each([
    ['a prompt and two answers', { prompt: [asked], chosen: [says('4')], rejected: [says('5')] }],
    ['two conversations that share their beginning', { chosen: [asked, says('4')], rejected: [asked, says('5')] }],
    [
      'two conversations beside their prompt as a text',
      { prompt: '2+2?', chosen: [asked, says('4')], rejected: [asked, says('5')] },
    ],
    ['a text and two answers as turns', { prompt: '2+2?', chosen: [says('4')], rejected: [says('5')] }],
    ['a conversation and two texts', { prompt: [asked], chosen: '4', rejected: '5' }],
    ['what prepare writes', { prompt: [asked], completion: '4', rejected: '5' }],
  ])('%s are the same pair', (_, row) => {
    expect(parsed(row)).toMatchObject(same);
  });

  test('texts are no conversation', () => {
    expect(parsed({ prompt: '2+2=', chosen: '4', rejected: '5' })).toMatchObject({ ...same, prompt: '2+2=' });
  });

  test('conversations of several turns are compared by their last', () => {
    const before = [{ role: 'system', content: 'Be brief.' }, asked, says('4'), { role: 'user', content: 'Sure?' }];
    const pair = parsed({ chosen: [...before, says('Yes.')], rejected: [...before, says('No.')] });
    expect(pair).toMatchObject({ prompt: before, completion: 'Yes.', rejected: 'No.' });
  });

  test.each([
    ['samePair', { prompt: 'a', chosen: 'b', rejected: ' b' }],
    ['samePair', { chosen: [asked, says('4')], rejected: [asked, says('4')] }],
    ['wrongType', { chosen: [asked, says('4')], rejected: [{ ...asked, content: '3+3?' }, says('5')] }],
    ['wrongType', { chosen: [asked, says('4')], rejected: '5' }],
    ['missingColumn', { chosen: 'b', rejected: 'c' }],
    ['empty', { chosen: [asked, says('4'), asked], rejected: [asked, says('5')] }],
    ['empty', { chosen: [says('4')], rejected: [says('5')] }],
  ])('%s: %o', (rule, row) => {
    expect(() => parsed(row)).toThrow(expect.objectContaining({ rule }));
  });
});
