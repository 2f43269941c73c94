/** The works that are measured: the same numbers for every engine. */
import type { InputFiles } from './inputFiles.ts';

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
  /** What all engines together may take on two quiet cores (AMD EPYC, Zen 5): how the time left is foretold. */
  readonly typicalSeconds: number;
  /** How often the work is done in a round; once if left out. The host waits for the device at the end of a round. */
  readonly repeats?: number;
}

/** What a worker process is told. */
export interface Spec extends ModelShape, InputFiles {
  readonly kind: Work['kind'];
  readonly length: number;
  readonly batch: number;
  readonly threads: number;
  readonly repeats: number;
}

/** A model of heads of 64 and the paper's character vocabulary. */
const square = (name: string, hiddenSize: number, layers: number, intermediateSize: number): ModelShape => ({
  name,
  hiddenSize,
  layers,
  heads: hiddenSize / 64,
  intermediateSize,
  vocabSize: 64,
});

const small = square('3.25M', 256, 4, 704);
const middle = square('25M', 512, 8, 1376);
/** GPT-2 small's width, depth and vocabulary in this decoder's form (SwiGLU of two thirds of the width, tied head). */
const gpt2: ModelShape = { ...square('124M', 768, 12, 2048), vocabSize: 50_257 };

export const works: readonly Work[] = [
  { name: 'step-3.25M-B1', kind: 'step', model: small, length: 256, batch: 1, typicalSeconds: 75 },
  { name: 'step-3.25M', kind: 'step', model: small, length: 256, batch: 16, typicalSeconds: 125 },
  { name: 'step-25M', kind: 'step', model: middle, length: 512, batch: 4, typicalSeconds: 125 },
  { name: 'step-124M', kind: 'step', model: gpt2, length: 512, batch: 1, typicalSeconds: 150 },
  { name: 'generation-3.25M-64', kind: 'generation', model: small, length: 256, batch: 64, typicalSeconds: 70 },
  { name: 'generation-3.25M-256', kind: 'generation', model: small, length: 256, batch: 256, typicalSeconds: 190 },
];

const smallest: ModelShape = {
  name: 'trial',
  hiddenSize: 16,
  layers: 1,
  heads: 2,
  intermediateSize: 16,
  vocabSize: 16,
};

/** Shows in a second or two that all is in place, on software too, and measures nothing worth telling; only where `--only` names it. */
export const trial: Work = {
  name: 'step-trial',
  kind: 'step',
  model: smallest,
  length: 8,
  batch: 1,
  typicalSeconds: 5,
};

const step = (model: ModelShape, length: number, batch: number): Work => ({
  name: `step-${model.name}-T${length}-B${batch}`,
  kind: 'step',
  model,
  length,
  batch,
  typicalSeconds: 8 + (length * batch) / 256,
});

/** What grows, and the works along which it does. */
export interface Growth {
  readonly axis: 'length' | 'batch' | 'parameters';
  readonly works: readonly Work[];
}

export const growths: readonly Growth[] = [
  { axis: 'length', works: [128, 256, 512, 1024, 2048, 4096].map((length) => step(small, length, 1)) },
  { axis: 'batch', works: [1, 2, 4, 8, 16, 32].map((batch) => step(small, 256, batch)) },
  {
    axis: 'parameters',
    works: [
      square('0.8M', 128, 4, 352),
      small,
      square('10.6M', 384, 6, 1024),
      middle,
      square('85M', 768, 12, 2048),
    ].map((model) => step(model, 256, 2)),
  },
];

/** Measured before the works, for the machine's limit: products of two 1024 x 1024 matrices. */
export const gemm: Work = {
  name: 'gemm-1024',
  kind: 'gemm',
  model: small,
  length: 1024,
  batch: 16,
  typicalSeconds: 20,
};

/** Weights that a token is multiplied with, the head included. */
const productWeights = (model: ModelShape): number => {
  const { hiddenSize: d, layers, heads, keyValueHeads = heads, intermediateSize, vocabSize } = model;
  return layers * (2 * d * d + 2 * d * d * (keyValueHeads / heads) + 3 * d * intermediateSize) + vocabSize * d;
};

/** All trainable numbers: the head is the embedding, and each layer and the end have norms. */
export const parametersOf = (model: ModelShape): number =>
  productWeights(model) + (2 * model.layers + 1) * model.hiddenSize;

/**
 * Floating-point operations that a token of this work needs at the least: two per weight and pass (a training step has
 * three passes), and attention to the earlier half of a sequence on average. For products, a "token" is one operation.
 */
export const operationsPerToken = ({ kind, model, length }: Work): number => {
  if (kind === 'gemm') return 1;
  const forward = 2 * productWeights(model) + 2 * length * model.hiddenSize * model.layers;
  return kind === 'step' ? 3 * forward : forward;
};

/** Tokens (operations, for products) of one round. */
export const tokensPerRound = ({ kind, length, batch, repeats = 1 }: Work): number => {
  switch (kind) {
    case 'step':
      return repeats * batch * length;
    case 'generation':
      return repeats * batch * (length - 1);
    case 'gemm':
      return repeats * batch * 2 * length ** 3;
    default:
      return kind satisfies never;
  }
};

export const shapeOf = ({ model, length, batch }: Work): string =>
  `d${model.hiddenSize} L${model.layers} V${model.vocabSize} T${length} B${batch}`;
