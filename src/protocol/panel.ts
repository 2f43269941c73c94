/** Messages between the extension host and the panel. Ids from a list the host holds; never paths, commands or markup. */
import type { Completion, StampedEvent } from './events.ts';
import type { RunState } from './state.ts';

/** Host to panel. A snapshot replaces everything; events continue from it. */
export type ToPanel =
  | {
      readonly type: 'snapshot';
      readonly run: RunState;
      readonly health: Health;
      readonly locale: string;
      readonly strings: Readonly<Record<string, string>>;
    }
  | { readonly type: 'events'; readonly events: readonly StampedEvent[] }
  | { readonly type: 'health'; readonly health: Health }
  | {
      readonly type: 'samples';
      readonly file: string;
      readonly completions: readonly Completion[];
      readonly problem: string | null;
    }
  /** Text of the interactive sample under way, so far. */
  | { readonly type: 'streaming'; readonly text: string; readonly done: boolean };

/** What an observer concludes about the process behind a run. */
export type Health =
  /** No trainer is expected: the run ended in order. */
  | { readonly kind: 'ended' }
  | { readonly kind: 'alive' }
  /** `abandonedOn`: another machine, silent for so long that the run may be continued here. */
  | { readonly kind: 'notResponding'; readonly since: number; readonly abandonedOn?: string }
  /** The process is gone and left no exit record. */
  | { readonly kind: 'lost'; readonly lastWords: string };

/** Panel to host. */
export type FromPanel =
  | { readonly type: 'ready' }
  | { readonly type: 'act'; readonly action: PanelAction }
  | { readonly type: 'openCompletion'; readonly id: string }
  | { readonly type: 'loadSamples'; readonly file: string }
  | { readonly type: 'reportError'; readonly message: string };

export const PANEL_ACTIONS = [
  'pause',
  'resume',
  'stop',
  'saveCheckpoint',
  'continue',
  'sample',
  'evaluate',
  'revealFolder',
  'openConfig',
  'openLog',
  'doctor',
] as const;
export type PanelAction = (typeof PANEL_ACTIONS)[number];
