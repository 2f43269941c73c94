/** The completions of a ladder's cell, where they are what its record says. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { RunFailure } from '../../engine/recipes/runFailure.ts';
import type { CellResult } from '../../protocol/ladder.ts';
import { RUN_FOLDER } from '../../protocol/runFolder.ts';
import { answersIn, type KeptAnswer } from '../analysis/answersIn.ts';

/** As `sampleFileName` makes them: no such name leads out of its folder. */
const IS_SAMPLE_FILE = /^[\w-]+\.jsonl$/;
/** Bytes that a token and what stands around a completion take at most, many times over. */
const MOST = { ofToken: 100, ofCompletion: 100_000 };

/** By problem; null where the file is not there, is larger than such completions can be, or holds other than were recorded. */
export async function cellAnswers(
  runFolder: string,
  { completions: { file, count }, outcomes }: CellResult,
): Promise<ReadonlyMap<string, readonly KeptAnswer[]> | null> {
  if (!IS_SAMPLE_FILE.test(file) || count !== outcomes.verdicts.length) return null;
  const path = join(runFolder, RUN_FOLDER.samples, file);
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? Infinity;
  const tokens = outcomes.tokens.reduce((sum, one) => sum + one, 0);
  if (size > MOST.ofToken * tokens + MOST.ofCompletion * count) return null;
  try {
    const answers = await answersIn(path);
    const found = [...answers.values()].reduce((sum, given) => sum + given.length, 0);
    return found === count ? answers : null;
  } catch (error) {
    if (error instanceof RunFailure) return null;
    throw error;
  }
}
