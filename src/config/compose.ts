/** Configs that no one writes by hand: measure or sample a checkpoint the way its run was set up. */
import type { BenchmarkName } from './benchmarkSchema.ts';
import { rowsIn } from './checksOfRows.ts';
import { areLearned, type RowsConfig } from './rowsSchema.ts';
import { evaluateConfig, sampleConfig, type EvaluateConfig, type ModelRunConfig, type SampleConfig } from './schema.ts';

/** What a person may change for one evaluation. */
export interface EvaluationChanges {
  readonly problems?: number;
  readonly samplesPerProblem?: number;
  readonly temperature?: number;
  readonly seed?: number;
}

export interface SampleWish {
  readonly prompt: string;
  readonly temperature?: number;
  readonly maxNewTokens?: number;
  readonly completions?: number;
  readonly seed?: number;
}

/**
 * Measures `checkpoint` (folder of a checkpoint or run; absolute) with the task, or the rows, and the benchmarks of `like`.
 * Throws ZodError for changes that are out of range.
 */
export function composeEvaluation(
  checkpoint: string,
  like: Exclude<ModelRunConfig, SampleConfig>,
  changes: EvaluationChanges = {},
): EvaluateConfig {
  const { problems, samplesPerProblem, temperature, topP, topK, maxNewTokens, stop, batchSize, seed } = like.evaluation;
  return evaluateConfig.parse({
    ...machineOf(like),
    recipe: 'evaluate',
    name: nameFor('evaluation', like),
    model: { checkpoint },
    ...('task' in like ? { task: like.task } : {}),
    ...given({ data: measuredRowsOf(like) }),
    ...(like.recipe === 'evaluate' ? benchmarksOf(like, changes) : {}),
    evaluation: {
      ...{ problems, samplesPerProblem, temperature, topP, topK, maxNewTokens, stop, batchSize, seed },
      ...(like.recipe === 'evaluate' ? { alternatives: like.evaluation.alternatives } : {}),
      ...given(changes),
    },
  });
}

/** Those of its rows that a run holds out, used as it uses them. */
function measuredRowsOf(like: ModelRunConfig): EvaluateConfig['data'] | (RowsConfig & { use?: 'prompts' }) {
  const rows = rowsIn(like);
  if (rows === null || areLearned(rows)) return rows ?? undefined;
  return { ...rows, use: 'prompts' };
}

/** A published benchmark; without a path the settings tell where it lies. */
export interface BenchmarkWish {
  readonly name: BenchmarkName;
  readonly path?: string;
}

/**
 * Measures `checkpoint` on published benchmarks as the paper does, on the device of `like`, with what its rows told the chat
 * template. Throws ZodError for changes that are out of range.
 */
export function composeBenchmarks(
  checkpoint: string,
  benchmarks: readonly BenchmarkWish[],
  like: ModelRunConfig | null,
  changes: EvaluationChanges = {},
): EvaluateConfig {
  const { seed, ...ofEach } = changes;
  const chatTemplateKwargs = like ? (rowsIn(like)?.chatTemplateKwargs ?? undefined) : undefined;
  return evaluateConfig.parse({
    ...(like ? machineOf(like) : {}),
    recipe: 'evaluate',
    name: nameFor('benchmarks', like),
    model: { checkpoint },
    benchmarks: benchmarks.map((wish) => ({ ...wish, ...given(ofEach) })),
    ...given({ chatTemplateKwargs }),
    evaluation: given({ seed }),
  });
}

/** Changes are of each of them; the seed is that of the evaluation. */
function benchmarksOf(
  { benchmarks, chatTemplateKwargs }: EvaluateConfig,
  { problems, samplesPerProblem, temperature }: EvaluationChanges,
): Partial<EvaluateConfig> {
  const changes = given({ problems, samplesPerProblem, temperature });
  return given({ benchmarks: benchmarks?.map((entry) => ({ ...entry, ...changes })), chatTemplateKwargs });
}

/**
 * Lets `checkpoint` complete a prompt, on the device and with the sampling of `like` (the config of its run, if known): as a
 * message of the user where rows were learned, as it stands where a task was.
 * Throws ZodError for a wish out of range.
 */
export function composeSample(checkpoint: string, wish: SampleWish, like: ModelRunConfig | null = null): SampleConfig {
  const { prompt, seed, ...sampling } = wish;
  return sampleConfig.parse({
    ...(like ? machineOf(like) : {}),
    recipe: 'sample',
    name: nameFor('sample', like),
    model: { checkpoint },
    prompt,
    ...(like ? promptingOf(like) : {}),
    sampling: { ...samplingOf(like), completions: 1, ...given(sampling) },
    ...given({ seed }),
  });
}

const machineOf = ({ device, executor, provider, threads, seed }: ModelRunConfig): Partial<ModelRunConfig> => ({
  device,
  executor,
  provider,
  threads,
  seed,
});

function promptingOf(like: ModelRunConfig): Partial<Pick<SampleConfig, 'applyChatTemplate' | 'chatTemplateKwargs'>> {
  if (like.recipe === 'sample') {
    const { applyChatTemplate, chatTemplateKwargs } = like;
    return { applyChatTemplate, chatTemplateKwargs };
  }
  const rows = rowsIn(like);
  return rows ? { chatTemplateKwargs: rows.chatTemplateKwargs } : { applyChatTemplate: false };
}

/** How completions are drawn by default, where a config says it. */
export function samplingOf(like: ModelRunConfig | null): Partial<SampleConfig['sampling']> {
  if (like?.recipe === 'sample') return like.sampling;
  if (like?.recipe === 'grpo') {
    const { temperature, maxNewTokens } = like.rollout;
    return { temperature, maxNewTokens };
  }
  if (like?.recipe !== 'sft' && like?.recipe !== 'dpo') return {};
  const { temperature, topP, topK, maxNewTokens } = like.sampling;
  return { temperature, topP, topK, maxNewTokens };
}

const nameFor = (what: string, like: ModelRunConfig | null): string =>
  `${what} ${like?.name ?? ''}`.trim().slice(0, 80);

/** Without the entries that are not given. */
const given = <T extends object>(entries: T): Partial<T> =>
  Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as Partial<T>;
