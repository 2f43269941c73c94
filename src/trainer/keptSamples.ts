/** What an attempt that was stopped or killed has left of an evaluation: whole lines, each with the record of its tokens. */
import { existsSync, readFileSync } from 'node:fs';
import type { Completion } from '../protocol/events.ts';
import { BadTokenFile, TOKEN_FILE_HEAD_BYTES } from '../protocol/tokenRecords.ts';
import { TokenFile } from '../runs/tokenFile.ts';

export interface KeptSamples {
  readonly completions: readonly Completion[];
  /** Of the file of completions, as far as it is of use. */
  readonly bytes: number;
  /** Of the file of tokens, likewise; null where there is none. */
  readonly tokenBytes: number | null;
  readonly alternatives: number;
}

interface Line {
  readonly completion: Completion;
  /** Where it ends. */
  readonly end: number;
}

/** Null where nothing is of use. A line that was torn, and what has no record beside it, is left to be written again. */
export function keptSamples(file: string, tokenFile: string): KeptSamples | null {
  if (!existsSync(file)) return null;
  const lines = wholeLines(readFileSync(file));
  const tokens = existsSync(tokenFile) ? wholeRecords(tokenFile, lines) : null;
  const count = tokens?.ends.length ?? lines.length;
  if (count === 0) return null;
  return {
    completions: lines.slice(0, count).map(({ completion }) => completion),
    bytes: lines[count - 1]?.end ?? 0,
    tokenBytes: tokens ? (tokens.ends[count - 1] ?? TOKEN_FILE_HEAD_BYTES) : null,
    alternatives: tokens?.alternatives ?? 0,
  };
}

const LINE_FEED = 0x0a;

function wholeLines(bytes: Buffer): Line[] {
  const lines: Line[] = [];
  for (let start = 0; ;) {
    const end = bytes.indexOf(LINE_FEED, start) + 1;
    const completion = end > 0 ? completionIn(bytes.toString('utf8', start, end)) : null;
    if (completion === null) return lines;
    lines.push({ completion, end });
    start = end;
  }
}

/** Ends of the records that belong to the first lines, as many as are whole. */
function wholeRecords(
  path: string,
  lines: readonly Line[],
): { readonly ends: readonly number[]; readonly alternatives: number } {
  const ends: number[] = [];
  let file: TokenFile | null = null;
  try {
    file = TokenFile.open(path);
    for (const [i, { completion }] of lines.entries()) {
      const place = file.places[i];
      if (!place || place.index !== completionNumber(completion)) break;
      file.recordAt(place);
      ends.push(place.start + place.bytes);
    }
  } catch (error) {
    if (!(error instanceof BadTokenFile)) throw error;
    console.error(`What lies behind in ${path} is written again: ${error.message}`);
  } finally {
    file?.close();
  }
  return { ends, alternatives: file?.alternatives ?? 0 };
}

/** The last part of its id. */
export const completionNumber = ({ id }: Pick<Completion, 'id'>): number => Number(id.slice(id.lastIndexOf('-') + 1));

function completionIn(line: string): Completion | null {
  try {
    const value: unknown = JSON.parse(line);
    return isCompletion(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** As far as it is relied on: the line is one of ours. */
function isCompletion(value: unknown): value is Completion {
  if (typeof value !== 'object' || value === null) return false;
  const { id, prompt, text, verdict, tokens } = value as Record<string, unknown>;
  return [id, prompt, text, verdict].every((part) => typeof part === 'string') && typeof tokens === 'number';
}
