/** What the trainer process was asked to do on its command line. */
import { parseArgs } from 'node:util';
import type { RuntimeIdentity } from '../protocol/events.ts';
import { GRADERS } from '../protocol/grading.ts';
import { EXPORT_DTYPES, EXPORT_FORMS, GGUF_TYPES } from '../protocol/exportReport.ts';
import { checkpointStep } from '../protocol/runFolder.ts';
import type { CompareOptions } from './comparison/compareEvaluations.ts';
import type { ExportOptions } from './export/exportModel.ts';
import type { GradeOrder } from './grading/gradeFile.ts';
import type { RegradeOptions } from './regrade/regradeRun.ts';

/** One attempt at a run. */
export interface RunInvocation {
  readonly kind: 'run';
  /** The config file; with `configJson` it only says where relative paths start. Null only for a continuation. */
  readonly config: string | null;
  readonly configJson: string | null;
  readonly runFolder: string;
  readonly runId: string | null;
  readonly onBusy: 'queue' | 'refuse';
  readonly foundBy: RuntimeIdentity['foundBy'];
  readonly isContinuation: boolean;
  /** What the lease must echo to whoever started this process. */
  readonly instanceId: string | null;
}

export type Invocation =
  | RunInvocation
  | { readonly kind: 'doctor' }
  | { readonly kind: 'preview'; readonly file: string }
  | { readonly kind: 'preflight'; readonly config: string; readonly isAll: boolean }
  | ({ readonly kind: 'example' } & ExampleInvocation)
  | ({ readonly kind: 'export' } & ExportOptions)
  | ({ readonly kind: 'compare' } & CompareOptions)
  | ({ readonly kind: 'grade' } & GradeOrder)
  | ({ readonly kind: 'regrade' } & RegradeOptions)
  | { readonly kind: 'pin'; readonly runFolder: string; readonly step: number; readonly isPinned: boolean };

/** Rows of a training to be looked at. */
export interface ExampleInvocation {
  readonly config: string;
  /** From 1. */
  readonly row: number;
  readonly count: number;
  readonly isBrief: boolean;
}

/** The command line is wrong; the message says how. */
export class UsageError extends Error {}

const FOUND_BY = ['setting', 'path', 'editor', 'cli'] as const;
const ON_BUSY = ['queue', 'refuse'] as const;
const IDENTIFIER = /^[\w-]{1,100}$/;

/** Reads `process.argv` without its first two entries. Throws `UsageError`. */
export function readInvocation(args: readonly string[]): Invocation {
  const [kind, ...rest] = args;
  const values = readOptions(rest);
  if (kind === 'run') return readRun(values);
  if (kind === 'pin') return readPin(values);
  if (kind === 'preview') return { kind, file: required(values, 'file') };
  if (kind === 'preflight') return { kind, config: required(values, 'config'), isAll: values.all === true };
  if (kind === 'example') return { kind, ...readExample(values) };
  if (kind === 'export') return readExport(values);
  if (kind === 'compare') return readCompare(values);
  if (kind === 'grade') return readGrade(values);
  if (kind === 'regrade') return { kind, runFolder: required(values, 'run-folder'), out: required(values, 'out') };
  if (kind === 'doctor') return { kind };
  throw new UsageError(
    `The trainer knows run, doctor, preview, preflight, example, grade, regrade, export, compare and pin, not "${kind ?? ''}".`,
  );
}

type Options = ReturnType<typeof readOptions>;

function readOptions(args: string[]) {
  const text = { type: 'string' } as const;
  const options = {
    config: text,
    'config-json': text,
    'run-folder': text,
    'run-id': text,
    'on-busy': text,
    'found-by': text,
    instance: text,
    checkpoint: text,
    file: text,
    pinned: text,
    out: text,
    form: text,
    dtype: text,
    gguf: text,
    'shard-megabytes': text,
    before: text,
    'before-step': text,
    after: text,
    'after-step': text,
    matters: text,
    grader: text,
    pattern: text,
    command: text,
    strict: { type: 'boolean' },
    row: text,
    count: text,
    continue: { type: 'boolean' },
    all: { type: 'boolean' },
    brief: { type: 'boolean' },
  } as const;
  try {
    return parseArgs({ args, options, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readRun(values: Options): RunInvocation {
  const isContinuation = values.continue === true;
  if (values.config === undefined && !isContinuation) throw new UsageError('--config is missing.');
  return {
    kind: 'run',
    config: values.config ?? null,
    configJson: values['config-json'] ?? null,
    runFolder: required(values, 'run-folder'),
    runId: identifier(values, 'run-id'),
    onBusy: oneOf(values, 'on-busy', ON_BUSY, 'queue'),
    foundBy: oneOf(values, 'found-by', FOUND_BY, 'cli'),
    isContinuation,
    instanceId: identifier(values, 'instance'),
  };
}

function readPin(values: Options): Invocation {
  const step = checkpointStep(required(values, 'checkpoint'));
  if (step === null) throw new UsageError(`--checkpoint is "${values.checkpoint}", not a name like step-00000100.`);
  const isPinned = oneOf(values, 'pinned', ['true', 'false'], 'true') === 'true';
  return { kind: 'pin', runFolder: required(values, 'run-folder'), step, isPinned };
}

function readGrade(values: Options): Invocation {
  return {
    kind: 'grade',
    input: required(values, 'file'),
    out: required(values, 'out'),
    grader: oneOf(values, 'grader', GRADERS, 'math'),
    isStrict: values.strict === true,
    pattern: values.pattern ?? null,
    command: values.command === undefined ? null : words(values.command),
  };
}

/** Program and arguments, as a JSON array of texts. */
function words(json: string): readonly string[] {
  const value: unknown = JSON.parse(json);
  if (Array.isArray(value) && value.every((word) => typeof word === 'string')) return value;
  throw new UsageError(`--command is ${json}, not a JSON array of texts.`);
}

function readExport(values: Options): Invocation {
  const megabytes = Number(values['shard-megabytes'] ?? '5000');
  if (!Number.isFinite(megabytes) || megabytes <= 0)
    throw new UsageError(`--shard-megabytes is "${values['shard-megabytes']}", not a number above 0.`);
  return {
    kind: 'export',
    source: required(values, 'checkpoint'),
    out: required(values, 'out'),
    form: oneOf(values, 'form', EXPORT_FORMS, 'model'),
    dtype: oneOf(values, 'dtype', EXPORT_DTYPES, 'float32'),
    gguf: oneOf(values, 'gguf', GGUF_TYPES, 'f16'),
    shardBytes: megabytes * 1e6,
  };
}

function readCompare(values: Options): Invocation {
  const matters = Number(values.matters ?? '0.05');
  if (!(matters > 0 && matters < 1))
    throw new UsageError(`--matters is "${values.matters}", not a share between 0 and 1.`);
  return {
    kind: 'compare',
    before: { runFolder: required(values, 'before'), step: stepOf(values, 'before-step') },
    after: { runFolder: required(values, 'after'), step: stepOf(values, 'after-step') },
    matters,
  };
}

function stepOf(values: Options, name: 'before-step' | 'after-step'): number | null {
  const value = values[name] ?? null;
  if (value === null || /^\d{1,8}$/.test(value)) return value === null ? null : Number(value);
  throw new UsageError(`--${name} is "${value}", not a number of steps.`);
}

const readExample = (values: Options): ExampleInvocation => ({
  config: required(values, 'config'),
  row: wholeNumber(values, 'row', 1),
  count: wholeNumber(values, 'count', 1),
  isBrief: values.brief === true,
});

function wholeNumber(values: Options, name: 'row' | 'count', otherwise: number): number {
  const value = Number(values[name] ?? otherwise);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new UsageError(`--${name} is "${values[name]}", not a whole number above 0.`);
}

function required(
  values: Options,
  name: 'config' | 'run-folder' | 'checkpoint' | 'file' | 'out' | 'before' | 'after',
): string {
  const value = values[name];
  if (!value) throw new UsageError(`--${name} is missing.`);
  return value;
}

function identifier(values: Options, name: 'run-id' | 'instance'): string | null {
  const value = values[name] ?? null;
  if (value === null || IDENTIFIER.test(value)) return value;
  throw new UsageError(`--${name} is "${value}"; only letters, digits, - and _ may be in it, at most 100.`);
}

function oneOf<T extends string>(
  values: Options,
  name: 'on-busy' | 'found-by' | 'pinned' | 'form' | 'dtype' | 'grader' | 'gguf',
  allowed: readonly T[],
  otherwise: T,
): T {
  const value = values[name] ?? otherwise;
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  throw new UsageError(`--${name} is "${value}"; it may be ${allowed.join(', ')}.`);
}
