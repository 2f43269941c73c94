/** The private socket: one JSON object per line. Commands go in, wake-ups and the tokens of an interactive sample come out. */
import type { RunCommand } from './events.ts';

export type ToTrainer =
  | { readonly type: 'hello'; readonly token: string; readonly protocol: number }
  | { readonly type: 'command'; readonly command: RunCommand };

export type FromTrainer =
  | { readonly type: 'welcome'; readonly runId: string; readonly instanceId: string }
  /** Something was appended to events.jsonl. */
  | { readonly type: 'woke' }
  /** The next piece of the interactive sample under way. */
  | { readonly type: 'sampled'; readonly text: string; readonly done: boolean };

/** A longer line than this closes the connection. */
export const CONTROL_LINE_LIMIT = 1 << 20;
