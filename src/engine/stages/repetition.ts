/** Leaves out completions that go round in circles. */
import { refusal, type Stage } from './stage.ts';

export const repetition: Stage = {
  name: 'repetition',
  isOn: (config) => config.repetition.maxShare < 1,
  start: ({ table, config }) => {
    const { maxShare } = config.repetition;
    return (row) => (table.repetition(row) > maxShare ? refusal('repetitive') : null);
  },
};
