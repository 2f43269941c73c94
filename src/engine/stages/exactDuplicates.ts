/** Leaves out rows that were there before, letter by letter but for white space. */
import { refusal, type Stage } from './stage.ts';

const repeated = refusal('exactDuplicate');

export const exactDuplicates: Stage = {
  name: 'exactDuplicates',
  isOn: ({ duplicates }) => duplicates.exact,
  start: ({ table }) => {
    const seen = new Set<number>();
    return (row) => {
      const key = table.exampleKey(row);
      if (seen.has(key)) return repeated;
      seen.add(key);
      return null;
    };
  },
};
