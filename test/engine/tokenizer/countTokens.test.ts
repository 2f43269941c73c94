import { expect, test } from 'vitest';
import { characterTokenizer } from '../../../src/engine/tokenizer/characterTokenizer.ts';
import { tokenCounter } from '../../../src/engine/tokenizer/countTokens.ts';
import type { Json } from '../../../src/protocol/savedState.ts';
import { expectedOf, FAMILIES, filesOf, texts } from '../../support/tokenizers.ts';

test.each(FAMILIES)('counts as the Python library does for %s', (family) => {
  const count = tokenCounter(filesOf(family).tokenizer as Json)!;
  expect(texts.map(({ text }) => count(text))).toEqual(expectedOf(family).texts.map(({ plainIds }) => plainIds.length));
});

test('counts as a tokenizer of ours does, and a strange character as one', () => {
  const count = tokenCounter(characterTokenizer({ characters: 'abc ', words: ['Wait'] }).toJson())!;
  expect([count('ab Wait'), count('añb')]).toEqual([4, 3]);
});

test('counts nothing without a tokenizer, and refuses one it does not know', () => {
  expect(tokenCounter(null)).toBeNull();
  expect(() => tokenCounter({ model: { type: 'Unigram' } })).toThrow('Unigram');
  expect(() => tokenCounter([])).toThrow('expected an object');
});
