import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { MappedRow, UnreadableRow } from '../../../src/engine/formats/format.ts';
import { guessReading } from '../../../src/engine/formats/guess.ts';
import { formats, promptFormats } from '../../../src/engine/formats/index.ts';
import { promptText } from '../../../src/engine/rows/exampleText.ts';

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
