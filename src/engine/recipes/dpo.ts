/**
 * Learning from preferences (DPO, Rafailov et al. 2023, arXiv 2305.18290): of two completions of a prompt the better one is to
 * become likelier than the worse one, measured from the model that training began with; smoothed labels and IPO as settings.
 * Deviation from TRL: what the reference makes of a batch is computed with each step, so that a continued run needs nothing
 * that was computed before. Adapters need no copy of the reference: it is the frozen model without them.
 */
import type { DpoConfig } from '../../config/schema.ts';
import type { Metrics, RunEvent } from '../../protocol/events.ts';
import { modelOf } from '../families/index.ts';
import { preferenceObjective } from '../programs/preference.ts';
import { allocateReference, freeReference } from '../programs/state.ts';
import type { Batch } from './batch.ts';
import type { RecipeDeps } from './deps.ts';
import { exampleTraining, type Lesson } from './exampleTraining.ts';
import { heldOutPairs } from './heldOutPairs.ts';
import type { Step } from './learner.ts';
import { LogProbabilities } from './logProbabilities.ts';
import { withReference } from './preferenceBatch.ts';
import { policyStart, type PolicyStart } from './startingPoint.ts';

export const dpo = (config: DpoConfig, deps: RecipeDeps): AsyncGenerator<RunEvent> =>
  exampleTraining(config, deps, {
    start: () => policyStart(config, deps),
    lesson: (start, passSize) => lessonOf(config, deps, start, passSize),
  });

/** The two sequences of a pair stay in one pass. */
const PAIR = 2;

async function lessonOf(
  { preference }: DpoConfig,
  { executor }: RecipeDeps,
  { config, model, reference: copy }: PolicyStart,
  passSize: () => number,
): Promise<Lesson> {
  // What stays behind must not hold the weights themselves: they are the executor's.
  const isCopied = copy !== null;
  if (isCopied) await allocateReference(executor, model, copy);
  const reference = new LogProbabilities({
    ...{ executor, temperature: 1, isReference: isCopied, mostSequences: () => PAIR * passSize() },
    model: isCopied ? model : modelOf(config),
  });
  const release = { dispose: () => (isCopied ? freeReference(executor, model) : Promise.resolve()) };
  return {
    goal: { objective: preferenceObjective(preference), divisor: pairsIn, together: PAIR },
    complete: (batch) => withReference(batch, reference),
    metrics,
    heldOutScores: heldOutPairs(preference, reference),
    free: [reference, release],
  };
}

const pairsIn = (batches: readonly Batch[]): number => batches.reduce((sum, { size }) => sum + size / PAIR, 0);

/** In TRL's words: means over the pairs of a step. */
function metrics(sums: Step['sums'], batches: readonly Batch[]): Metrics {
  const mean = (name: string): number => (sums[name] ?? Number.NaN) / pairsIn(batches);
  const [chosen, rejected] = [mean('chosen_rewards'), mean('rejected_rewards')];
  return {
    'rewards/chosen': chosen,
    'rewards/rejected': rejected,
    'rewards/accuracies': mean('accurate'),
    'rewards/margins': chosen - rejected,
    'logps/chosen': mean('chosen_logps'),
    'logps/rejected': mean('rejected_logps'),
  };
}
