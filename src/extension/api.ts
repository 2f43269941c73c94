/** What the extension tells other extensions and tests: plain values, read only. */
import type { RunStatus } from '../protocol/state.ts';
import type { RunPanels } from './runPanels.ts';
import type { RunRegistry } from './runRegistry.ts';

export interface ValleyApi {
  readonly version: 1;
  /** Milliseconds that `activate` took. */
  readonly activationMs: number;
  readonly whenScanned: () => Promise<void>;
  readonly runs: () => readonly RunFacts[];
  readonly panels: () => readonly PanelFacts[];
  /** Messages from panels that were refused. */
  readonly droppedMessages: () => number;
}

export interface RunFacts {
  readonly runId: string;
  readonly folder: string;
  readonly status: RunStatus;
  readonly health: string;
  readonly name: string;
  readonly recipe: string | null;
  readonly attempt: number;
  readonly step: number;
  readonly totalSteps: number;
  /** The following are 0 until the events were read. */
  readonly completions: number;
  readonly evaluations: number;
  readonly checkpoints: number;
  readonly dropped: number;
}

export interface PanelFacts {
  readonly runId: string;
  readonly visible: boolean;
  readonly ready: boolean;
  readonly shownAt: number | null;
}

export function valleyApi(registry: RunRegistry, panels: RunPanels, activationMs: number): ValleyApi {
  return {
    version: 1,
    activationMs,
    whenScanned: () => registry.whenScanned,
    runs: () => runFacts(registry),
    panels: () =>
      panels.all.map(({ run, isVisible, isReady, shownAt }) => ({
        runId: run.id,
        visible: isVisible,
        ready: isReady,
        shownAt,
      })),
    droppedMessages: () => panels.refused,
  };
}

const runFacts = (registry: RunRegistry): RunFacts[] =>
  registry.runs.map((run) => {
    const { folder, name, recipe, attempt, step, totalSteps } = run.summary;
    return {
      runId: run.id,
      folder,
      status: run.status,
      health: run.health.kind,
      name,
      recipe,
      attempt,
      step,
      totalSteps,
      completions: run.state?.completions.length ?? 0,
      evaluations: run.state?.evaluations.length ?? 0,
      checkpoints: run.state?.checkpoints.length ?? 0,
      dropped: run.damaged,
    };
  });
