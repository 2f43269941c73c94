/** What a training will take, told before anything is allocated: from the recorded graph of its longest pass. */
import { estimateMemory, microBatchOf, type MemoryEstimate } from '../../config/memory.ts';
import type { SftConfig } from '../../config/schema.ts';
import type { RunEvent } from '../../protocol/events.ts';
import type { Model, Parameter } from '../families/family.ts';
import { trainedParameters } from '../families/index.ts';
import { sizeOf } from '../graph/graph.ts';
import { peakBytes } from '../graph/liveness.ts';
import { record } from '../graph/record.ts';
import { gradientsProgram } from '../programs/gradients.ts';
import type { LossSettings } from '../programs/languageLoss.ts';
import { gradientName } from '../programs/names.ts';
import { logged } from '../../protocol/logged.ts';
import { said, saidTogether } from '../../protocol/sentence.ts';

/** `lengths` are those that batches are padded to; each has a program of its own. */
export function trainingMemory(model: Model, config: SftConfig, lengths: readonly number[]): MemoryEstimate {
  const trained = trainedParameters(model);
  const longest = Math.max(...lengths);
  const { activationRecompute: isRecomputed } = config.training;
  const worst = passBytes(model, microBatchOf(config), longest, { isRecomputed });
  return estimateMemory({
    weights: bytesOf(model.parameters),
    trained: bytesOf(trained),
    passes: lengths.map((length) => (worst * length) / longest),
    isRecomputed,
    cache: cacheBytes(model, config),
  });
}

/** Bytes of the values of one forward and backward pass at its worst moment. */
export function passBytes(model: Model, batch: number, length: number, settings: LossSettings = {}): number {
  const state = [
    ...model.parameters.map(({ name, shape }) => [name, shape] as const),
    ...trainedParameters(model).map(({ name, shape }) => [gradientName(name), shape] as const),
  ];
  return peakBytes(record(gradientsProgram(model, batch, length, settings), Object.fromEntries(state)));
}

const bytesOf = (parameters: readonly Parameter[]): number =>
  4 * parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

function cacheBytes({ cache, maxPositions }: Model, { evaluation }: SftConfig): number {
  const { batchSize, problems, samplesPerProblem, maxNewTokens } = evaluation;
  const slots = Math.min(batchSize, problems * samplesPerProblem);
  return 4 * 2 * cache.layers * slots * Math.min(maxPositions, maxNewTokens + 64) * cache.heads * cache.headDim;
}

const TIGHT = 0.8;

/** The estimate beside what the machine has, as a line of the run's log. */
export function memoryTold(estimate: MemoryEstimate, machineBytes: number): RunEvent {
  const { peak, weights, gradients, optimizer, activations, cache, buffers, program } = estimate;
  const parts = { weights, gradients, optimizer, activations, cache, buffers, program };
  const list = Object.entries(parts).map(([name, bytes]) => `${name} ${told(bytes)}`);
  const message = said`Memory: about ${told(peak)} of this machine's ${told(machineBytes)} (${list.join(', ')}).`;
  if (peak <= TIGHT * machineBytes) return logged('info', message);
  const advice = 'Lower training.microBatchSize if it runs short; the result stays the same.';
  return logged('warning', saidTogether([message, advice]));
}

const told = (bytes: number): string =>
  bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${Math.ceil(bytes / 1e6)} MB`;
