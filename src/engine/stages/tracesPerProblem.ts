/** Leaves one completion of each problem. */
import { randomSource } from '../random/randomSource.ts';
import { refusal, type Stage, type StageContext } from './stage.ts';

const other = refusal('otherTrace');

export const tracesPerProblem: Stage = {
  name: 'tracesPerProblem',
  isOn: (config) => config.tracesPerProblem !== 'all',
  start: (context, rows) => {
    const { table } = context;
    const rank = rankOf(context);
    const best = new Map<number, number>();
    for (const row of rows) {
      const problem = table.problemKey(row);
      const known = best.get(problem);
      if (known === undefined || rank(row) < rank(known)) best.set(problem, row);
    }
    return (row) => (best.get(table.problemKey(row)) === row ? null : other);
  },
};

/** The lowest rank stays; of equal ones the first. */
function rankOf({ table, config }: StageContext): (row: number) => number {
  const { tracesPerProblem: wanted, seed } = config;
  const chance = randomSource(seed, 'tracesPerProblem');
  switch (wanted) {
    case 'all':
    case 'first':
      return (row) => row;
    case 'shortest':
      return table.tokens;
    case 'longest':
      return (row) => -table.tokens(row);
    case 'random':
      return (row) => chance.uniform(row);
    default:
      return wanted satisfies never;
  }
}
