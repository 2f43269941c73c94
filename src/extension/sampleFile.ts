/** Reads the completions of an evaluation from a run folder: only files that the run itself has named. */
import { open, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Completion, Verdict } from '../protocol/events.ts';
import { RUN_FOLDER } from '../protocol/runFolder.ts';
import type { Say } from './say.ts';

const FILE_LIMIT = 64 << 20;
const COMPLETIONS_SENT = 5000;
const VERDICTS: readonly Verdict[] = ['correct', 'wrong', 'unparsed', 'ungraded'];

export interface SamplesRead {
  readonly completions: readonly Completion[];
  /** A sentence where something could not be read. */
  readonly problem: string | null;
}

/** One completion per line. Lines that are none are counted, not hidden. */
export async function readSamples(runFolder: string, file: string, say: Say): Promise<SamplesRead> {
  const text = await readInside(runFolder, file).catch((error: Error) => error);
  if (text instanceof Error) return { completions: [], problem: say('{0} cannot be read: {1}', file, text.message) };
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const read = lines.map(completionsIn);
  const completions = read.flatMap((found) => found ?? []);
  const damaged = read.filter((found) => found === null).length;
  const sent = completions.slice(0, COMPLETIONS_SENT);
  if (damaged > 0) return { completions: sent, problem: say('{0} lines of {1} are damaged.', damaged, file) };
  const isCut = sent.length < completions.length;
  return {
    completions: sent,
    problem: isCut ? say('The first {0} of {1} are shown.', sent.length, completions.length) : null,
  };
}

/** Where a file of evaluations lies. Rejects for links that lead elsewhere, and for what is no file: a pipe would never end. */
export async function samplePath(runFolder: string, file: string): Promise<string> {
  const folder = join(runFolder, RUN_FOLDER.samples);
  const real = await realpath(join(folder, basename(file)));
  if (dirname(real) !== (await realpath(folder))) throw new Error('it is a link to another folder');
  if (!(await stat(real)).isFile()) throw new Error('it is no file');
  return real;
}

/** Refuses files beyond the limit. */
async function readInside(runFolder: string, file: string): Promise<string> {
  const handle = await open(await samplePath(runFolder, file), 'r');
  try {
    const { size } = await handle.stat();
    if (size > FILE_LIMIT) throw new Error(`it is larger than ${FILE_LIMIT} bytes`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

/** The completions of a line: one itself, or the list of a stamped event; null for anything else. */
export function completionsIn(line: string): readonly Completion[] | null {
  const value = parse(line);
  if (isCompletion(value)) return [value];
  const event = fieldOf(value, 'event') ?? value;
  const list = fieldOf(event, 'completions');
  return Array.isArray(list) && list.every(isCompletion) ? list : null;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null; // counted as damaged by the caller
  }
}

const fieldOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, key)?.value : undefined;

const isCompletion = (value: unknown): value is Completion =>
  ['id', 'prompt', 'text', 'trace'].every((key) => typeof fieldOf(value, key) === 'string') &&
  ['answer', 'gold'].every((key) => fieldOf(value, key) === null || typeof fieldOf(value, key) === 'string') &&
  VERDICTS.some((known) => known === fieldOf(value, 'verdict')) &&
  ['stop', 'length'].some((known) => known === fieldOf(value, 'finishReason')) &&
  ['step', 'tokens', 'seed', 'temperature'].every((key) => typeof fieldOf(value, key) === 'number');
