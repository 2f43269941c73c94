/** How much memory a training takes at most: for findings before the start without the engine, and for the run's own log with it. */
import { attentionBlocks, attentionShare } from './attentionBlocks.ts';
import { bucketOf } from './buckets.ts';
import { exampleLengths } from './lengths.ts';
import { sequencesPerPass } from './passes.ts';
import { decoderParameters, isNewModel } from './plan.ts';

import type { DecoderConfig, SftConfig } from './schema.ts';

/** What the estimate is made from, in bytes. */
export interface MemoryNeeds {
  /** All weights, frozen or not. */
  readonly weights: number;
  /** Those that are trained: as much again for the gradients, twice for AdamW's moments. */
  readonly trained: number;
  /** A copy that a policy is held against; nothing if left out. */
  readonly reference?: number;
  /** What each compiled pass (one per length of a batch) holds at its worst moment. */
  readonly passes: readonly number[];
  /** Whether they compute blocks again. */
  readonly isRecomputed?: boolean;
  /** Keys and values of the sequences that an evaluation writes side by side. */
  readonly cache: number;
  /** Whether the cache is given back before a checkpoint is copied, and made anew: then only the larger of both counts. */
  readonly isCacheSeldom?: boolean;
  /** Compiled programs that write tokens, where there are many. */
  readonly writers?: number;
}

export interface MemoryEstimate {
  /** Those of a reference too. */
  readonly weights: number;
  readonly gradients: number;
  readonly optimizer: number;
  readonly activations: number;
  readonly cache: number;
  /** Copies for a checkpoint. */
  readonly buffers: number;
  /** Node, ONNX Runtime and the engine themselves. */
  readonly program: number;
  /** All of it at once. */
  readonly peak: number;
}

/** Measured on Linux with onnxruntime-node 1.30 (docs/log.md). */
const PROGRAM = 105e6;
/** What a compiled pass keeps beside the memory of its values. */
const SESSION = 14e6;
/** What a program that writes tokens keeps. */
const WRITER = 3.5e6;
/** The runtime's arena takes this many times what the values need at once. */
const ARENA = 1.22;
/** The same where blocks are computed again: the runtime's order of work differs from the recorded one. */
const RECOMPUTING_ARENA = 1.8;

export function estimateMemory(needs: MemoryNeeds): MemoryEstimate {
  const { weights, trained, reference = 0, passes, isRecomputed, isCacheSeldom, writers = 0 } = needs;
  const arena = isRecomputed ? RECOMPUTING_ARENA : ARENA;
  const activations = arena * passes.reduce((sum, bytes) => sum + bytes, 0);
  const buffers = weights + 2 * trained + (trained < weights ? weights : 0);
  const cache = isCacheSeldom ? Math.max(0, needs.cache - buffers) : needs.cache;
  const program = PROGRAM + SESSION * passes.length + WRITER * writers;
  const own = { gradients: trained, optimizer: 2 * trained };
  const parts = { weights: weights + reference, ...own, activations, cache, buffers, program };
  return { ...parts, peak: Object.values(parts).reduce((sum, part) => sum + part, 0) };
}

/** For a new model; null for one from a checkpoint, whose sizes only the engine knows. An estimate for the vocabulary of a character tokenizer. */
export function memoryOf(config: SftConfig, vocabSize = 64): MemoryEstimate | null {
  const { model } = config;
  if (!isNewModel(model)) return null;
  const weights = 4 * decoderParameters(model, vocabSize);
  const { activationRecompute: isRecomputed } = config.training;
  const passes = likelyLengths(config, model).map((length) =>
    activationBytes(model, { vocabSize, sequences: passOf(config, length), length, isRecomputed }),
  );
  return estimateMemory({ weights, trained: weights, passes, isRecomputed, cache: cacheBytes(config, model) });
}

/** The most sequences in one pass. */
export const microBatchOf = ({
  training,
}: {
  readonly training: Pick<SftConfig['training'], 'batchSize' | 'microBatchSize'>;
}): number => Math.min(training.batchSize, training.microBatchSize ?? training.batchSize);

/** Where the config leaves the number to the machine, which is not known here. */
const USUAL_THREADS = 4;

const passOf = (config: SftConfig, length: number): number =>
  config.device === 'gpu'
    ? microBatchOf(config)
    : sequencesPerPass(microBatchOf(config), length, config.threads || USUAL_THREADS);

/** Lengths that batches are padded to, where eight are drawn together, sorted by length and cut. */
function likelyLengths({ task }: SftConfig, { maxPositionEmbeddings }: DecoderConfig): readonly number[] {
  const { prompt, longest, eighth, middle } = exampleLengths(task);
  const last = prompt + longest - 1;
  const lengths = [1, 2, 3, 4].flatMap((i) => [
    eighth + ((middle - eighth) * (i - 1)) / 3,
    middle + ((last - middle) * i) / 4,
  ]);
  return [...new Set(lengths.map((length) => bucketOf(Math.min(length, maxPositionEmbeddings))))];
}

interface Pass {
  readonly vocabSize: number;
  readonly sequences: number;
  readonly length: number;
  readonly isRecomputed?: boolean;
}

/**
 * Bytes of what a forward and backward pass holds when the backward pass begins: of each layer its inputs, normalized
 * twice, queries, keys, values, attention weights and the gated products, and behind the last one the logits.
 * Where blocks are computed again, all of this of one of them, and the inputs of the others.
 */
export function activationBytes(model: DecoderConfig, pass: Pass): number {
  const { vocabSize, sequences, length, isRecomputed = false } = pass;
  const { hiddenSize: d, intermediateSize: f, numAttentionHeads: heads, numKeyValueHeads: shared } = model;
  const keyValues = (d / heads) * shared;
  const layer = 7 * d + 2 * keyValues + heads * length * attentionShare(length) + 4 * f;
  const head = Math.max(f + 2 * d, 2.5 * vocabSize);
  const layers = isRecomputed ? model.numHiddenLayers * d + layer : model.numHiddenLayers * layer;
  return 4 * sequences * length * (layers + head);
}

export interface LargeTensor {
  readonly kind: 'weight' | 'result';
  readonly bytes: number;
  /** How many of its size the kernel knows that knows most of them. */
  readonly inKernel: number;
}

/**
 * The largest weight of a new model, and what a layer makes of its longest pass: gated products and attention weights of a
 * block of queries. Three of them meet in one kernel of the update or of the backward pass. Nothing for a model from a checkpoint.
 */
export function largestTensors(config: SftConfig, vocabSize = 64): readonly LargeTensor[] {
  const { model } = config;
  if (!isNewModel(model)) return [];
  const { hiddenSize: d, intermediateSize: f, numAttentionHeads: heads } = model;
  const length = Math.max(...likelyLengths(config, model));
  const tokens = microBatchOf(config) * length;
  const block = Math.ceil(length / attentionBlocks(length));
  const weight = 4 * d * Math.max(f, d, vocabSize);
  const result = 4 * Math.max(tokens * f, tokens * vocabSize, microBatchOf(config) * heads * block * length);
  return [
    { kind: 'weight', bytes: weight, inKernel: 3 },
    { kind: 'result', bytes: result, inKernel: 3 },
  ];
}

function cacheBytes({ evaluation }: SftConfig, model: DecoderConfig): number {
  const { hiddenSize, numAttentionHeads, numKeyValueHeads, numHiddenLayers, maxPositionEmbeddings } = model;
  const { batchSize, problems, samplesPerProblem, maxNewTokens } = evaluation;
  const slots = Math.min(batchSize, problems * samplesPerProblem);
  const length = Math.min(maxPositionEmbeddings, maxNewTokens + 64);
  return 4 * 2 * numHiddenLayers * slots * length * (hiddenSize / numAttentionHeads) * numKeyValueHeads;
}
