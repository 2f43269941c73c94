/** Pre-flight of benchmarks: what has no effect beside them, names that two share, and files that are not there. */
import { benchmarkName } from './benchmarkSchema.ts';
import type { Say, Tell } from './checkTelling.ts';
import { valueAt } from './explain.ts';
import type { Finding } from './finding.ts';
import type { EvaluateConfig, RunConfig } from './schema.ts';

/** Said of each benchmark by itself. */
const OF_EACH = ['problems', 'samplesPerProblem', 'temperature', 'topP', 'topK', 'maxNewTokens'] as const;

/** For a config that names benchmarks. */
export function checkBenchmarks(config: EvaluateConfig, say: Say): Finding[] {
  const { warning, written } = say;
  const unused = ['task', 'data']
    .filter((key) => valueAt(written, [key]) !== undefined)
    .map((key) =>
      warning([key], '`{0}` has no effect beside `benchmarks`', 'Remove it, or list it as a benchmark.', [key]),
    );
  const ofEach = OF_EACH.filter((key) => valueAt(written, ['evaluation', key]) !== undefined).map((key) =>
    warning(
      ['evaluation', key],
      '`{0}` has no effect on benchmarks: each has its own',
      'Write it in the entries of `benchmarks`.',
      [key],
    ),
  );
  return [...unused, ...ofEach, ...checkNames(config, say), ...checkGreedyEntries(config, say)];
}

/** Scores and completions are kept by name. */
function checkNames({ benchmarks = [] }: EvaluateConfig, { error }: Say): Finding[] {
  const names = benchmarks.map((entry) => fileNamePart(benchmarkName(entry)));
  return benchmarks.flatMap((entry, place) => {
    const name = benchmarkName(entry);
    if (names.indexOf(fileNamePart(name)) === place) return [];
    return [
      error(
        ['benchmarks', place],
        'two benchmarks have the name {0}, so that their scores could not be told apart',
        'Leave one out, or give it another `name`.',
        [name],
      ),
    ];
  });
}

/** Names that differ only in what a file name cannot have are the same. */
const fileNamePart = (name: string): string => name.replace(/[^\w-]+/g, '_');

function checkGreedyEntries({ benchmarks = [] }: EvaluateConfig, { warning }: Say): Finding[] {
  return benchmarks.flatMap(({ temperature, samplesPerProblem = 1 }, place) =>
    temperature > 0 || samplesPerProblem === 1
      ? []
      : [
          warning(
            ['benchmarks', place, 'samplesPerProblem'],
            'at temperature 0 all {0} completions of a problem are the same',
            'Set `samplesPerProblem` to 1, or raise `temperature`.',
            [samplesPerProblem],
          ),
        ],
  );
}

export function checkBenchmarkPaths(config: RunConfig, isThere: (path: string) => boolean, error: Tell): Finding[] {
  if (config.recipe !== 'evaluate') return [];
  return (config.benchmarks ?? []).flatMap((entry, place) =>
    'task' in entry || entry.path === undefined || isThere(entry.path)
      ? []
      : [
          error(
            ['benchmarks', place, 'path'],
            'there is no such file',
            'Name the file of the benchmark, relative to this config.',
            [],
          ),
        ],
  );
}
