/** The shapes that are measured: the same numbers for every engine. */

export interface ModelShape {
  readonly name: string;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly intermediateSize: number;
  readonly vocabSize: number;
}

export interface Work {
  /** Key of `--only`. */
  readonly name: string;
  readonly kind: 'step' | 'generation';
  readonly model: ModelShape;
  /** Tokens of a sequence. */
  readonly length: number;
  /** Sequences of a step, or side by side in generation. */
  readonly batch: number;
}

const small: ModelShape = { name: '3.25M', hiddenSize: 256, layers: 4, heads: 4, intermediateSize: 704, vocabSize: 64 };
const example: ModelShape = {
  name: '0.8M',
  hiddenSize: 128,
  layers: 4,
  heads: 4,
  intermediateSize: 352,
  vocabSize: 64,
};

export const works: readonly Work[] = [
  { name: 'step-0.8M', kind: 'step', model: example, length: 48, batch: 64 },
  { name: 'step-3.25M', kind: 'step', model: small, length: 256, batch: 16 },
  { name: 'generation-3.25M-64', kind: 'generation', model: small, length: 256, batch: 64 },
  { name: 'generation-3.25M-256', kind: 'generation', model: small, length: 256, batch: 256 },
];
