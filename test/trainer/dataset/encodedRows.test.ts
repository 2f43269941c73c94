import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { promptRows, rowsData } from '../../../src/config/rowsSchema.ts';
import { realFiles } from '../../../src/data/files.ts';
import { ChatEncoder } from '../../../src/engine/chat/chatEncoder.ts';
import type { UnusedRow } from '../../../src/engine/recipes/prepareDeps.ts';
import { rowSet } from '../../../src/engine/recipes/rowSet.ts';
import { EncodedRows } from '../../../src/trainer/dataset/encodedRows.ts';
import { TemplateProcess } from '../../../src/trainer/templates/templateProcess.ts';
import { buildPrograms } from '../../support/build.ts';
import { templateOf, tokenizerOf } from '../../support/tokenizers.ts';

const tokenizer = tokenizerOf('qwen3');
let template: TemplateProcess;
let folder: string;
beforeAll(async () => {
  const { template: script } = await buildPrograms();
  const specialTokens = tokenizer.special.texts;
  template = await TemplateProcess.open({ script, template: templateOf('qwen3'), file: 'qwen3.jinja', specialTokens });
});
afterAll(() => {
  template.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'valley-rows-'));
  mkdirSync(join(folder, 'cache'));
});

const noParquet = () => {
  throw new Error('No test here reads Parquet.');
};

/** `lines` are rows, or texts that stand in the file as they are. */
function rowsOf(
  lines: readonly unknown[],
  options: object = {},
  schema: typeof rowsData | typeof promptRows = rowsData,
): EncodedRows {
  const path = join(folder, 'rows.jsonl');
  writeFileSync(path, lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''));
  return new EncodedRows({
    data: schema.parse({ path: 'rows.jsonl', ...options }),
    path,
    text: { tokenizer, template },
    textKey: 'qwen3',
    cacheFolder: join(folder, 'cache'),
    files: realFiles,
    parquet: noParquet,
  });
}

async function readAll(rows: EncodedRows): Promise<{ isCached: boolean; bad: UnusedRow[]; done: number[] }> {
  const told = { isCached: false, bad: [] as UnusedRow[], done: [] as number[] };
  for await (const read of rows.read()) {
    if (read.type === 'opened') told.isCached = read.source.isCached;
    else {
      told.bad.push(...read.bad);
      told.done.push(read.done / read.total);
    }
  }
  return told;
}

const row = (question: string, answer: string) => ({
  messages: [
    { role: 'user', content: question },
    { role: 'assistant', content: `<think>\nlet me see\n</think>\n\n\\boxed{${answer}}` },
  ],
  answer,
});
const learned = (tokens: Int32Array): number[] => [...tokens].filter((id) => id < 0).map((id) => ~id);

test('rows become the tokens and the mask that the chat encoder makes, with what was asked and the answer', async () => {
  const rows = rowsOf([row('What is 1+1?', '2'), row('Und 2+2?', '4')]);
  await readAll(rows);
  expect(rows.table.count).toBe(2);
  const encoder = new ChatEncoder({ tokenizer, template, lossOn: 'completion' });
  const expected = await encoder.encode([row('What is 1+1?', '2').messages, row('Und 2+2?', '4').messages]);
  for (const [at, one] of expected.entries()) {
    if ('refused' in one) throw new Error(one.refused.said.text);
    const { tokens } = rows.exampleAt(at);
    expect([...tokens].map((id) => (id < 0 ? ~id : id))).toEqual(one.tokens);
    expect([...tokens].map((id) => (id < 0 ? 1 : 0))).toEqual(one.lossMask);
    expect(rows.table.promptLength(at)).toBe(one.promptLength);
    expect(tokenizer.endTokens).toContain(learned(tokens).at(-1));
  }
  expect(rows.textAt(1)).toEqual({ prompt: 'Und 2+2?', answer: '4', level: null });
  expect(rows.table.line(1)).toBe(2);
  rows.close();
});

test('a second start reads the same from the cache; other options do not', async () => {
  const lines = [row('What is 1+1?', '2'), 'no JSON', row('Und 2+2?', '4')];
  const first = rowsOf(lines);
  const told = await readAll(first);
  const second = rowsOf(lines);
  expect(await readAll(second)).toEqual({ ...told, isCached: true });
  expect(second.exampleAt(1)).toEqual(first.exampleAt(1));
  expect(told.isCached).toBe(false);
  const other = rowsOf(lines, { lossOn: 'all' });
  expect((await readAll(other)).isCached).toBe(false);
  expect(learned(other.exampleAt(0).tokens).length).toBe(other.table.tokens(0));
  for (const one of [first, second, other]) one.close();
});

test('a file that is written while it is read is refused, and nothing of it is kept', async () => {
  const rows = rowsOf([row('What is 1+1?', '2')]);
  const reading = rows.read();
  await reading.next();
  rowsOf([row('What is 1+1?', '3')]);
  await expect(reading.next().then(() => reading.next())).rejects.toMatchObject({
    code: 'badDataset',
    message: 'rows.jsonl changed while it was read.',
  });
  expect(readdirSync(join(folder, 'cache'))).toEqual([]);
  const again = rowsOf([row('What is 1+1?', '2')]);
  expect((await readAll(again)).isCached).toBe(false);
  expect(again.textAt(0).answer).toBe('2');
  for (const one of [rows, again]) one.close();
});

test('rows that cannot be read or rendered are told with line and reason, or end it where the config says so', async () => {
  const lines = [
    row('a', '1'),
    '{"messages": 5}',
    { messages: [{ role: 'user', content: 'only asked' }] },
    { messages: [...row('b', '2').messages, { role: 'user', content: 'and?' }] },
  ];
  const rows = rowsOf(lines);
  const { bad } = await readAll(rows);
  expect(bad.map(({ line, rule }) => [line, rule])).toEqual([
    [2, 'wrongType'],
    [3, 'empty'],
  ]);
  expect(rows.table.count).toBe(2);
  rows.close();
  const strict = rowsOf(lines, { onBadRow: 'stop' });
  await expect(readAll(strict)).rejects.toMatchObject({ code: 'badDataset', message: /^rows.jsonl:2: / });
  strict.close();
});

test('what prepare writes is read: turns and a text', async () => {
  const { messages } = row('What is 1+1?', '2');
  const rows = rowsOf([row('What is 1+1?', '2')]);
  const written = rowsOf([
    { prompt: messages.slice(0, 1), completion: messages[1]?.content, answer: '2', isCorrect: null },
  ]);
  await readAll(written);
  await readAll(rows);
  expect(written.table.count).toBe(1);
  written.close();
  rows.close();
});

test('plain texts are a problem each, so that some are learned and some held out', async () => {
  const texts = Array.from({ length: 20 }, (_, at) => ({ text: `A story of ${at} cats.` }));
  const rows = rowsOf([...texts, ...texts.slice(0, 5)], { format: 'text' });
  await readAll(rows);
  const data = rowsData.parse({ path: 'rows.jsonl', format: 'text' });
  const set = rowSet({ rows, data, maxPositions: 100, heldOut: 400, seed: 7, leaveOut: vi.fn() });
  expect([rows.table.count, set.problems, set.heldOut.size]).toEqual([25, 20, 2]);
  expect(set.training.size).toBeLessThanOrEqual(23);
  const textsOf = (examples: typeof set.training): string[] =>
    Array.from({ length: examples.size }, (_, place) => Array.from(examples.at(place).tokens).join());
  const held = textsOf(set.heldOut);
  expect(textsOf(set.training).filter((text) => held.includes(text))).toEqual([]);
  rows.close();
});

test('reading that was given up goes on where it was', async () => {
  const padding = 'seven and five are twelve, '.repeat(110);
  const lines = Array.from({ length: 500 }, (_, at) => row(`What is ${at}+1? ${padding}`, `${at + 1}`));
  const rendered = vi.spyOn(template, 'render');
  const requests = (): number => rendered.mock.calls.reduce((sum, [asked]) => sum + asked.length, 0);
  const first = rowsOf(lines);
  const reading = first.read();
  await reading.next();
  await reading.next();
  await reading.return(undefined);
  first.close();
  const known = requests();
  const second = rowsOf(lines);
  const { isCached } = await readAll(second);
  const all = requests();
  rendered.mockRestore();
  // Each row is rendered twice, whole and its prompt; none of them again.
  expect([isCached, known > 0, known < 1000, all]).toEqual([false, true, true, 1000]);
  expect(second.table.count).toBe(500);
  expect(second.textAt(499).answer).toBe('500');
  second.close();
});

test('problems are asked as the template writes the prompt of a chat, whether or not a completion stands beside them', async () => {
  const asked = await new ChatEncoder({ tokenizer, template, lossOn: 'completion' }).prompts([
    [{ role: 'user', content: 'What is 1+1?' }],
    [{ role: 'user', content: 'What is 1+1?\n\nBox it.' }],
  ]);
  for (const line of [row('What is 1+1?', '2'), { question: 'What is 1+1?', answer: 2, level: 'Level 1' }])
    for (const [place, instruction] of [undefined, 'Box it.'].entries()) {
      const rows = rowsOf([line], instruction === undefined ? {} : { instruction }, promptRows);
      expect((await readAll(rows)).bad).toEqual([]);
      expect([...rows.exampleAt(0).tokens]).toEqual(asked[place]);
      expect(rows.table.promptLength(0)).toBe(rows.table.tokens(0));
      expect(rows.table.learned(0)).toBe(0);
      expect(rows.textAt(0)).toEqual({
        prompt: 'What is 1+1?',
        answer: '2',
        level: 'messages' in line ? null : 'Level 1',
      });
      rows.close();
    }
});
