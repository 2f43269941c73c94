import fc from 'fast-check';
import { expect, test } from 'vitest';
import { promptProblem } from '../../src/config/promptCharacters.ts';
import { characterTokenizer } from '../../src/engine/tokenizer/characterTokenizer.ts';
import { UnknownCharacter } from '../../src/engine/tokenizer/tokenizer.ts';

const tokenizer = characterTokenizer({ characters: '0123456789+=\n /ab', words: ['Wait', 'ok'] });
const json: unknown = JSON.parse(JSON.stringify(tokenizer.toJson()));

function refused(text: string): string | null {
  try {
    tokenizer.encode(text);
    return null;
  } catch (error) {
    if (error instanceof UnknownCharacter) return error.character;
    throw error;
  }
}

test('says the same as the tokenizer of the engine, whatever the text', () => {
  const piece = fc.oneof(
    fc.constantFrom('Wait', 'Waiting', 'ok', 'o', '<pad>', '<end>', ' ', '1'),
    fc.string({ unit: 'binary', maxLength: 3 }),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join('');
      expect(promptProblem(text, json, {}) === null).toBe(refused(text) === null);
    }),
    { numRuns: 500 },
  );
});

test('names the first character, also one that cannot be seen', () => {
  expect(promptProblem('1+한글=', json, {})).toMatch(/the character "한"\. .*0123456789\+=⏎ \/ab$/);
  expect(promptProblem('1+😀=', json, {})).toContain('"😀"');
  expect(promptProblem('1\u202e+2=', json, {})).toContain('"\\u202e"');
  expect(promptProblem('12+34=', json, {})).toBeNull();
});

test.each([null, 3, {}, { model: { type: 'BPE', vocab: { a: 1 } } }, { model: { type: 'WordLevel', vocab: null } }])(
  'leaves %j to the trainer',
  (other) => {
    expect(promptProblem('한', other, {})).toBeNull();
  },
);
