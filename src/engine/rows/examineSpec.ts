/** How rows are to be looked at, as plain data: it crosses to other threads and names what a cache was made by. */
import type { ColumnMapping } from '../formats/format.ts';
import { formats } from '../formats/index.ts';
import type { Json } from '../../protocol/savedState.ts';
import { tokenCounter } from '../tokenizer/countTokens.ts';
import { verifiers } from '../verifiers/index.ts';
import { Decontaminator, type BenchmarkTexts } from './decontaminator.ts';
import { Examiner, type ExamplePart } from './examine.ts';

export interface ExamineSpec {
  readonly format: string;
  readonly mapping: ColumnMapping;
  readonly verifiers: readonly string[];
  readonly benchmarks: readonly BenchmarkTexts[];
  readonly decontaminate: ExamplePart;
  /** Words of an n-gram of a benchmark. */
  readonly ngram: number;
  readonly deduplicate: ExamplePart;
  readonly shingleWords: number;
  /** A tokenizer.json; null counts words. */
  readonly tokenizer: Json | null;
}

/** Raised when what is written of a row changes: older caches are not read any more. */
export const EXAMINE_VERSION = 3;

export function examinerOf(spec: ExamineSpec): Examiner {
  const format = formats.find(({ name }) => name === spec.format);
  if (!format) throw new Error(`There is no format "${spec.format}": list it in formats/index.ts.`);
  return new Examiner({
    reading: { format, mapping: spec.mapping },
    countTokens: tokenCounter(spec.tokenizer),
    verifiers: verifiers.filter(({ name }) => spec.verifiers.includes(name)),
    decontaminator: new Decontaminator(spec.benchmarks, spec.ngram),
    decontaminate: spec.decontaminate,
    deduplicate: spec.deduplicate,
    shingleWords: spec.shingleWords,
  });
}
