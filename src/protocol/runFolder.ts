/** What lies in a run folder, by name and shape. Only the trainer writes there; all others read. */
import type { Recipe, RunError } from './events.ts';

export const RUN_FOLDER = {
  /** Marks a folder as ours: nothing without it is ever deleted. Holds the run id. */
  marker: '.valley-run',
  events: 'events.jsonl',
  lease: 'run.json',
  heartbeat: 'heartbeat.json',
  exit: 'exit.json',
  /** The config exactly as it was run. */
  config: 'config.jsonc',
  /** The same with every default filled in. */
  resolvedConfig: 'config.resolved.json',
  /** Where the model was found at the first attempt, for recipes that need that very one to the end. */
  start: 'start.json',
  /** Mode 0600: the secret a client must present to the control socket. */
  token: 'control.token',
  checkpoints: 'checkpoints',
  samples: 'samples',
  /** Trainings of a ladder, each with its own checkpoints. */
  cells: 'cells',
  /** What a ladder came to. */
  report: 'report',
  /** Subsets that `prepare` wrote. */
  data: 'data',
  /** What the trainer's standard output and error said. */
  log: 'trainer.log',
} as const;

/** Who works in this folder: written whole at the start of each attempt, removed by nobody. */
export interface Lease {
  readonly v: number;
  readonly runId: string;
  /** Random, new for each process: an answer on the socket must echo it. */
  readonly instanceId: string;
  readonly attempt: number;
  readonly pid: number;
  /** The kernel's start time of the process, as an opaque text; null where the platform tells none. */
  readonly processStart: string | null;
  /** Changes with each boot of the machine; null where the platform tells none. */
  readonly bootId: string | null;
  readonly host: string;
  readonly socketPath: string;
  readonly startedAt: number;
  readonly recipe: Recipe;
  readonly name: string;
  /** The config file the run was started from, absolute. */
  readonly configPath: string;
}

/** Replaced every two seconds by a thread that no step blocks. */
export interface Heartbeat {
  readonly instanceId: string;
  readonly beat: number;
  readonly time: number;
  /** When the step thread last showed a sign of life. */
  readonly lastProgress: number;
  readonly step: number;
}

/** Written once, last, by a trainer that ended in order (or that saw its own crash). */
export interface ExitRecord {
  readonly v: number;
  readonly instanceId: string;
  readonly attempt: number;
  readonly outcome: 'finished' | 'stopped' | 'failed';
  readonly exitCode: number;
  readonly error?: RunError;
  /** The end of trainer.log at that moment. */
  readonly lastWords: string;
  readonly time: number;
}

/** manifest.json of a checkpoint folder, written last: a folder without a valid one is no checkpoint. */
export interface CheckpointManifest {
  readonly v: number;
  readonly runId: string;
  readonly step: number;
  readonly time: number;
  /** SHA-256 of the resolved config. */
  readonly configHash: string;
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
  /** The headline score at this step, if it was evaluated; the more the better, so that a loss has a minus. */
  readonly score: number | null;
}

/** An empty file of this name in a checkpoint folder pins it: no policy removes it. Not part of what is hashed. */
export const PINNED_MARKER = 'pinned';

/** In a checkpoint folder where the run trains LoRA adapters. */
export const ADAPTER_FILE = 'adapter_model.safetensors';

/** Folder name of the checkpoint at a step: sorts by name as by step. */
export const checkpointName = (step: number): string => `step-${String(step).padStart(8, '0')}`;

/** The step of a checkpoint's folder name, or null for any other name. */
export function checkpointStep(name: string): number | null {
  const match = /^step-(\d{8})$/.exec(name);
  return match ? Number(match[1]) : null;
}

/** Completions of an evaluation under samples/. Nothing in a benchmark's name or a step that was read somewhere can lead out of the folder. */
export function sampleFileName(benchmark: string, step: number): string {
  if (!isStep(step)) throw new RangeError(`${JSON.stringify(step)} is no step: steps are whole numbers from 0.`);
  return `${benchmark.replace(/[^\w-]+/g, '_').slice(0, 80)}-${String(step).padStart(8, '0')}.jsonl`;
}

const isStep = (step: unknown): boolean => Number.isSafeInteger(step) && Number(step) >= 0;

/** Whether an event of that kind may be believed: its file lies in samples/, and its step is one. */
export const isSampleFile = ({ file, step }: { readonly file: unknown; readonly step: unknown }): boolean =>
  isStep(step) && typeof file === 'string' && /^[\w-]+\.jsonl$/.test(file);

/** The binary file beside it (tokenRecords.ts). */
export const tokenFileName = (sampleFile: string): string => sampleFile.replace(/\.jsonl$/, '.tokens');
