/** How a run stands (its own state seen together with the health of its process) and what may be asked of it. */
import { isTrainingRecipe } from '../src/protocol/events.ts';
import type { Health, PanelAction } from '../src/protocol/panel.ts';
import type { RunState, RunStatus } from '../src/protocol/state.ts';

export type Standing = RunStatus | 'notResponding';

/** An ended run stands as it ended; a dead or silent process overrules what its last event said. */
export function standingOf(run: RunState, health: Health): Standing {
  if (run.status === 'finished' || run.status === 'stopped' || run.status === 'failed') return run.status;
  if (health.kind === 'lost') return 'lost';
  return health.kind === 'notResponding' ? 'notResponding' : run.status;
}

/** The actions that make sense now, the most important first. */
export function actionsOf(standing: Standing, run: RunState): PanelAction[] {
  switch (standing) {
    case 'starting':
    case 'queued':
      return ['stop'];
    case 'running':
      return isTrainingRecipe(run.recipe) ? ['pause', 'stop', 'saveCheckpoint'] : ['pause', 'stop'];
    case 'paused':
      return isTrainingRecipe(run.recipe) ? ['resume', 'stop', 'saveCheckpoint'] : ['resume', 'stop'];
    case 'notResponding':
      return ['stop', 'openLog'];
    case 'finished':
      return run.checkpoints.length > 0 ? ['sample', 'evaluate'] : [];
    case 'stopped':
    case 'failed':
    case 'lost':
      return ['continue', 'openLog'];
    default:
      return standing satisfies never;
  }
}
