/** Reads an evaluation back from the completions that its run has kept. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { RunFailure } from '../../engine/recipes/runFailure.ts';
import type { EvaluationIdentity } from '../../protocol/evaluationIdentity.ts';
import { RUN_FOLDER } from '../../protocol/runFolder.ts';
import { said } from '../../protocol/sentence.ts';
import { byteLines } from '../../runs/byteLines.ts';
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

/** A run and a step at which it was measured; null for the newest. */
export interface AskedEvaluation {
  readonly runFolder: string;
  readonly step: number | null;
}

/** By benchmark: the newest, or that of the step. Throws RunFailure `badConfig` where there is none. */
export function evaluationsOf({ runFolder, step }: AskedEvaluation): Map<string, StoredEvaluation> {
  const kept = storedEvaluations(runFolder);
  const meant = kept.filter((stored) => step === null || stored.step === step);
  if (meant.length > 0) return new Map(meant.map((stored) => [stored.benchmark, stored]));
  const remedy = 'Measure a checkpoint: valley evaluate CHECKPOINT.';
  if (kept.length === 0) throw new RunFailure('badConfig', said`${runFolder} keeps no evaluation.`, remedy);
  const steps = [...new Set(kept.map((stored) => stored.step))].join(', ');
  throw new RunFailure(
    'badConfig',
    said`${runFolder} keeps no evaluation of step ${step ?? 0}, only of: ${steps}.`,
    remedy,
  );
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
  for await (const { prompt, gold, verdict, tokens, verifier } of completionsIn(file, isKept)) {
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

/** The lines of a file. Throws RunFailure `badDataset` at one that is no such completion. */
export async function* completionsIn<T>(file: string, is: (value: unknown) => value is T): AsyncGenerator<T> {
  let number = 0;
  for await (const line of byteLines(createReadStream(file))) {
    number++;
    const value = line === null ? null : parsed(line);
    if (!is(value))
      throw new RunFailure(
        'badDataset',
        said`${file} cannot be read: line ${number} is no completion.`,
        'Measure the checkpoint again.',
      );
    yield value;
  }
}

interface Kept {
  readonly prompt: string;
  readonly gold: string | null;
  readonly verdict: string;
  readonly tokens: number;
  readonly verifier?: string;
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
