import fc from 'fast-check';
import { expect, test } from 'vitest';
import { displayLine, displayText } from '../../src/protocol/displayText.ts';

test.each([
  ['\u001b[31mred', '\\u001b[31mred'],
  ['a\u202eb', 'a\\u202eb'],
  ['a\u200bb', 'a\\u200bb'],
  ['\u{e0041}', '\\u{e0041}'],
  ['\ud800', '\\ud800'],
  ['bell\u0007 del\u007f', 'bell\\u0007 del\\u007f'],
  ['tab\tand\nline, 한국어, 😀', 'tab\tand\nline, 한국어, 😀'],
])('%j is shown as %j', (text, shown) => expect(displayText(text)).toBe(shown));

test('nothing that hides or reorders is left of any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(displayText(text)).not.toMatch(/(?![\t\n])\p{Cc}|\p{Bidi_Control}|[\u200b\u2060\ufeff]|\p{Surrogate}/u);
    }),
  );
});

test('a line is one line of at most the given length', () => {
  expect(displayLine('one\ntwo\tthree')).toBe('one⏎two three');
  expect(displayLine('x'.repeat(1000), 10)).toBe(`${'x'.repeat(9)}…`);
});
