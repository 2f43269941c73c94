/** What a recipe is given of the world (executor, start, clock, requests, checkpoints, a stream for samples), and what it cannot know of it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isHeldAgainstCopy, trains } from '../config/plan.ts';
import type { EvaluateConfig, ModelRunConfig } from '../config/schema.ts';
import type { Executor } from '../engine/executor.ts';
import type { RecipeDeps } from '../engine/recipes/deps.ts';
import type { RunEvent, RuntimeIdentity } from '../protocol/events.ts';
import { RUN_FOLDER } from '../protocol/runFolder.ts';
import { machineMemory } from '../runs/machine.ts';
import { describe } from '../runs/runtime.ts';
import { BenchmarkFiles } from './benchmarks/benchmarkFiles.ts';
import { benchmarkPaths } from './benchmarks/benchmarkPaths.ts';
import { CheckpointStore } from './checkpointStore.ts';
import type { Desk } from './commands.ts';
import { openRows } from './dataset/openRows.ts';
import { toldEvents } from './foldedRun.ts';
import { earlierEvaluations } from './earlierEvaluations.ts';
import { hashOf, readStartingModel, startingFolder, type Input, type Resumption } from './inputs.ts';
import { modelHash } from './modelHash.ts';
import { openModelText } from './modelText.ts';
import { parquetApart } from './prepare/parquetApart.ts';
import type { RowsPrograms } from './prepare/rowsMessages.ts';
import type { PulseLink } from './pulseLink.ts';
import type { SampleFiles } from './sampleFiles.ts';
import { write, type Workplace } from './workplace.ts';

export interface World {
  readonly workplace: Workplace;
  readonly input: Input;
  readonly foundBy: RuntimeIdentity['foundBy'];
  readonly desk: Desk;
  readonly pulse: PulseLink;
  readonly programs: RowsPrograms;
  readonly samples: SampleFiles;
  /** The last step that was told of. */
  readonly step: () => number;
}

/** What a recipe is given; `close` ends what stands behind it. */
export type OpenDeps = RecipeDeps & { readonly close: () => Promise<void> };

/** Throws what reading the model and its text, or opening the checkpoints, throws. */
export async function recipeDeps(
  world: World,
  config: ModelRunConfig,
  executor: Executor,
  resumption: Resumption | null,
): Promise<OpenDeps> {
  const { configPath } = world.input;
  const start = resumption === null || keepsStart(config) ? await startOf(world, config) : null;
  const folder = resumption?.folder ?? start;
  const text = folder === null ? null : await openModelText(folder, fileURLToPath(world.programs.template));
  const rows = text && openRows(config, configPath, text, world.programs);
  const measuring = config.recipe === 'evaluate' && start !== null ? await measuringDeps(world, config, start) : {};
  return {
    executor,
    model: start === null ? null : readStartingModel(config, start),
    resume: resumption?.state ?? null,
    ...(text && { text }),
    ...(rows && { rows }),
    ...(world.workplace.attempt > 1 && { past: () => pastOf(world.workplace) }),
    ...(text?.template && { templateHash: hashOf(text.template.source) }),
    ...measuring,
    memoryBytes: machineMemory(),
    now: () => performance.now(),
    takeRequests: () => takeRequests(world),
    save: saver(world),
    stream: (piece, done) => world.pulse.sampled(piece, done),
    close: async () => {
      rows?.close();
      text?.template?.close();
      await measuring.benchmarks?.close();
    },
  };
}

/** What earlier attempts told. */
export function* pastOf({ folder, attempt }: Workplace): Generator<RunEvent> {
  for (const told of toldEvents(folder)) if (told.attempt < attempt) yield told.event;
}

interface MeasuringDeps extends Pick<RecipeDeps, 'modelHash' | 'kept'> {
  readonly benchmarks?: BenchmarkFiles;
}

/** What an evaluation needs besides: identity of what is measured, what was measured before, and benchmarks. */
async function measuringDeps(world: World, config: EvaluateConfig, folder: string): Promise<MeasuringDeps> {
  const { workplace, input, programs, samples } = world;
  const { configPath } = input;
  const parquet = parquetApart(programs.parquet);
  const files = { configPath, parquet, paths: benchmarkPaths(process.env), grading: programs.grading };
  return {
    modelHash: await modelHash(folder),
    ...(workplace.attempt > 1 && { kept: earlierEvaluations(workplace.folder, samples) }),
    ...(config.benchmarks && { benchmarks: new BenchmarkFiles(files) }),
  };
}

/** Whether a continued run needs the model it began with: a policy is held against it, and an evaluation measures it. */
const keepsStart = (config: ModelRunConfig): boolean => config.recipe === 'evaluate' || isHeldAgainstCopy(config);

/** The folder that the run starts from; where it is needed later too, the one that was found at the first attempt. */
async function startOf({ workplace, input }: World, config: ModelRunConfig): Promise<string | null> {
  if (!keepsStart(config)) return startingFolder(config, input.configPath);
  const kept = join(workplace.folder, RUN_FOLDER.start);
  if (existsSync(kept)) return (JSON.parse(readFileSync(kept, 'utf8')) as { readonly folder: string }).folder;
  const folder = await startingFolder(config, input.configPath);
  write(workplace, RUN_FOLDER.start, `${JSON.stringify({ folder })}\n`);
  return folder;
}

/** What people asked since the last call; a sign of life besides. */
export function takeRequests({ pulse, desk, step }: World): ReturnType<Desk['take']> {
  pulse.poll();
  pulse.beat(step());
  return desk.take();
}

function saver({ workplace, input, desk }: World): RecipeDeps['save'] {
  const { config, resolved } = input;
  if (!trains(config)) {
    return () => Promise.reject(new Error(`The recipe ${config.recipe} saves no checkpoints.`));
  }
  const store = CheckpointStore.open({
    runFolder: workplace.folder,
    runId: workplace.runId,
    configHash: hashOf(resolved),
    policy: config.checkpoints,
    now: Date.now,
  });
  return (state, cause, score) => (desk.lost === null ? store.save(state, cause, score) : Promise.reject(desk.lost));
}

/** Fills in what a recipe cannot know. */
export function completed(event: RunEvent, world: World, resumption: Resumption | null): RunEvent {
  if (event.type !== 'run.started') return event;
  const { foundBy, workplace, input } = world;
  const runtime = { version: describe(process.versions), foundBy };
  const started = { ...event, runtime, name: event.name || input.name };
  if (workplace.attempt === 1) return started;
  const step = resumption?.state.step ?? event.resumedFrom?.step ?? 0;
  return { ...started, resumedFrom: { step, checkpoint: resumption?.checkpoint ?? '' } };
}
