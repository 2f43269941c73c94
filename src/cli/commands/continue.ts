/** `valley continue RUN`: the same run folder, one attempt more. */
import { isTrainingRecipe } from '../../protocol/events.ts';
import type { Health } from '../../protocol/panel.ts';
import type { RunStatus } from '../../protocol/state.ts';
import { translate } from '../../protocol/translate.ts';
import { isAbandoned } from '../../runs/health.ts';
import { summarize } from '../../runs/listRuns.ts';
import type { Arguments } from '../arguments.ts';
import { BadInput, type Console } from '../console.ts';
import { locateRun } from '../locate.ts';
import { onBusy } from '../options.ts';
import { reporterFor, startAndFollow } from '../start.ts';

const isGoingOn = (health: Health): boolean =>
  health.kind === 'alive' || (health.kind === 'notResponding' && !isAbandoned(health));
const CONTINUABLE: ReadonlySet<RunStatus> = new Set(['stopped', 'failed', 'lost']);

export async function continueRun({ words: [word = ''], options }: Arguments, console: Console): Promise<number> {
  const { strings } = console;
  const runFolder = await locateRun(word, console, {
    meant: ({ recipe, status, health }) =>
      (isTrainingRecipe(recipe) || recipe === 'prepare' || recipe === 'evaluate') &&
      (CONTINUABLE.has(status) || isAbandoned(health)),
  });
  const known = await summarize(runFolder);
  if (known && isGoingOn(known.health))
    throw new BadInput(translate(strings, 'The run {0} is still going on.', runFolder));
  if (known?.status === 'finished')
    throw new BadInput(translate(strings, 'The run {0} has finished: nothing is left to do.', runFolder));
  const order = { place: { folder: runFolder }, isContinuation: true, onBusy: onBusy(options, strings) };
  return startAndFollow(order, console, reporterFor(options.json === true, console));
}
