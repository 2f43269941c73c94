/** Names for evaluations as texts: what the reader chose is kept as text, and maps are looked up by it. */
import type { EvaluationFile, EvaluationPair, EvaluationReference } from '../src/protocol/panel.ts';

export const referenceKey = ({ run, step }: EvaluationReference): string => JSON.stringify([run, step]);

/** The evaluation of a key; null for a text that is none, which an older version may have kept. */
export function referenceOf(key: string): EvaluationReference | null {
  const [run, step] = partsOf(key);
  return isRun(run) && typeof step === 'number' ? { run, step } : null;
}

export const fileKey = ({ run, file }: EvaluationFile): string => JSON.stringify([run, file]);

export function fileOf(key: string): EvaluationFile | null {
  const [run, file] = partsOf(key);
  return isRun(run) && typeof file === 'string' ? { run, file } : null;
}

export const pairKey = ({ before, after, matters }: EvaluationPair): string =>
  JSON.stringify([referenceKey(before), referenceKey(after), matters]);

const isRun = (value: unknown): value is string | null => value === null || typeof value === 'string';

function partsOf(key: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(key);
    return Array.isArray(parts) ? parts : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
