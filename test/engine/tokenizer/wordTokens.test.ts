/** Words of a text beside the whole of it, which the library reads in one piece. */
import { Tokenizer as Library } from '@huggingface/tokenizers';
import { describe, expect, test } from 'vitest';
import { randomSource } from '../../../src/engine/random/randomSource.ts';
import { readBpeFile } from '../../../src/engine/tokenizer/bpeFile.ts';
import type { JsonObject } from '../../../src/engine/tokenizer/tokenizerFailure.ts';
import { WordTokens } from '../../../src/engine/tokenizer/wordTokens.ts';
import { FAMILIES, filesOf, texts, type Family } from '../../support/tokenizers.ts';

type Changeable = JsonObject & { model: { vocab: Record<string, number>; merges: unknown[] }; pre_tokenizer: unknown };

const jsonOf = (family: Family): Changeable => structuredClone(filesOf(family).tokenizer) as Changeable;
const wordsOf = (json: unknown): WordTokens => new WordTokens(readBpeFile(json), () => undefined);
const wholeOf = (json: unknown): ((text: string) => number[]) => {
  const library = new Library(readBpeFile(json).library, {});
  return (text) => library.encode(text, { add_special_tokens: false }).ids;
};

/** Characters of all kinds side by side, as no text has them. */
const alphabet = [...new Set(texts.flatMap(({ text }) => Array.from(text)))];
const random = randomSource(7, 'words');
const jumbled = Array.from({ length: 400 }, (_, place) =>
  Array.from({ length: 1 + random.integer(3 * place, 60) }, (_character, at) => {
    const number = 3 * (100 * place + at);
    const isSpace = random.uniform(number + 1) < 0.2;
    return isSpace ? ' ' : (alphabet[random.integer(number + 2, alphabet.length)] ?? '');
  }).join(''),
);

describe.each(FAMILIES)('the words of %s', (family) => {
  test('give the tokens of the whole text, when they are new and when they are known', () => {
    const [words, whole] = [wordsOf(jsonOf(family)), wholeOf(jsonOf(family))];
    for (const text of [...texts.map((one) => one.text), ...jumbled, ...jumbled.slice(0, 50)])
      expect(words.encode(text)).toEqual(whole(text));
  });
});

test('a model with a piece that reaches across a space reads texts whole', () => {
  const json = jsonOf('gemma3_text');
  const { vocab, merges } = json.model;
  const [left, right] = ['a', '▁'];
  expect([vocab[left], vocab[right]].every((id) => id !== undefined)).toBe(true);
  expect(wordsOf(json).encode('la la')).toEqual(wholeOf(json)('la la'));
  vocab['a▁'] = Object.keys(vocab).length + 100;
  merges.unshift([left, right]);
  const tokens = wordsOf(json).encode('la la');
  expect(tokens).toContain(vocab['a▁']);
  expect(tokens).toEqual(wholeOf(json)('la la'));
});

test('a pattern that leaves something between its matches loses nothing', () => {
  const json = jsonOf('qwen3');
  json.pre_tokenizer = {
    type: 'Sequence',
    pretokenizers: [
      { type: 'Split', pattern: { Regex: '\\p{L}+' }, behavior: 'Isolated', invert: false },
      { type: 'Digits', individual_digits: true },
      { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
    ],
  };
  for (const text of ['one, 23 two!', '  ', '7']) expect(wordsOf(json).encode(text)).toEqual(wholeOf(json)(text));
});
