import { expect, test } from 'vitest';
import { readTokenizer } from '../../../src/trainer/prepare/sources.ts';
import { filesOf } from '../../support/tokenizers.ts';

test('reads the tokenizer of a model folder for counting', () => {
  expect(readTokenizer('test/fixtures/tokenizers/llama')).toEqual(filesOf('llama').tokenizer);
});

test('a folder without one is a fault of the config', () => {
  expect(() => readTokenizer('test/fixtures/nowhere')).toThrow(
    expect.objectContaining({
      code: 'badConfig',
      message: expect.stringMatching(/nowhere.*length\.tokenizer.*missing/),
    }),
  );
});
