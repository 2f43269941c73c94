/** Small models, seeded numbers and comparisons that the engine's tests share. */
import { expect } from 'vitest';
import type { CompiledProgram, Executor, Program, Shape, Values } from '../../src/engine/executor.ts';
import { decoderModelConfig } from '../../src/engine/families/decoder.ts';
import type { Model } from '../../src/engine/families/family.ts';
import { modelOf } from '../../src/engine/families/index.ts';
import { sizeOf } from '../../src/engine/graph/graph.ts';
import { tensor } from '../../src/engine/programs/tensors.ts';
import * as tf from '../../src/engine/tf.ts';
import type { DecoderConfig } from '../../src/config/schema.ts';
import type { NamedArrays } from '../../src/protocol/savedState.ts';

/** Numbers between -scale and scale that are the same for the same seed. */
export const noise = (seed: number, count: number, scale = 1): Float32Array => {
  let state = seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return ((state / 0xffffffff) * 2 - 1) * scale;
  });
};

export const tinyModel = (sizes: Partial<DecoderConfig> = {}, vocabSize = 11): Model =>
  modelOf(
    decoderModelConfig(
      {
        family: 'decoder',
        hiddenSize: 16,
        numHiddenLayers: 2,
        numAttentionHeads: 4,
        numKeyValueHeads: 2,
        intermediateSize: 24,
        maxPositionEmbeddings: 32,
        ropeTheta: 10_000,
        partialRotaryFactor: 1,
        rmsNormEps: 1e-5,
        initializerRange: 0.02,
        ...sizes,
      },
      vocabSize,
    ),
  );

/** Weights that are large enough for every part of the model to matter. */
export const someWeights = (model: Model, scale = 0.5): NamedArrays =>
  Object.fromEntries(
    model.parameters.map(({ name, shape, init }, i) => {
      const values = noise(i + 1, sizeOf(shape), scale).map((x) => (init.kind === 'ones' ? 1 + x / 2 : x));
      return [name, { shape, values }];
    }),
  );

export const tokens = (count: number, vocabSize: number, seed = 7): Int32Array =>
  Int32Array.from(noise(seed, count), (x) => Math.floor(((x + 1) / 2) * (vocabSize - 1e-6)));

/** The largest difference, relative to the largest number expected. */
export const expectClose = (actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void => {
  expect(actual.length).toBe(expected.length);
  let [scale, difference] = [1e-30, 0];
  for (let i = 0; i < expected.length; i++) {
    const [is, should] = [actual[i] ?? Number.NaN, expected[i] ?? Number.NaN];
    scale = Math.max(scale, Math.abs(should));
    difference = Math.max(difference, Math.abs(is - should));
  }
  expect(difference / scale, `largest difference ${difference} of ${scale}`).toBeLessThan(tolerance);
};

/** Something differentiable in `inputs` with other tensors held fixed. */
export interface Piece {
  readonly name: string;
  /** Differentiated, by name. */
  readonly inputs: Readonly<Record<string, Shape>>;
  /** int32 inputs that are held fixed. */
  readonly indices?: Readonly<Record<string, { readonly shape: Shape; readonly values: Int32Array }>>;
  readonly output: Shape;
  readonly run: (tensors: Readonly<Record<string, tf.Tensor>>) => tf.Tensor;
}

/** A program that returns the piece's value, and the gradient of sum(value * weights) by each input as `d.<input>`. */
export const pieceProgram = (piece: Piece): Program => {
  const names = Object.keys(piece.inputs);
  const floats = [...Object.entries(piece.inputs), ['weights', piece.output] as const];
  return {
    name: piece.name,
    inputs: [
      ...floats.map(([name, shape]) => ({ name, shape, dtype: 'float32' as const })),
      ...Object.entries(piece.indices ?? {}).map(([name, { shape }]) => ({ name, shape, dtype: 'int32' as const })),
    ],
    reads: [],
    writes: [],
    appends: [],
    returns: ['value', ...names.map((name) => `d.${name}`)],
    body: (tensors) => {
      const objective = (...values: tf.Tensor[]): tf.Tensor<tf.Rank.R0> => {
        const changed = Object.fromEntries(names.map((name, i) => [name, values[i] ?? tensor(tensors, name)]));
        return tf.sum(tf.mul(piece.run({ ...tensors, ...changed }), tensor(tensors, 'weights')));
      };
      const { grads } = tf.valueAndGrads(objective)(names.map((name) => tensor(tensors, name)));
      const gradients = Object.fromEntries(names.map((name, i) => [`d.${name}`, grads[i] ?? tf.scalar(0)]));
      return { value: piece.run(tensors), ...gradients };
    },
  };
};

export const pieceInputs = (piece: Piece): Record<string, Values> => {
  const floats = [...Object.entries(piece.inputs), ['weights', piece.output] as const];
  const indices = Object.entries(piece.indices ?? {}).map(([name, { values }]) => [name, values] as const);
  return Object.fromEntries([
    ...floats.map(([name, shape], i) => [name, noise(i + 1, sizeOf(shape))] as const),
    ...indices,
  ]);
};

/** Compiles, runs once and cleans up. */
export const runOnce = async (
  executor: Executor,
  program: Program,
  inputs: Readonly<Record<string, Values>>,
): Promise<Record<string, Float32Array>> => {
  const compiled: CompiledProgram = await executor.compile(program);
  try {
    return await compiled.run(inputs);
  } finally {
    await compiled.dispose();
  }
};
