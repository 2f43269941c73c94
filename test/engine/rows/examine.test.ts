import { expect, test } from 'vitest';
import { examinerOf } from '../../../src/engine/rows/examineSpec.ts';
import { RowTable } from '../../../src/engine/rows/rowTable.ts';
import { textExaminer } from '../../support/textExaminer.ts';

test('texts without a prompt are a problem each, equal ones the same', () => {
  const lines = ['one text', 'another', 'one text'].map((text) => JSON.stringify({ text }));
  const table = new RowTable();
  table.append(examinerOf(textExaminer).examine(lines, (place) => place + 1).table);
  const [first, second, third] = [0, 1, 2].map((row) => table.problemKey(row));
  expect([first === second, first === third]).toEqual([false, true]);
});
