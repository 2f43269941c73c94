/** Pre-flight of the recipe `prepare`: files that are not there, and settings that say nothing together. */
import type { Finding } from './finding.ts';
import type { Say, Tell } from './checkTelling.ts';
import type { BenchmarkConfig, PrepareConfig } from './prepareSchema.ts';
import type { Path } from './source.ts';

export const checkPrepare = (config: PrepareConfig, say: Say): Finding[] => [
  ...checkLengths(config, say),
  ...checkSizes(config, say),
  ...checkLong(config, say),
];

/** Every file that the config names must be there. */
export function checkFiles(config: PrepareConfig, isThere: (path: string) => boolean, error: Tell): Finding[] {
  const { sources, decontamination, length } = config;
  const files: readonly NamedFile[] = [
    ...sources.map(({ path }, at): NamedFile => [['sources', at, 'path'], path]),
    ...benchmarkFiles(['decontamination'], decontamination.benchmarks),
    ...(length.tokenizer === undefined ? [] : ([[['length', 'tokenizer'], length.tokenizer]] satisfies NamedFile[])),
  ];
  return missingFiles(files, isThere, error);
}

/** The key of a config that names it, and the file. */
export type NamedFile = readonly [Path, string];

export const benchmarkFiles = (path: Path, benchmarks: readonly BenchmarkConfig[]): readonly NamedFile[] =>
  benchmarks.flatMap((benchmark, at): NamedFile[] =>
    'path' in benchmark ? [[[...path, 'benchmarks', at, 'path'], benchmark.path]] : [],
  );

export const missingFiles = (files: readonly NamedFile[], isThere: (path: string) => boolean, error: Tell): Finding[] =>
  files
    .filter(([, file]) => !isThere(file))
    .map(([path]) => error(path, 'there is no such file', 'Name a file relative to this config.', []));

function checkLengths({ length }: PrepareConfig, { error }: Say): Finding[] {
  const { minTokens, maxTokens } = length;
  if (maxTokens === undefined || maxTokens >= minTokens) return [];
  const remedy = 'Raise `maxTokens`, or lower `minTokens`.';
  return [
    error(['length', 'maxTokens'], 'no row has at least {0} and at most {1} tokens', remedy, [minTokens, maxTokens]),
  ];
}

function checkSizes({ sampling }: PrepareConfig, { error }: Say): Finding[] {
  const { sizes } = sampling;
  const wrong = sizes.findIndex((size, at) => at > 0 && size <= (sizes[at - 1] ?? 0));
  if (wrong < 0) return [];
  return [error(['sampling', 'sizes', wrong], 'sizes of subsets ascend', 'Sort them, each once.', [])];
}

/** A share of long traces needs to know what is long. */
function checkLong({ sampling }: PrepareConfig, { error, warning }: Say): Finding[] {
  const { longShare, longTokens } = sampling;
  if (longShare !== undefined && longTokens === undefined)
    return [error(['sampling', 'longShare'], 'what counts as long is not said', 'Add `longTokens`.', [])];
  if (longShare === undefined && longTokens !== undefined)
    return [
      warning(
        ['sampling', 'longTokens'],
        'the share of long traces is only told, not changed',
        'Add `longShare` to change it.',
        [],
      ),
    ];
  return [];
}
