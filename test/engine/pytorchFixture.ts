/** The tiny decoder of fixtures/pytorch/decoder.json: PyTorch's numbers come packed. */
import { readFileSync } from 'node:fs';
import type { ModelConfig } from '../../src/engine/families/family.ts';
import { modelOf } from '../../src/engine/families/index.ts';
import type { NamedArrays } from '../../src/protocol/savedState.ts';

export interface Packed {
  readonly shape: readonly number[];
  /** Base64 of little-endian 32-bit floats. */
  readonly float32: string;
}

interface Told {
  readonly losses: readonly number[];
  readonly gradNorms: readonly number[];
  readonly learningRates: readonly number[];
}

interface Fixture {
  readonly config: ModelConfig;
  readonly training: {
    readonly steps: number;
    readonly warmupRatio: number;
    readonly learningRate: number;
    readonly minLearningRateRatio: number;
    readonly adamBeta1: number;
    readonly adamBeta2: number;
    readonly adamEpsilon: number;
    readonly weightDecay: number;
    readonly maxGradNorm: number;
  };
  readonly batch: number;
  readonly length: number;
  readonly batches: readonly { readonly ids: readonly number[]; readonly labels: readonly number[] }[];
  readonly weights: Readonly<Record<string, Packed>>;
  readonly logits: Packed;
  readonly loss: number;
  readonly gradients: Readonly<Record<string, Packed>>;
  readonly float64: Told;
  readonly float32: Told;
  readonly greedy: { readonly prompt: readonly number[]; readonly tokens: readonly number[] };
}

export const decoderFixture = JSON.parse(
  readFileSync(new URL('../fixtures/pytorch/decoder.json', import.meta.url), 'utf8'),
) as Fixture;

export const unpacked = ({ float32 }: Packed): Float32Array => {
  const bytes = Uint8Array.from(Buffer.from(float32, 'base64'));
  return new Float32Array(bytes.buffer);
};

const weights: NamedArrays = Object.fromEntries(
  Object.entries(decoderFixture.weights).map(([name, packed]) => [
    name,
    { shape: packed.shape, values: unpacked(packed) },
  ]),
);

export const fixtureModel = {
  model: modelOf(decoderFixture.config),
  weights,
  batch: decoderFixture.batch,
  length: decoderFixture.length,
};
