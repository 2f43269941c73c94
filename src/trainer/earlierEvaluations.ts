/** What earlier attempts at an evaluation have told and kept: a continued one goes on there. */
import type { KeptEvaluation } from '../engine/recipes/deps.ts';
import type { ExecutorIdentity } from '../protocol/events.ts';
import { toldEvents } from './foldedRun.ts';
import type { SampleFiles } from './sampleFiles.ts';

/** Of an evaluation that has no training around it. */
const STEP = 0;

/** Asked for a benchmark by name. To be made before the new attempt tells anything. */
export function earlierEvaluations(
  runFolder: string,
  samples: SampleFiles,
): (benchmark: string) => KeptEvaluation | null {
  const begun = new Map<string, Pick<KeptEvaluation, 'identity' | 'executor'>>();
  const finished = new Set<string>();
  let executor: ExecutorIdentity | null = null;
  for (const { event } of toldEvents(runFolder)) {
    if (event.type === 'run.started') executor = event.executor;
    if (event.type === 'evaluation.progressed' && event.identity) {
      begun.set(event.benchmark, { identity: event.identity, executor });
      finished.delete(event.benchmark);
    }
    if (event.type === 'samples.written') finished.add(event.benchmark);
  }
  return (benchmark) => {
    const known = begun.get(benchmark);
    if (!known) return null;
    return {
      ...known,
      isFinished: finished.has(benchmark) && samples.has(benchmark, STEP),
      take: () => samples.goOn(benchmark, STEP),
      discard: () => samples.discard(benchmark, STEP),
    };
  };
}
