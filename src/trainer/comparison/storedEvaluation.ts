/** Reads an evaluation back from the completions that its run has kept. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { RunFailure } from '../../engine/recipes/runFailure.ts';
import type { EvaluationIdentity } from '../../protocol/evaluationIdentity.ts';
import { RUN_FOLDER } from '../../protocol/runFolder.ts';
import { said } from '../../protocol/sentence.ts';
import { foldedRun } from '../foldedRun.ts';

/** What one problem's completions came to. */
export interface StoredItem {
  readonly prompt: string;
  readonly gold: string;
  count: number;
  correct: number;
  tokens: number;
}

/** An evaluation that went to its end. */
export interface StoredEvaluation {
  readonly runFolder: string;
  /** Of its completions, absolute. */
  readonly file: string;
  readonly benchmark: string;
  readonly step: number;
  /** What it was; null where its run told no such thing. */
  readonly identity: EvaluationIdentity | null;
}

/** All that a run keeps, by step and then as they were told. Those that were interrupted are none. */
export function storedEvaluations(runFolder: string): StoredEvaluation[] {
  const { sampleFiles, evaluations } = foldedRun(runFolder);
  const identityOf = ({ benchmark, step }: Pick<StoredEvaluation, 'benchmark' | 'step'>): EvaluationIdentity | null =>
    evaluations.find((known) => known.benchmark === benchmark && known.step === step)?.identity ?? null;
  return sampleFiles
    .map(({ file, benchmark, step }) => ({
      ...{ runFolder, benchmark, step, identity: identityOf({ benchmark, step }) },
      file: join(runFolder, RUN_FOLDER.samples, file),
    }))
    .sort((a, b) => a.step - b.step);
}

export interface ReadItems {
  /** Problems by prompt and right answer. */
  readonly items: ReadonlyMap<string, StoredItem>;
  /** Who judged, as far as it was told; more than one name only where completions differ in it. */
  readonly verifier: string | null;
}

/** Completions without a right answer are passed over. */
export async function readItems({ file }: StoredEvaluation): Promise<ReadItems> {
  const items = new Map<string, StoredItem>();
  const verifiers = new Set<string>();
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity });
  let number = 0;
  for await (const line of lines) {
    number++;
    const { prompt, gold, verdict, tokens, verifier } = completionOf(line, file, number);
    if (gold === null || verdict === 'ungraded') continue;
    if (verifier !== undefined) verifiers.add(verifier);
    const key = JSON.stringify([prompt, gold]);
    const item = items.get(key) ?? { prompt, gold, count: 0, correct: 0, tokens: 0 };
    item.count++;
    item.tokens += tokens;
    if (verdict === 'correct') item.correct++;
    items.set(key, item);
  }
  return { items, verifier: [...verifiers].sort().join(', ') || null };
}

interface Kept {
  readonly prompt: string;
  readonly gold: string | null;
  readonly verdict: string;
  readonly tokens: number;
  readonly verifier?: string;
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
  const { prompt, gold, verdict, tokens, verifier } = value as Record<string, unknown>;
  return (
    typeof prompt === 'string' &&
    (gold === null || typeof gold === 'string') &&
    typeof verdict === 'string' &&
    typeof tokens === 'number' &&
    (verifier === undefined || typeof verifier === 'string')
  );
}
