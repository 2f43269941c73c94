/** Leaves out rows that are nearly the same as one before. */
import { NearDuplicates } from '../rows/nearDuplicates.ts';
import { refusal, type Stage } from './stage.ts';

const repeated = refusal('nearDuplicate');

export const nearDuplicates: Stage = {
  name: 'nearDuplicates',
  isOn: ({ duplicates }) => duplicates.near,
  start: ({ table, config, shinglesOf }, rows) => {
    const { similarity } = config.duplicates;
    const kept = new NearDuplicates({ table, threshold: similarity, shinglesOf }, rows.length);
    return (row) => (kept.find(row) === null ? null : repeated);
  },
};
