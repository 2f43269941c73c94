/** What the doctor found on this machine: plain data that the CLI and the extension show in the reader's language. */
import type { Argument } from './sentence.ts';

export interface DoctorReport {
  readonly v: 1;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly findings: readonly DoctorFinding[];
}

export interface DoctorFinding {
  /** What was looked at, e.g. `webgpu`; unique in a report. */
  readonly id: DoctorTopic;
  readonly level: 'ok' | 'info' | 'warning' | 'problem';
  /** An English sentence with `{0}`, `{1}` … for `args`: the key of its translation. */
  readonly sentence: string;
  readonly args: readonly Argument[];
  /** What to do about it, likewise a sentence; null where nothing is to be done. */
  readonly remedy: string | null;
  readonly remedyArgs: readonly Argument[];
}

export type DoctorTopic =
  /** What the others amount to; stands first. */
  | 'verdict'
  | 'runtime'
  | 'platform'
  | 'processor'
  | 'memory'
  | 'disk'
  | 'runsFolder'
  | 'onnxruntime'
  | 'webgpu'
  | 'vulkanLoader'
  | 'vulkanDriver'
  | 'gpuDevices'
  | 'nvidia'
  | 'float16'
  | 'deviceLimits'
  | 'cuda'
  | 'tensorflow';
