/** The lines that stay: what an event tells someone who reads along. */
import { displayLine } from '../protocol/displayText.ts';
import type { StampedEvent } from '../protocol/events.ts';
import type { RunState } from '../protocol/state.ts';
import { translated } from '../protocol/sentence.ts';
import { translate } from '../protocol/translate.ts';
import { bytes, compact, number } from './format.ts';
import { sourceLine, stageLines, subsetLine } from './preparation.ts';
import { completionLine, evaluationLine, executorLine, type Look } from './render.ts';

/** Lines for an event that was just folded into `run`; none for what only the status shows. */
export function story({ event }: StampedEvent, run: RunState, look: Look): string[] {
  const { strings, paint } = look;
  switch (event.type) {
    case 'run.started':
      return beginning(run, look);
    case 'run.queued': {
      const { device, behind } = event;
      return [
        translate(strings, 'Waiting for {0}, which run {1} holds.', displayLine(device, 60), displayLine(behind, 80)),
      ];
    }
    case 'completions.sampled':
      return event.completions.map((completion) => completionLine(completion, look));
    case 'evaluation.finished':
      return run.evaluations.slice(-1).map((evaluation) => paint.strong(evaluationLine(evaluation, strings)));
    case 'checkpoint.saved':
      if (event.cause === 'planned') return [];
      return [translate(strings, 'Checkpoint {0} saved ({1}).', event.checkpoint, bytes(event.bytes))];
    case 'log.written':
      if (event.level === 'info') return [];
      return [
        (event.level === 'error' ? paint.bad : paint.warn)(
          displayLine(translated(strings, event.message, event.said), 1000),
        ),
      ];
    case 'run.paused':
      return [translate(strings, 'Paused. Continue with: valley resume {0}', run.runId)];
    case 'run.resumed':
      return [translate(strings, 'Resumed.')];
    case 'source.opened':
      return [sourceLine(event.source, look)];
    case 'stage.finished':
      return stageLines(event, look);
    case 'subset.written':
      return [subsetLine(event.subset, look)];
    case 'plan.changed':
      return [translate(strings, '{0} steps', number(event.totalSteps))];
    case 'rows.progressed':
    case 'phase.changed':
    case 'step.finished':
    case 'completions.learned':
    case 'evaluation.progressed':
    case 'checkpoint.removed':
    case 'samples.written':
    case 'run.finished':
    case 'run.failed':
      return [];
    default:
      event satisfies never;
      return [];
  }
}

function beginning(run: RunState, { strings, paint }: Look): string[] {
  // A run that only completes a prompt has no task.
  const task = run.task === '' ? [] : [displayLine(run.task, 60)];
  const size = run.executor === null ? [] : [translate(strings, '{0} parameters', compact(run.parameters))];
  const facts = [...task, ...size];
  if (run.totalSteps > 0) facts.push(translate(strings, '{0} steps', number(run.totalSteps)));
  const lines = [[paint.strong(displayLine(run.name, 80)), ...facts].join(' · ')];
  if (run.executor) lines.push(paint.dim(executorLine(run.executor, strings)));
  if (run.step > 0) lines.push(translate(strings, 'Continues after step {0}.', number(run.step)));
  return lines;
}
