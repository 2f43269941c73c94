/** Milestones go to the process's log too: they are a killed trainer's last words. */
import type { ExecutorIdentity, RunEvent } from '../protocol/events.ts';

const on = ({ executor, provider }: ExecutorIdentity): string => ` on ${executor} ${provider}`;

export function note(event: RunEvent): void {
  switch (event.type) {
    case 'log.written':
      return console.log(`${event.level}: ${event.message}`);
    case 'checkpoint.saved':
      return console.log(`checkpoint ${event.checkpoint} saved (${event.cause})`);
    case 'run.started':
      return console.log(`${event.recipe} started${event.executor ? on(event.executor) : ''}`);
    case 'evaluation.finished':
      return console.log(`evaluated at step ${event.step}`);
    case 'run.queued':
    case 'run.paused':
    case 'run.resumed':
      return console.log(event.type);
    case 'run.finished':
      return console.log(`${event.type}: ${event.reason}`);
    case 'source.opened':
      return console.log(`reading ${event.source.path} as ${event.source.format}`);
    case 'stage.finished':
      return console.log(`${event.stage}: ${event.rowsIn} rows in, ${event.statistics.rows} out`);
    case 'subset.written':
      return console.log(`${event.subset.file} written (${event.subset.statistics.rows} rows)`);
    case 'plan.changed':
      return console.log(`${event.totalSteps} steps`);
    case 'rows.progressed':
    case 'phase.changed':
    case 'step.finished':
    case 'completions.sampled':
    case 'completions.learned':
    case 'evaluation.progressed':
    case 'checkpoint.removed':
    case 'samples.written':
    case 'run.failed':
      return;
    default:
      event satisfies never;
  }
}
