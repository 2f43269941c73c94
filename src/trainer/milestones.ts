/** Milestones go to the process's log too: they are a killed trainer's last words. */
import type { RunEvent } from '../protocol/events.ts';

export function note(event: RunEvent): void {
  switch (event.type) {
    case 'log.written':
      return console.log(`${event.level}: ${event.message}`);
    case 'checkpoint.saved':
      return console.log(`checkpoint ${event.checkpoint} saved (${event.cause})`);
    case 'run.started':
      return console.log(`${event.recipe} started on ${event.executor.executor} ${event.executor.provider}`);
    case 'evaluation.finished':
      return console.log(`evaluated at step ${event.step}`);
    case 'run.queued':
    case 'run.paused':
    case 'run.resumed':
      return console.log(event.type);
    case 'run.finished':
      return console.log(`${event.type}: ${event.reason}`);
    case 'phase.changed':
    case 'step.finished':
    case 'completions.sampled':
    case 'evaluation.progressed':
    case 'checkpoint.removed':
    case 'samples.written':
    case 'run.failed':
      return;
    default:
      event satisfies never;
  }
}
