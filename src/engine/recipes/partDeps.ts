/** What a training of a ladder is given: its start, its place, and its share of what earlier attempts did. */
import type { RunEvent } from '../../protocol/events.ts';
import type { LadderPlan, LadderTraining } from '../../protocol/ladder.ts';
import type { SavedModel, SavedState } from '../../protocol/savedState.ts';
import { said } from '../../protocol/sentence.ts';
import type { RecipeDeps } from './deps.ts';
import type { LadderDeps } from './ladderDeps.ts';
import { RunFailure } from './runFailure.ts';

/** Throws `diverged` where the start never came to be, so that what depends on it fails like it. */
export function partDeps(training: LadderTraining, plan: Pick<LadderPlan, 'trainings'>, deps: LadderDeps): RecipeDeps {
  const { executor, text, memoryBytes, past, now, takeRequests, stream, base, cells } = deps;
  const { name, from } = training;
  return {
    ...{ executor, now, takeRequests, stream },
    ...(text && { text }),
    ...(memoryBytes !== undefined && { memoryBytes }),
    ...(past && { past: () => ownPast(training, past()) }),
    model: from === null ? (base?.() ?? null) : modelOf(from, plan, deps),
    resume: resumeOf(training, deps),
    save: cells.save(name),
  };
}

function modelOf(from: string, { trainings }: Pick<LadderPlan, 'trainings'>, { base, cells }: LadderDeps): SavedModel {
  const start = trainings.find(({ name }) => name === from);
  if (start?.stage === 'base' && base) return base();
  if (cells.ending(from)?.type === 'failed')
    throw new RunFailure('diverged', said`The training ${from}, which this one starts from, has failed.`);
  return cells.model(from);
}

/** A model whose result is there is not measured again. */
function resumeOf({ name, stage }: LadderTraining, { base, cells }: LadderDeps): SavedState | null {
  const state = stage === 'base' && base ? null : cells.resume(name);
  if (!state || cells.results(name).every(({ key }) => key.step !== state.step)) return state;
  return { ...state, counters: { ...state.counters, evaluatedStep: state.step } };
}

/** What a training told in earlier attempts, with its own steps. */
function* ownPast({ name, firstStep }: LadderTraining, past: Iterable<RunEvent>): Generator<RunEvent> {
  let isOwn = false;
  for (const event of past) {
    if (event.type === 'cell.started') isOwn = event.training === name;
    if (event.type === 'run.started') {
      isOwn = false;
      const step = Math.max(0, (event.resumedFrom?.step ?? 0) - firstStep);
      yield { ...event, resumedFrom: { step, checkpoint: '' } };
    } else if (isOwn && 'step' in event) yield { ...event, step: event.step - firstStep };
  }
}
