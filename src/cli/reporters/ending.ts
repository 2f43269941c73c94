/** How a run is told at its end: scores, folder, and what to do if it did not finish. */
import { translate } from '../../protocol/translate.ts';
import type { Console } from '../console.ts';
import { describeError, describeLoss, quoted } from '../errors.ts';
import { duration, number } from '../format.ts';
import { ladderTable } from '../ladderTable.ts';
import { scoreTable } from '../render.ts';
import type { Outcome } from '../summary.ts';

/** Lines for standard output. */
export function ending({ run, runFolder, state, seconds }: Outcome, { strings }: Console): string[] {
  const table = run.ladder ? ladderTable(run.ladder, strings) : scoreTable(run, strings);
  return [
    ...(table.length > 0 ? ['', ...table, ''] : []),
    stateLine(state, run, seconds, strings),
    `${translate(strings, 'Run folder:')} ${runFolder}`,
    ...(state === 'stopped' ? [`${translate(strings, 'Continue with:')} valley continue ${quoted(runFolder)}`] : []),
  ];
}

function stateLine(
  state: Outcome['state'],
  { step, recipe }: Outcome['run'],
  seconds: number,
  strings: Console['strings'],
): string {
  const time = duration(seconds);
  if (state === 'finished') return translate(strings, 'Finished in {0}.', time);
  if (state === 'stopped' && recipe === 'prepare') return translate(strings, 'Stopped after {0}.', time);
  if (state === 'stopped') return translate(strings, 'Stopped after step {0} ({1}).', number(step), time);
  if (state === 'lost') return translate(strings, 'Lost after step {0} ({1}).', number(step), time);
  return translate(strings, 'Failed after step {0} ({1}).', number(step), time);
}

/** Text for standard error: empty if nothing went wrong. */
export function complaint({ error, state, runFolder, lastWords }: Outcome, { strings }: Console): string {
  if (error) return describeError(error, runFolder, strings);
  return state === 'lost' ? describeLoss(lastWords, runFolder, strings) : '';
}
