/** What earlier attempts at an evaluation have told and kept: a continued one goes on there. */
import type { KeptEvaluation } from '../engine/recipes/deps.ts';
import type { EvaluationIdentity } from '../protocol/evaluationIdentity.ts';
import { EventTail } from '../runs/eventTail.ts';
import type { SampleFiles } from './sampleFiles.ts';

/** Of an evaluation that has no training around it. */
const STEP = 0;

/** Asked for a benchmark by name. To be made before the new attempt tells anything. */
export function earlierEvaluations(
  runFolder: string,
  samples: SampleFiles,
): (benchmark: string) => KeptEvaluation | null {
  const identities = new Map<string, EvaluationIdentity>();
  const finished = new Set<string>();
  const tail = new EventTail(runFolder);
  do {
    for (const { event } of tail.read()) {
      if (event.type === 'evaluation.progressed' && event.identity) identities.set(event.benchmark, event.identity);
      if (event.type === 'samples.written') finished.add(event.benchmark);
    }
  } while (tail.hasMore);
  return (benchmark) => {
    const identity = identities.get(benchmark);
    if (!identity) return null;
    return { identity, isFinished: finished.has(benchmark), take: () => samples.goOn(benchmark, STEP) };
  };
}
