/** Weights of a large model for a measurement: no one draws half a billion normal numbers anew, and here they need not differ. */
import type { Model, Parameter } from '../src/engine/families/family.ts';
import { sizeOf } from '../src/engine/graph/graph.ts';
import { randomSource } from '../src/engine/random/randomSource.ts';
import type { NamedArrays } from '../src/protocol/savedState.ts';

/** A prime, so that rows of matrices differ. */
const PERIOD = 65_521;

/** Uniform numbers with the spread of a new model's, repeated. */
export const repeatedWeights = ({ parameters }: Pick<Model, 'parameters'>): NamedArrays => {
  const random = randomSource(1, 'bench weights');
  const pattern = Float32Array.from({ length: PERIOD }, (_, i) => 2 * random.uniform(i) - 1);
  return Object.fromEntries(
    parameters.map(({ name, shape, init }) => [name, { shape, values: filled(init, sizeOf(shape), pattern) }]),
  );
};

const filled = (init: Parameter['init'], size: number, pattern: Float32Array): Float32Array => {
  if (init.kind === 'ones' || init.kind === 'zeros') return new Float32Array(size).fill(init.kind === 'ones' ? 1 : 0);
  const bound = init.kind === 'uniform' ? init.bound : init.std * Math.sqrt(3);
  const values = pattern.map((value) => value * bound);
  const data = new Float32Array(size);
  for (let at = 0; at < size; at += PERIOD) data.set(values.subarray(0, Math.min(PERIOD, size - at)), at);
  return data;
};
