/** Reads the problems of a benchmark from its file; what cannot be read is counted and told, never passed over in silence. */
import { rowBlocks, type ParquetReader } from '../../data/rows/rowBlocks.ts';
import { textLines } from '../../data/rows/textLines.ts';
import { BenchmarkRow, type Benchmark, type BenchmarkProblem } from '../../engine/benchmarks/benchmark.ts';
import { UnreadableRow } from '../../engine/formats/format.ts';
import { RunFailure } from '../../engine/recipes/runFailure.ts';
import { readRow } from '../../engine/rows/readRow.ts';
import { reasonText } from '../../protocol/preparationText.ts';
import { phrase, said, type Sentence } from '../../protocol/sentence.ts';

export interface ReadBenchmark {
  readonly problems: readonly BenchmarkProblem[];
  /** Rows of other sets in the same file. */
  readonly others: number;
  /** Rows that cannot be read: why, and how many. */
  readonly bad: ReadonlyMap<string, number>;
}

/** `seed` shuffles choices. Throws `BadDataset`, `FileFailure` and 'badDataset' where no problem is left or an id comes twice. */
export async function readBenchmark(
  path: string,
  benchmark: Benchmark,
  { seed, parquet }: { readonly seed: number; readonly parquet: ParquetReader },
): Promise<ReadBenchmark> {
  const bad = new Map<string, number>();
  const count = (why: string, rows = 1): void => void bad.set(why, (bad.get(why) ?? 0) + rows);
  const problems = new Map<string, BenchmarkProblem>();
  let [place, others] = [0, 0];
  for await (const block of rowBlocks(path, parquet)) {
    for (const { rule, rows } of block.bad) count(reasonText(rule), rows);
    for (const line of textLines(block.bytes)) {
      if (line?.trim() === '') continue;
      const read = problemOf(line, benchmark, place++, seed);
      if (read === null) others++;
      else if ('why' in read) count(read.why);
      else if (problems.has(read.id)) throw twice(path, read.id);
      else problems.set(read.id, read);
    }
  }
  if (problems.size === 0) throw nothing(path, benchmark.title, [...bad.keys()]);
  return { problems: [...problems.values()], others, bad };
}

function problemOf(
  line: string | null,
  benchmark: Benchmark,
  place: number,
  seed: number,
): BenchmarkProblem | { readonly why: string } | null {
  if (line === null) return { why: reasonText('notUtf8') };
  const read = readRow(line);
  if ('bad' in read) return { why: reasonText(read.bad.rule) };
  try {
    return benchmark.parse(new BenchmarkRow(read.row), { place, seed });
  } catch (error) {
    if (error instanceof UnreadableRow) return { why: error.message };
    throw error;
  }
}

const twice = (path: string, id: string): RunFailure =>
  new RunFailure(
    'badDataset',
    said`${path} has two problems with the id "${id}".`,
    'Name the file of one benchmark, with each problem once.',
  );

const nothing = (path: string, title: string, why: readonly string[]): RunFailure =>
  new RunFailure(
    'badDataset',
    said`${path} has no problem of ${title} that can be read (${why.length === 0 ? '–' : listed(why.slice(0, 3))}).`,
    'Name the file as its publisher gives it, or describe a file of your own by its columns.',
  );

const listed = (why: readonly string[]): Sentence => ({
  text: why.map((_, place) => `{${place}}`).join('; '),
  args: why.map(phrase),
});
