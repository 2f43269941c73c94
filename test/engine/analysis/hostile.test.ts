import { describe, expect, test } from 'vitest';
import { calculationsIn } from '../../../src/engine/analysis/calculations/calculations.ts';
import { loopsIn } from '../../../src/engine/analysis/loops/loops.ts';
import { reflectionsIn } from '../../../src/engine/analysis/reflections.ts';
import { repairsIn } from '../../../src/engine/analysis/repairs.ts';
import { CONTROLS, MARKUP } from '../../support/hostileTexts.ts';

/** About 16,384 tokens. */
const LENGTH = 64_000;

const PIECES = [
  ...[
    '(',
    ')',
    '1=',
    '1+',
    '7',
    '123,',
    '1.',
    ' ',
    '\n',
    '\\frac{',
    '{',
    '9^',
    '9!',
    'is ',
    '1/7919+',
    '1 + 1 is ',
    '\\text{a ',
  ],
  ...[
    '**',
    '\\sqrt{2}+',
    '1/7=',
    '1 2 ',
    'sin(',
    '1\\begin{',
    '1 apple ',
    '3.3... ',
    '1 \n+ ',
    'twenty two hundred ',
    '1 1/2 ',
  ],
  ...[
    '123456789012345678901234567890123456789*',
    '-',
    '1+1=2 ',
    '2^64*',
    'check again ',
    'check a a a a ',
    '"',
    'no need to ',
    'wait ',
  ],
  ...['12 + 7 = 18. Wait, no. ', '5 not 6 ', 'that should be ', 'ab', 'a b c d e f g h '],
];

/** In milliseconds of processor. */
function cost(text: string): number {
  const before = process.cpuUsage();
  const { list } = calculationsIn(text);
  repairsIn(text, list);
  reflectionsIn(text);
  loopsIn(text);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

describe('texts that were written to be slow', () => {
  test.each(PIECES)('%j over and over is looked at in the end', (piece) => {
    const text = piece.repeat(Math.ceil(LENGTH / piece.length));
    // Meant are 300 ms; ten times that, since the machine may be busy.
    expect(cost(text)).toBeLessThan(3000);
  });

  test('any text is read without an exception', () => {
    for (const text of [...MARKUP, ...CONTROLS]) expect(() => calculationsIn(text)).not.toThrow();
  });
});

test('twice the trace costs about twice the work', () => {
  const line = 'Wait, let me check: 12 + 7 = 19. So \\frac{12}{4} + 3 = 6 apples, and 3 times 4 is 12, case ';
  const trace = (lines: number): string => Array.from({ length: lines }, (_, at) => `${line}${at}.\n`).join('');
  const least = (text: string): number => Math.min(cost(text), cost(text), cost(text));
  // Four times the trace: 16 would be quadratic.
  expect(least(trace(640)) / least(trace(160))).toBeLessThan(10);
});
