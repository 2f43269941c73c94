/** Leaves out rows that show a problem of a benchmark: whole, or a run of its words. */
import { refusal, type Stage } from './stage.ts';

export const decontamination: Stage = {
  name: 'decontamination',
  isOn: ({ decontamination: { benchmarks } }) => benchmarks.length > 0,
  start:
    ({ table, benchmarks }) =>
    (row) => {
      const kind = table.contamination(row);
      if (kind === 'none') return null;
      const name = benchmarks[table.benchmark(row)] ?? '';
      return refusal(kind === 'exact' ? 'benchmarkProblem' : 'benchmarkWords', name);
    },
};
