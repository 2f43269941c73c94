import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { characterTokenizer, characterTokenizerFrom } from '../../../src/engine/tokenizer/characterTokenizer.ts';

const vocabulary = { characters: '0123456789+=<>\n /adenp', words: ['Okay', 'Wait', 'ok'] };
const tokenizer = characterTokenizer(vocabulary);
const text = fc
  .array(fc.constantFrom(...Array.from(vocabulary.characters), ...vocabulary.words, '<end>', '<pad>'))
  .map((pieces) => pieces.join(' '));

describe('characterTokenizer', () => {
  test('a word is one token, only as a whole word', () => {
    expect(tokenizer.encode('Wait 1')).toHaveLength(3);
    expect(tokenizer.decode(tokenizer.encode('Okay1ok'))).toBe('Okay1ok');
    expect(tokenizer.encode('Okay1ok')).toHaveLength(3);
    expect(() => tokenizer.encode('Waiting')).toThrow('does not know the character "W"');
  });

  test('encode and decode are inverse, also through JSON', () => {
    const again = characterTokenizerFrom(JSON.parse(JSON.stringify(tokenizer.toJson())) as null);
    fc.assert(
      fc.property(text, (written) => {
        const tokens = tokenizer.encode(written);
        expect(tokenizer.decode(tokens)).toBe(written);
        expect(again.encode(written)).toEqual(tokens);
        expect(tokens.every((token) => token >= 2 && token < tokenizer.vocabularySize)).toBe(true);
      }),
    );
    expect(again.vocabularySize).toBe(tokenizer.vocabularySize);
    expect(again.toJson()).toEqual(tokenizer.toJson());
  });

  test('text never becomes a special token', () => {
    const tokens = tokenizer.encode('<end><pad>');
    expect(tokens).toHaveLength(10);
    expect(tokens).not.toContain(tokenizer.endToken);
    expect(tokens).not.toContain(tokenizer.padToken);
    expect(tokenizer.decode([tokenizer.endToken, tokenizer.padToken])).toBe('');
  });

  test('names an unknown character, also outside the basic plane', () => {
    expect(() => tokenizer.encode('1+😀')).toThrow('"😀"');
    expect(() => tokenizer.encode('x')).toThrow('0123456789');
  });

  test('characters of regular expressions are characters', () => {
    const odd = characterTokenizer({ characters: '.*[]()|^$\\-', words: [] });
    expect(odd.decode(odd.encode('^(.*|[-])$\\'))).toBe('^(.*|[-])$\\');
  });

  test.each([
    ['a doubled piece', { characters: '11', words: [] }, 'names a piece twice'],
    ['a word with other signs', { characters: '1', words: ['a|b'] }, 'two or more letters'],
  ])('refuses %s', (_, wrong, message) => {
    expect(() => characterTokenizer(wrong)).toThrow(message);
  });

  test.each([
    ['no object', 3, 'tokenizer.json is 3'],
    ['another model', { model: { type: 'BPE', vocab: {} } }, 'not "WordLevel"'],
    ['a gap in the ids', { model: { type: 'WordLevel', vocab: { '<pad>': 0, '<end>': 2 } } }, 'expected 1'],
    ['no end token', { model: { type: 'WordLevel', vocab: { '<pad>': 0, a: 1 } } }, 'expected "<end>"'],
  ])('refuses a file with %s', (_, json, message) => {
    expect(() => characterTokenizerFrom(json)).toThrow(message);
  });
});
