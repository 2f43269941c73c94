/** Leaves out rows that a verifier found wrong, or that none found right. */
import { refusal, type Stage } from './stage.ts';

export const correctness: Stage = {
  name: 'correctness',
  isOn: (config) => config.correctness.keep !== 'all',
  start: ({ table, config }) => {
    const keepsUnknown = config.correctness.keep === 'notWrong';
    return (row) => {
      const verdict = table.verdict(row);
      if (verdict === 'wrong') return refusal('wrongAnswer');
      return verdict === 'correct' || keepsUnknown ? null : refusal('unverified');
    };
  },
};
