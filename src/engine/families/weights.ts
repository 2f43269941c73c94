/** A model's weights inside a program, by name, and the way through a matrix with or without its bias and its adapter. */
import type { Tensors } from '../executor.ts';
import { linear } from '../nn/linear.ts';
import * as tf from '../tf.ts';
import { adapterNames } from './lora.ts';

export class Weights {
  readonly #tensors: Tensors;

  constructor(tensors: Tensors) {
    this.#tensors = tensors;
  }

  /** A missing weight is a bug of the caller. */
  get(name: string): tf.Tensor {
    const weight = this.#tensors[name];
    if (!weight) throw new Error(`Weight ${name} was not given to the model.`);
    return weight;
  }

  /** All weights, adapters too, whose names start with `prefix`. */
  under(prefix: string): Tensors {
    return Object.fromEntries(Object.entries(this.#tensors).filter(([name]) => name.startsWith(prefix)));
  }

  /** x [n, in] through the matrix [out, in] called `name`: x W^T, plus bias, plus (x A^T) B^T, as far as it has them -> [n, out]. */
  linear(x: tf.Tensor, name: string): tf.Tensor {
    const plain = linear(x, this.get(name), this.#tensors[biasName(name)]);
    const { a, b } = adapterNames(name);
    if (!this.#tensors[a]) return plain;
    return tf.add(plain, linear(linear(x, this.get(a)), this.get(b)));
  }
}

/** The name of the bias [out] of the matrix called `matrix`. */
export const biasName = (matrix: string): string => matrix.replace(/weight$/, 'bias');
