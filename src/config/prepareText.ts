/** A config of the recipe `prepare` for one data file, as it was guessed to be read: to be looked over and changed. */
import type { DataPreview } from '../protocol/dataPreview.ts';

/** `path` is written into the config: relative to where the config will lie. */
export const prepareText = (
  { format, columns }: Pick<DataPreview, 'format' | 'columns'>,
  path: string,
): string => `// Makes subsets to be learned from data as they are on disk. Every key that is left out has a default: hover over a key to read it.
{
  "recipe": "prepare",
  "seed": 1,

  // How the file is read, as its first rows look. Change a column here if it was guessed wrong.
  "sources": [
    {
      "path": ${JSON.stringify(path)},
      "format": ${JSON.stringify(format ?? 'auto')},
      "columns": ${JSON.stringify(columns)},
    },
  ],
  "onBadRow": "skip",

  // Rows that say what another one says, letter by letter or nearly.
  "duplicates": { "exact": true, "near": true, "similarity": 0.8 },

  // Name every benchmark that you will measure with: { "path": "benchmark.jsonl" } or { "task": { "name": "arithmetic" } }.
  "decontamination": { "benchmarks": [] },

  // Right answers only: "verified" asks for a verdict or a right answer in the data.
  "correctness": { "keep": "notWrong" },
  "tracesPerProblem": "all",

  // Subsets of 8,000 rows and more, each inside the next: "sizes": [8000, 16000, 32000].
  "sampling": { "sizes": [] },
}
`;
