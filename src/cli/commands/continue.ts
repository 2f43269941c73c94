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
import { onBusy, text } from '../options.ts';
import { reporterFor, startAndFollow } from '../start.ts';

const isGoingOn = (health: Health): boolean =>
  health.kind === 'alive' || (health.kind === 'notResponding' && !isAbandoned(health));
const CONTINUABLE: ReadonlySet<RunStatus> = new Set(['stopped', 'failed', 'lost']);

export async function continueRun({ words: [word = ''], options }: Arguments, console: Console): Promise<number> {
  const { strings } = console;
  const runFolder = await locateRun(word, console, {
    meant: ({ recipe, status, health }) =>
      recipe !== null &&
      (isTrainingRecipe(recipe) || ['prepare', 'evaluate', 'ladder'].includes(recipe)) &&
      (CONTINUABLE.has(status) || isAbandoned(health)),
  });
  const again = text(options, 'again') ?? undefined;
  const known = await summarize(runFolder);
  if (known && isGoingOn(known.health))
    throw new BadInput(translate(strings, 'The run {0} is still going on.', runFolder));
  if (again !== undefined && known?.recipe !== 'ladder')
    throw new BadInput(
      translate(strings, 'Only a ladder has trainings that can be done again: {0} is none.', runFolder),
    );
  if (known?.status === 'finished' && again === undefined)
    throw new BadInput(translate(strings, 'The run {0} has finished: nothing is left to do.', runFolder));
  const order = {
    place: { folder: runFolder },
    isContinuation: true,
    onBusy: onBusy(options, strings),
    ...(again !== undefined && { again }),
  };
  return startAndFollow(order, console, reporterFor(options.json === true, console));
}
