/** Reads an evaluation back from the completions that its run has kept. */
import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { RunFailure } from '../../engine/recipes/runFailure.ts';
import { RUN_FOLDER } from '../../protocol/runFolder.ts';
import { said } from '../../protocol/sentence.ts';

/** What one problem's completions came to. */
export interface StoredItem {
  readonly prompt: string;
  readonly gold: string;
  count: number;
  correct: number;
  tokens: number;
}

/** A file under samples/. */
export interface StoredEvaluation {
  readonly runFolder: string;
  readonly file: string;
  /** As it is in the file's name. */
  readonly benchmark: string;
  readonly step: number;
}

/** All that a run keeps, by benchmark and step. */
export function storedEvaluations(runFolder: string): StoredEvaluation[] {
  const folder = join(runFolder, RUN_FOLDER.samples);
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  return names.flatMap((name) => {
    const [, benchmark, digits] = /^(.+)-(\d{8})\.jsonl$/.exec(name) ?? [];
    return benchmark === undefined ? [] : [{ runFolder, file: join(folder, name), benchmark, step: Number(digits) }];
  });
}

/** Problems by prompt and right answer; completions without one are passed over. */
export async function readItems({ file }: StoredEvaluation): Promise<Map<string, StoredItem>> {
  const items = new Map<string, StoredItem>();
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity });
  let number = 0;
  for await (const line of lines) {
    number++;
    const { prompt, gold, verdict, tokens } = completionOf(line, file, number);
    if (gold === null || verdict === 'ungraded') continue;
    const key = JSON.stringify([prompt, gold]);
    const item = items.get(key) ?? { prompt, gold, count: 0, correct: 0, tokens: 0 };
    item.count++;
    item.tokens += tokens;
    if (verdict === 'correct') item.correct++;
    items.set(key, item);
  }
  return items;
}

interface Kept {
  readonly prompt: string;
  readonly gold: string | null;
  readonly verdict: string;
  readonly tokens: number;
}

function completionOf(line: string, file: string, number: number): Kept {
  const value = parsed(line);
  if (isKept(value)) return value;
  throw new RunFailure(
    'badDataset',
    said`${file} cannot be read: line ${number} is no completion.`,
    'Measure the checkpoint again.',
  );
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isKept(value: unknown): value is Kept {
  if (typeof value !== 'object' || value === null) return false;
  const { prompt, gold, verdict, tokens } = value as Record<string, unknown>;
  return (
    typeof prompt === 'string' &&
    (gold === null || typeof gold === 'string') &&
    typeof verdict === 'string' &&
    typeof tokens === 'number'
  );
}
