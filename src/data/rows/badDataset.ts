/** A data file that cannot be read any further, with the rule it breaks; single bad rows are told as `BadRow` instead. */
import { phrase, said, type Told } from '../../protocol/sentence.ts';
import { DataFailure } from '../dataFailure.ts';

export const DATASET_RULES = {
  kind: 'Data lie in files whose names end in .jsonl, .json, .csv, one of these with .gz behind it, or .parquet.',
  gzip: 'A .gz file is one whole gzip stream.',
  gzipGrowth: 'A .gz file grows at most 200 times when it is unpacked.',
  parquetMagic: 'A Parquet file begins and ends with PAR1.',
  parquetFooter: 'The footer of a Parquet file lies inside it, has at most 64 MB and can be read.',
  parquetSchema: 'A Parquet schema has 1 to 10,000 columns, nested at most 32 levels.',
  parquetCounts: 'Row and value counts of a Parquet file agree with each other and with its size.',
  parquetPlace: 'Every column of a Parquet file lies inside it.',
  parquetGrowth: 'A page of a Parquet file grows at most 200 times, to at most 256 MB, when it is unpacked.',
  parquetPages: 'The pages of a Parquet file hold what its footer says.',
  readerLimits: 'A Parquet file is decoded within the memory and time that its size allows.',
} as const;
export type DatasetRule = keyof typeof DATASET_RULES;

export class BadDataset extends DataFailure {
  override readonly name = 'BadDataset';
  readonly rule: DatasetRule;
  readonly detail: Told;

  /** `detail` is a sentence that says what was found instead. */
  constructor(path: string, rule: DatasetRule, detail: Told, cause?: unknown) {
    const found = typeof detail === 'string' ? phrase(detail) : detail;
    const message = said`${path} cannot be read. ${found} The rule: ${phrase(DATASET_RULES[rule])}`;
    super('badDataset', message, 'Fetch or write the file again, or leave it out of `sources`.', cause);
    this.rule = rule;
    this.detail = detail;
  }
}
