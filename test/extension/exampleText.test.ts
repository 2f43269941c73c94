import { expect, test } from 'vitest';
import { exampleText, tokenHover } from '../../src/extension/exampleText.ts';
import { sayIn } from '../../src/extension/say.ts';
import type { PreviewedExample, TokenPiece } from '../../src/protocol/examplePreview.ts';
import { said } from '../../src/protocol/sentence.ts';

const say = sayIn({});
const piece = (text: string, at: number, state: TokenPiece['state'], isSpecial = false): TokenPiece => ({
  ids: [at + 10],
  at,
  text,
  isSpecial,
  state,
});
const example: PreviewedExample = {
  row: 2,
  place: 'a.jsonl:5',
  title: 'two',
  tokens: 6,
  learned: 3,
  cut: 1,
  leftOut: null,
  findings: [said`A finding of ${1} row.`],
  pieces: [
    piece('<s>', 0, 'read', true),
    piece('two\n', 1, 'read'),
    piece(' three', 2, 'learned'),
    piece('', 3, 'learned'),
    piece('\u202ex', 4, 'learned'),
    piece('<e>', 5, 'cut', true),
  ],
};

test('each token stands where its span says, line breaks as signs and hidden characters as escapes', () => {
  const { text, spans } = exampleText([example], 10, say);
  expect(spans.map(({ start, end }) => text.slice(start, end))).toEqual([
    '<s>',
    'two⏎',
    ' three',
    '⟨13⟩',
    '\\u202ex',
    '<e>',
  ]);
  expect(spans.map((span) => span.piece)).toEqual(example.pieces);
  expect(text).toContain('<s>two⏎\n three');
  expect(text).not.toContain('\u202e');
});

test('above it stand where it is from, what is learned of it, findings, and a legend in the looks it names', () => {
  const { text, legend } = exampleText([example], 10, say);
  expect(text.split('\n').slice(0, 4)).toEqual([
    'Training example 2 of 10 · a.jsonl:5',
    '6 tokens: 3 learned, 2 read only, 1 cut off',
    '! A finding of 1 row.',
    'learned   read, not learned   cut off by the limit   special token',
  ]);
  expect(legend.map(({ start, end, shown }) => [shown, text.slice(start, end)])).toEqual([
    ['learned', 'learned'],
    ['read', 'read, not learned'],
    ['cut', 'cut off by the limit'],
    ['special', 'special token'],
  ]);
});

test('a row of several examples shows them one below the other', () => {
  const { text, spans, legend } = exampleText(
    [example, { ...example, leftOut: said`Left out: it is long.` }],
    null,
    say,
  );
  expect(spans).toHaveLength(12);
  expect(legend).toHaveLength(8);
  expect(text.match(/Training example 2 · a\.jsonl:5/g)).toHaveLength(2);
  expect(text).toContain('✗ Left out: it is long.');
  for (const { start, end } of [...spans, ...legend]) expect(text.slice(start, end).trim()).not.toBe('');
});

const hover = (of: TokenPiece, isRejected = false) => tokenHover({ piece: of, isRejected }, say);

test('the pointer is told text, number, place and what the model does with a token', () => {
  const [first, , third] = example.pieces;
  if (!first || !third) throw new Error('The example has six pieces.');
  expect(hover(first)).toEqual([
    'Special token "<s>"',
    'id 10, position 0',
    'The model reads it. Nothing stands before the first token, so that nothing could predict it.',
  ]);
  expect(hover(third)).toEqual(['Token " three"', 'id 12, position 2', 'The model learns to write it.']);
  expect(hover({ ...third, ids: [1, 2], state: 'cut' })).toEqual([
    'Token " three"',
    'ids 1, 2, from position 2: together they are this text',
    'It lies beyond the limit: the model never sees it.',
  ]);
});

test('both completions of a preference stand in one document, each under its name', () => {
  const pair: readonly PreviewedExample[] = [
    { ...example, part: 'chosen' },
    { ...example, part: 'rejected' },
  ];
  const { text, spans } = exampleText(pair, 10, say);
  expect(text.match(/^Training example.*$/gm)).toEqual([
    'Training example 2 of 10 · a.jsonl:5 · chosen',
    'Training example 2 of 10 · a.jsonl:5 · rejected',
  ]);
  expect(spans.map(({ isRejected }) => isRejected)).toEqual([
    ...example.pieces.map(() => false),
    ...example.pieces.map(() => true),
  ]);
  expect(text.match(/^learned.*(?= {3}read)/gm)).toEqual(['learned', 'learned to avoid']);
  const [, , learned] = example.pieces;
  expect(learned && hover(learned, true).at(-1)).toBe(
    'The model learns to write the chosen completion rather than this one.',
  );
});
