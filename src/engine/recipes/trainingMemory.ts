/** What a training will take, told before anything is allocated: from the recorded graph of its longest pass. */
import { isHeldAgainstCopy, sequencesTogether } from '../../config/plan.ts';
import { estimateMemory, microBatchOf, type MemoryEstimate } from '../../config/memory.ts';
import type { ExampleRunConfig, TrainingRunConfig } from '../../config/schema.ts';
import type { RunEvent } from '../../protocol/events.ts';
import type { DeviceLimits, Executor } from '../executor.ts';
import type { Model, Parameter } from '../families/family.ts';
import { trainedParameters } from '../families/index.ts';
import { tooLargeFor, type TooLarge } from '../graph/deviceLimits.ts';
import { sameShape, sizeOf, type Graph } from '../graph/graph.ts';
import { peakBytes } from '../graph/liveness.ts';
import { record } from '../graph/record.ts';
import { gradientsProgram, languageObjective, type Objective, type PassSettings } from '../programs/gradients.ts';
import { gradientName } from '../programs/names.ts';
import { preferenceObjective } from '../programs/preference.ts';
import { logged } from '../../protocol/logged.ts';
import { phrase, said, saidTogether, type Sentence } from '../../protocol/sentence.ts';
import { passSettings, passSizeOf } from './learner.ts';
import { RunFailure } from './runFailure.ts';

type Device = Pick<Executor, 'identity' | 'limits'>;

/** `lengths` are those that batches are padded to; each has a program of its own. */
export function trainingMemory(
  model: Model,
  config: ExampleRunConfig,
  device: Device,
  lengths: readonly number[],
): MemoryEstimate {
  const together = sequencesTogether(config);
  const objective = config.recipe === 'dpo' ? preferenceObjective(config.preference) : languageObjective;
  const trained = trainedParameters(model);
  const { activationRecompute: isRecomputed } = config.training;
  const settings = passSettings(device, config.training);
  const sequencesOf = (length: number): number =>
    passSizeOf(
      device,
      { size: together * config.training.batchSize, length },
      together * microBatchOf(config),
      together,
    );
  const perToken = (length: number): number =>
    passBytes(model, sequencesOf(length), length, settings, objective) / (sequencesOf(length) * length);
  const bytes = straightLine(perToken, Math.min(...lengths), Math.max(...lengths));
  return estimateMemory({
    weights: bytesOf(model.parameters),
    trained: bytesOf(trained),
    passes: lengths.map((length) => bytes(length) * length * sequencesOf(length)),
    isRecomputed,
    cache: cacheBytes(model, config),
    ...(isHeldAgainstCopy(config) && { reference: bytesOf(model.parameters) }),
  });
}

/** `f` through its values at `from` and `to`: attention makes a token dearer in proportion to the length. */
function straightLine(f: (x: number) => number, from: number, to: number): (x: number) => number {
  const [first, last] = [f(from), f(to)];
  return (x) => (from === to ? first : first + ((last - first) * (x - from)) / (to - from));
}

/** Bytes of the values of one forward and backward pass at its worst moment. */
export function passBytes(
  model: Model,
  batch: number,
  length: number,
  settings: PassSettings = {},
  objective: Objective = languageObjective,
): number {
  return peakBytes(passGraph(model, batch, length, settings, objective));
}

function passGraph(
  model: Model,
  batch: number,
  length: number,
  settings: PassSettings,
  objective: Objective = languageObjective,
): Graph {
  const state = [
    ...model.parameters.map(({ name, shape }) => [name, shape] as const),
    ...trainedParameters(model).map(({ name, shape }) => [gradientName(name), shape] as const),
  ];
  return record(gradientsProgram(model, batch, length, settings, objective), Object.fromEntries(state));
}

export const bytesOf = (parameters: readonly Parameter[]): number =>
  4 * parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

function cacheBytes({ cache, maxPositions }: Model, { evaluation }: ExampleRunConfig): number {
  const { batchSize, problems, samplesPerProblem, maxNewTokens } = evaluation;
  const slots = Math.min(batchSize, problems * samplesPerProblem);
  return 4 * 2 * cache.layers * slots * Math.min(maxPositions, maxNewTokens + 64) * cache.heads * cache.headDim;
}

const TIGHT = 0.8;

/** The estimate beside what the machine has, as a line of the run's log. `machineBytes` is null where a GPU computes: WebGPU tells no total. */
export function memoryTold(estimate: MemoryEstimate, machineBytes: number | null): RunEvent {
  const { peak, weights, gradients, optimizer, activations, cache, buffers, program } = estimate;
  const parts = { weights, gradients, optimizer, activations, cache, buffers, program };
  const list = Object.entries(parts).map(([name, bytes]) => `${name} ${told(bytes)}`);
  const message =
    machineBytes === null
      ? said`Memory: about ${told(peak)} on the GPU, which does not tell what it has (${list.join(', ')}).`
      : said`Memory: about ${told(peak)} of this machine's ${told(machineBytes)} (${list.join(', ')}).`;
  if (machineBytes === null || peak <= TIGHT * machineBytes) return logged('info', message);
  const advice = 'Lower training.microBatchSize if it runs short; the result stays the same.';
  return logged('warning', saidTogether([message, advice]));
}

/**
 * What the longest pass asks of a device beyond its limits, before anything is allocated. Throws RunFailure `outOfMemory` for a
 * weight, which no smaller pass makes fit; else warns, as passes become smaller by themselves.
 */
export function* limitsTold(
  model: Model,
  config: Pick<TrainingRunConfig, 'training' | 'recipe'>,
  device: Device,
  lengths: readonly number[],
): Generator<RunEvent> {
  const { limits } = device;
  if (!limits) return;
  const [sequences, longest] = [sequencesTogether(config) * microBatchOf(config), Math.max(...lengths)];
  const all = tooLargeFor(passGraph(model, sequences, longest, passSettings(device, config.training)), limits);
  const weight = all.find((one) => isWeight(one, model));
  const found = weight ?? all[0];
  if (!found) return;
  const words = tooLargeWords(found, limits, nameOf(found, model, sequences, longest));
  if (weight)
    throw new RunFailure(
      'outOfMemory',
      words,
      'Choose a smaller model or vocabulary, set device to "cpu", or use a GPU with larger buffers ("Valley: Doctor" tells them).',
    );
  const remedy = said`A pass over fewer than ${sequences} sequences will be tried; set training.microBatchSize lower to start that way.`;
  yield logged('warning', saidTogether([words, remedy]));
}

const isWeight = ({ value }: TooLarge, { parameters }: Model): boolean =>
  parameters.some(({ name, shape }) => value.name === name || sameShape(shape, value.shape));

/** A weight by its name, a result by what its shape tells. */
function nameOf({ value }: TooLarge, { parameters, vocabSize }: Model, sequences: number, length: number): Sentence {
  const { name, shape } = value;
  const weight = parameters.find((one) => one.name === name || sameShape(one.shape, shape));
  if (weight) return said`The weight ${weight.name}`;
  if (shape.at(-1) === vocabSize) return phrase('The tensor of logits');
  return shape.length > 3 && shape.at(-1) === length
    ? said`The tensor of attention weights of ${sequences} sequences`
    : said`A tensor of activations of ${sequences} sequences`;
}

const tooLargeWords = ({ value, bytes, pieces }: TooLarge, limits: DeviceLimits, name: Sentence): Sentence =>
  said`${name} [${value.shape.join(', ')}] takes ${told(bytes)}: with what is computed from it ${pieces} pieces of ${told(limits.bindingBytes)}, and this device shows ${limits.bindings} to a kernel.`;

const told = (bytes: number): string =>
  bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${Math.ceil(bytes / 1e6)} MB`;
