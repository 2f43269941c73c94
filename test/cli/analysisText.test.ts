import { expect, test } from 'vitest';
import { analysisLines } from '../../src/cli/analysisText.ts';
import { analyseEvaluation } from '../../src/engine/analysis/analyseEvaluation.ts';

const answer = (text: string, isRight: boolean) =>
  ({
    ...({ text, answer: '19', tokens: text.length, finishReason: 'stop' } as const),
    verdict: isRight ? 'correct' : 'wrong',
  }) as const;

const lines = (texts: readonly string[]): string[] =>
  analysisLines(
    {
      ...{ benchmark: 'arithmetic/paper', step: 40 },
      ...analyseEvaluation(texts.map((text) => [answer(text, !text.includes('18'))])),
    },
    {},
  );

test('an analysis is told in tables whose values stand below each other', () => {
  const told = lines(['12 + 7 = 19', '12 + 7 = 18', 'Let me recheck. 12 + 7 = 19', '12 + 7 = 19. 19 + 1 = 20']);
  expect(told[0]).toBe('arithmetic/paper, step 40: 4 problems, 4 completions');
  const row = (start: string): string => told.find((line) => line.startsWith(`  ${start}`)) ?? '';
  expect(row('right answers ')).toMatch(/75\.0 % \(\d+\.\d–\d+\.\d %\)$/);
  expect(row('completions with reflection')).toMatch(/25\.0 % \(/);
  expect(row('wrong ones')).toMatch(/20\.0 % \(/);
  expect(row('repaired')).toMatch(/0 of 1, 0 of 4$/);
  expect(row('still right')).toMatch(/1: 75\.0 % {2}2: 75\.0 %$/);
  const section = told.slice(told.indexOf('Reflection') + 1, told.indexOf('Calculations that can be checked') - 1);
  const columns = section.map((line) => /^ {2}\S.*? {2,}(?=\S)/.exec(line)?.[0].length);
  expect(new Set(columns).size).toBe(1);
});

test('without calculations it says so', () => {
  const told = lines(['Nothing is computed here.', 'Nor here.']);
  expect(told.at(-1)).toBe('  none');
});
