/** State in JavaScript's memory, with a count of its changes, so that what follows from it need not be made anew for each run. */
import type { FloatTensor } from './onnxSession.ts';

export class OnnxState {
  readonly #tensors = new Map<string, FloatTensor>();
  #version = 0;

  /** Another number whenever a name has come, gone or got another tensor. */
  get version(): number {
    return this.#version;
  }

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
    this.#version += 1;
  }

  delete(name: string): void {
    if (this.#tensors.delete(name)) this.#version += 1;
  }

  clear(): void {
    this.#tensors.clear();
    this.#version += 1;
  }
}
