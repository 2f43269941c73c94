/** The works that are measured: the same numbers for every engine. */

export interface ModelShape {
  readonly name: string;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  /** As many as `heads` if left out. */
  readonly keyValueHeads?: number;
  readonly intermediateSize: number;
  readonly vocabSize: number;
}

export interface Work {
  /** Key of `--only`. */
  readonly name: string;
  /** A training step, the writing of whole sequences with a key/value cache, or plain matrix products. */
  readonly kind: 'step' | 'generation' | 'gemm';
  readonly model: ModelShape;
  /** Tokens of a sequence. */
  readonly length: number;
  /** Sequences of a step, or side by side in generation. */
  readonly batch: number;
  /** Whether tfjs's own slow backend takes part. */
  readonly withTfjs?: boolean;
  /** How often the work is done in a round; once if left out. The host waits for the device at the end of a round. */
  readonly repeats?: number;
}

const tiny: ModelShape = { name: '0.8M', hiddenSize: 128, layers: 4, heads: 4, intermediateSize: 352, vocabSize: 64 };
const small: ModelShape = { name: '3.25M', hiddenSize: 256, layers: 4, heads: 4, intermediateSize: 704, vocabSize: 64 };
const middle: ModelShape = {
  name: '25M',
  hiddenSize: 512,
  layers: 8,
  heads: 8,
  intermediateSize: 1376,
  vocabSize: 64,
};
/** GPT-2 small's width, depth and vocabulary in this decoder's form (SwiGLU of two thirds of the width, tied head). */
const gpt2: ModelShape = {
  name: '124M',
  hiddenSize: 768,
  layers: 12,
  heads: 12,
  intermediateSize: 2048,
  vocabSize: 50_257,
};

export const works: readonly Work[] = [
  { name: 'step-0.8M', kind: 'step', model: tiny, length: 48, batch: 64, withTfjs: true },
  { name: 'step-3.25M', kind: 'step', model: small, length: 256, batch: 16 },
  { name: 'step-25M', kind: 'step', model: middle, length: 512, batch: 4 },
  { name: 'step-124M', kind: 'step', model: gpt2, length: 512, batch: 1 },
  { name: 'generation-3.25M-64', kind: 'generation', model: small, length: 256, batch: 64 },
  { name: 'generation-3.25M-256', kind: 'generation', model: small, length: 256, batch: 256 },
];

const smallest: ModelShape = {
  name: 'trial',
  hiddenSize: 16,
  layers: 1,
  heads: 2,
  keyValueHeads: 1,
  intermediateSize: 16,
  vocabSize: 16,
};

/** Shows in a second or two that all is in place, on software too, and measures nothing worth telling. */
export const trial: Work = { name: 'step-trial', kind: 'step', model: smallest, length: 8, batch: 1 };

/** Measured before the works, for the machine's limit: products of two 1024 x 1024 matrices. */
export const gemm: Work = { name: 'gemm-1024', kind: 'gemm', model: tiny, length: 1024, batch: 16 };

/** Weights that a token is multiplied with, the head included. */
const productWeights = (model: ModelShape): number => {
  const { hiddenSize: d, layers, heads, keyValueHeads = heads, intermediateSize, vocabSize } = model;
  return layers * (2 * d * d + 2 * d * d * (keyValueHeads / heads) + 3 * d * intermediateSize) + vocabSize * d;
};

/**
 * Floating-point operations that a token of this work needs at the least: two per weight and pass (a training step has
 * three passes), and attention to the earlier half of a sequence on average. For products, a "token" is one operation.
 */
export const operationsPerToken = ({ kind, model, length }: Work): number => {
  if (kind === 'gemm') return 1;
  const forward = 2 * productWeights(model) + 2 * length * model.hiddenSize * model.layers;
  return kind === 'step' ? 3 * forward : forward;
};
