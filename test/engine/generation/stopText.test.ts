import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { beforePossibleStop, beforeStop, stopTest } from '../../../src/engine/generation/stopText.ts';
import { taskOf } from '../../../src/engine/tasks/index.ts';
import { characterTokenizer } from '../../../src/engine/tokenizer/characterTokenizer.ts';
import { tinyConfig } from '../recipes/tinyRun.ts';

const text = fc.string({ unit: fc.constantFrom('1', '2', '+', '='), maxLength: 12 });
const stops = fc.array(fc.string({ unit: fc.constantFrom('1', '2', '+', '='), minLength: 1, maxLength: 3 }), {
  maxLength: 3,
});

describe('stop texts', () => {
  test.each([
    ['1+1=2\n3', ['\n'], '1+1=2'],
    ['1+1=2', ['\n', '='], '1+1'],
    ['1+1=2', ['=2', '1+'], ''],
    ['1+1=2', [], '1+1=2'],
  ])('%j before the first of %j is %j', (whole, list, expected) => {
    expect(beforeStop(whole, list)).toBe(expected);
  });

  test('what is before no possible stop is never taken back by what follows', () => {
    fc.assert(
      fc.property(text, text, stops, (start, more, list) => {
        fc.pre(beforeStop(start, list) === start);
        const shown = beforePossibleStop(start, list);
        expect(start.startsWith(shown)).toBe(true);
        expect(beforeStop(start + more, list).startsWith(shown)).toBe(true);
      }),
    );
  });

  test('holds back no more than it must', () => {
    expect(beforePossibleStop('12=', ['=#'])).toBe('12');
    expect(beforePossibleStop('12', ['=#'])).toBe('12');
  });

  test('asked after each token, says so at the token that completes a stop text', () => {
    const tokenizer = characterTokenizer(taskOf(tinyConfig().task).vocabulary);
    fc.assert(
      fc.property(text, stops, (written, list) => {
        const isStop = stopTest(tokenizer, list);
        const tokens = tokenizer.encode(written);
        const first = tokens.findIndex((_, i) => isStop(tokens.slice(0, i + 1)));
        const expected = tokens.findIndex((_, i) => {
          const soFar = tokenizer.decode(tokens.slice(0, i + 1));
          return beforeStop(soFar, list) !== soFar;
        });
        expect(first).toBe(expected);
      }),
    );
  });
});
