/** State in JavaScript's memory, and what programs have made of it, which is forgotten as soon as a tensor comes, goes or changes. */
import type { Floats, FloatTensor } from './onnxSession.ts';

/** The state that a program reads, and that which it writes during its run. */
export interface Bound {
  readonly feeds: Floats;
  readonly targets: Floats;
}

export class OnnxState {
  readonly #tensors = new Map<string, FloatTensor>();
  readonly #bound = new Map<object, Bound>();
  #zeros = new Float32Array(0);

  get size(): number {
    return this.#tensors.size;
  }

  get(name: string): FloatTensor | undefined {
    return this.#tensors.get(name);
  }

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  set(name: string, tensor: FloatTensor): void {
    if (this.#tensors.get(name) === tensor) return;
    this.#tensors.set(name, tensor);
    this.#bound.clear();
  }

  delete(name: string): void {
    this.#tensors.delete(name);
    this.#bound.clear();
  }

  clear(): void {
    this.#tensors.clear();
    this.#bound.clear();
  }

  /** So many zeros, for reading only: all who ask share them. */
  zeros(count: number): Float32Array {
    if (this.#zeros.length < count) this.#zeros = new Float32Array(count);
    return this.#zeros.subarray(0, count);
  }

  /** What `bind` made for this program, made anew where the state has changed since. */
  boundFor(program: object, bind: () => Bound): Bound {
    const existing = this.#bound.get(program);
    if (existing) return existing;
    const bound = bind();
    this.#bound.set(program, bound);
    return bound;
  }
}
