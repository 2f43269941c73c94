/** `valley evaluate CHECKPOINT|RUN`: a score with its interval, measured as the run was measured or as a config says. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { BENCHMARK_NAMES } from '../../config/benchmarkSchema.ts';
import { type BenchmarkWish, composeBenchmarks, composeEvaluation } from '../../config/compose.ts';
import { parseConfig } from '../../config/parseConfig.ts';
import type { EvaluateConfig, ModelRunConfig, RunConfig, SampleConfig } from '../../config/schema.ts';
import { RUN_FOLDER } from '../../protocol/runFolder.ts';
import { translate } from '../../protocol/translate.ts';
import { readLease } from '../../runs/facts.ts';
import { runsRootOf } from '../../runs/runsRoot.ts';
import type { Arguments } from '../arguments.ts';
import { requireConfig } from '../configFile.ts';
import { BadInput, type Console } from '../console.ts';
import { locateCheckpoint, newFolder, resolvedConfigOf, type CheckpointPlace } from '../locate.ts';
import { COUNT, numeric, onBusy, SEED, TEMPERATURE, text } from '../options.ts';
import { reporterFor, startAndFollow, type Order } from '../start.ts';

export async function evaluate({ words: [word = ''], options }: Arguments, console: Console): Promise<number> {
  const { strings } = console;
  const changes = {
    ...defined('problems', numeric(options, 'problems', COUNT, strings)),
    ...defined('samplesPerProblem', numeric(options, 'samples', COUNT, strings)),
    ...defined('temperature', numeric(options, 'temperature', TEMPERATURE, strings)),
    ...defined('seed', numeric(options, 'seed', SEED, strings)),
  };
  const place = await locateCheckpoint(word, console);
  const file = text(options, 'config');
  const benchmarks = text(options, 'benchmarks');
  if (benchmarks !== null) {
    if (file !== null) throw new BadInput(translate(strings, '--benchmarks goes without --config.'));
    const config = composeBenchmarks(place.folder, wishesIn(benchmarks, console), runConfigOf(place), changes);
    return started(orderFor(place, config, { out: text(options, 'out') }, console), options, console);
  }
  const like = measurable(
    file === null ? runConfigOf(place) : requireConfig(file, console, 'withoutModel'),
    place,
    console,
  );
  const composed = composeEvaluation(place.folder, like, changes);
  refuseLearnedRows(composed, like, console);
  const config = file === null ? await withRowsFound(composed, place) : composed;
  return started(orderFor(place, config, { out: text(options, 'out'), file }, console), options, console);
}

const started = (order: Order, options: Arguments['options'], console: Console): Promise<number> =>
  startAndFollow(
    { ...order, onBusy: onBusy(options, console.strings) },
    console,
    reporterFor(options.json === true, console),
  );

/** `math-500=math-500.jsonl,aime-2024`. */
const wishesIn = (list: string, { cwd, strings }: Console): BenchmarkWish[] =>
  list.split(',').map((wish) => {
    const [, word = '', path] = /^\s*([^=]*?)\s*(?:=(.+))?$/.exec(wish) ?? [];
    const name = BENCHMARK_NAMES.find((known) => known === word);
    if (name === undefined)
      throw new BadInput(
        translate(strings, '--benchmarks: {0} is none; known are {1}.', word, BENCHMARK_NAMES.join(', ')),
      );
    return path === undefined ? { name } : { name, path: resolve(cwd, path.trim()) };
  });

/** Only the first problems in the order of the run's own seed are sure not to be learned. */
function refuseLearnedRows(
  { data, evaluation }: EvaluateConfig,
  { evaluation: { problems, seed } }: { readonly evaluation: Pick<EvaluateConfig['evaluation'], 'problems' | 'seed'> },
  { strings }: Console,
): void {
  if (!data || data.split === 'all' || (evaluation.seed === seed && evaluation.problems <= problems)) return;
  throw new BadInput(
    translate(
      strings,
      'Of its rows the run holds out {0} problems by the seed {1}: another --seed or more --problems would measure rows that it has learned.',
      problems,
      seed,
    ),
  );
}

/** Rows lie where the config of the run says, which need not be where its copy lies. */
async function withRowsFound(config: EvaluateConfig, { runFolder }: CheckpointPlace): Promise<EvaluateConfig> {
  const { configPath } = (runFolder === null ? null : await readLease(runFolder)) ?? {};
  if (!config.data || configPath === undefined) return config;
  return { ...config, data: { ...config.data, path: resolve(dirname(configPath), config.data.path) } };
}

/** A new run beside the one whose checkpoint it uses. */
export function orderFor(
  place: CheckpointPlace,
  config: RunConfig,
  { out, file = null }: { readonly out: string | null; readonly file?: string | null },
  console: Console,
): Order {
  const origin = file === null ? join(place.runFolder ?? place.folder, RUN_FOLDER.config) : resolve(console.cwd, file);
  const root = runsRootOf(join(place.folder, 'any'));
  const where = out === null ? { root, name: config.name ?? config.recipe } : { folder: newFolder(out, console) };
  return { config: origin, configJson: JSON.stringify(config), place: where };
}

/** The config a checkpoint was trained with, if its run is known and can be read. */
export function runConfigOf({ runFolder }: CheckpointPlace): ModelRunConfig | null {
  if (runFolder === null || !existsSync(resolvedConfigOf(runFolder))) return null;
  const file = resolvedConfigOf(runFolder);
  const parsed = parseConfig(readFileSync(file, 'utf8'), file);
  return parsed.ok && parsed.config.recipe !== 'prepare' ? parsed.config : null;
}

function measurable(
  config: RunConfig | null,
  { folder }: CheckpointPlace,
  { strings }: Console,
): Exclude<ModelRunConfig, SampleConfig> {
  if (config !== null && config.recipe !== 'sample' && config.recipe !== 'prepare') return config;
  throw new BadInput(
    translate(strings, 'How {0} is to be measured is not known. Name a config: --config CONFIG.', folder),
  );
}

/** An entry only where there is a value. */
export const defined = <K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } =>
  value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: V });
