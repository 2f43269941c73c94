/** What a training takes of this machine, from lengths that were seen: memory, disk, time. */
import { join } from 'node:path';
import { bucketOf } from '../../config/buckets.ts';
import { checkpointBytes, sequencesPerStep, totalSteps } from '../../config/plan.ts';
import type { ExampleRunConfig, TrainingRunConfig } from '../../config/schema.ts';
import { realFiles } from '../../data/files.ts';
import type { Model } from '../../engine/families/family.ts';
import { parameterCount } from '../../engine/families/index.ts';
import { sizeOf } from '../../engine/graph/graph.ts';
import { MOST_HELD_OUT } from '../../engine/recipes/rowSet.ts';
import { trainingMemory } from '../../engine/recipes/trainingMemory.ts';
import { withAdapters } from '../../engine/families/lora.ts';
import type { ExecutorIdentity } from '../../protocol/events.ts';
import type {
  ExampleStatistics,
  PreflightDisk,
  PreflightReport,
  PreflightSource,
  PreflightWork,
} from '../../protocol/preflight.ts';
import { machineMemory } from '../../runs/machine.ts';
import { runsRootOf } from '../../runs/runsRoot.ts';
import { existingPartOf } from '../doctor.ts';
import { physicalCores } from '../executors/cores.ts';

/** The model as it is trained: with adapters where the config asks for them. */
export const trainedModel = (model: Model, { training }: Pick<TrainingRunConfig, 'training'>): Model =>
  training.method === 'lora' ? withAdapters(model, training.lora) : model;

/** Who computes where no GPU does. */
export const cpuIdentity = ({ threads }: Pick<TrainingRunConfig, 'threads'>): ExecutorIdentity => ({
  ...{ executor: 'onnx', provider: 'cpu', threads: threads || physicalCores(), precision: 'f32' },
  ...{ version: '', adapter: '', reason: '' },
});

/** Null where a GPU computes: WebGPU does not tell what it has. */
export function memoryEstimate(
  model: Model,
  config: ExampleRunConfig,
  lengths: readonly number[],
): PreflightReport['memory'] {
  if (config.device === 'gpu' || lengths.length === 0) return null;
  const identity = cpuIdentity(config);
  const padded = [...new Set(lengths.map((length) => Math.min(model.maxPositions, bucketOf(Math.max(1, length - 1)))))];
  return { bytes: trainingMemory(model, config, { identity }, padded).peak, machineBytes: machineMemory() };
}

export function diskEstimate(
  model: Model,
  { checkpoints }: Pick<TrainingRunConfig, 'checkpoints'>,
  configPath: string,
): PreflightDisk {
  const { keepLast, keepBest, diskBudgetMB } = checkpoints;
  const runs = join(runsRootOf(configPath), '.valley');
  const trained = parameterCount(model);
  const all = model.parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return {
    checkpointBytes: checkpointBytes(trained) + 4 * Math.max(0, all - trained),
    checkpoints: keepLast + keepBest + 1,
    budgetBytes: diskBudgetMB * 1e6,
    freeBytes: realFiles.freeBytes(existingPartOf(runs)),
  };
}

/** Operations for each weight and token: two forward, four backward. */
const OPERATIONS = 6;
/** What a core of a processor has been seen to do in a second, between small models and large ones (docs/log.md). */
const PER_CORE = { most: 150e9, least: 25e9 } as const;

/** What is reckoned from a sample is reckoned for all. */
export function workOf(
  config: ExampleRunConfig,
  model: Model,
  { trained, tokens, learned }: ExampleStatistics,
  { looked, rows }: PreflightSource,
  isPartHeldOut: boolean,
): PreflightWork {
  const all = Math.max(1, Math.round((trained * (rows ?? looked)) / Math.max(1, looked)));
  const heldOutShare = isPartHeldOut ? Math.min(MOST_HELD_OUT, config.evaluation.problems / all) : 0;
  const examples = Math.max(1, Math.round(all * (1 - heldOutShare)));
  const steps = totalSteps(config, examples);
  const sequences = steps * sequencesPerStep(config);
  const scale = sequences / Math.max(1, trained);
  const seconds = (perCore: number): number =>
    (OPERATIONS * weightsOf(model) * tokens * scale) / (perCore * (config.threads || physicalCores()));
  return {
    steps,
    examples,
    heldOutShare,
    epochs: sequences / examples,
    tokens: tokens * scale,
    learned: learned * scale,
    seconds: config.device === 'gpu' ? null : { least: seconds(PER_CORE.most), most: seconds(PER_CORE.least) },
  };
}

const weightsOf = ({ parameters }: Model): number => parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
