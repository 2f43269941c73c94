/** Functions to call when something happens: the editor's EventEmitter for files that do not know the editor. */

export interface Stoppable {
  dispose(): void;
}

export class Listeners<T> {
  readonly #all = new Set<(value: T) => void>();

  add(listener: (value: T) => void): Stoppable {
    this.#all.add(listener);
    return { dispose: () => void this.#all.delete(listener) };
  }

  call(value: T): void {
    for (const listener of [...this.#all]) listener(value);
  }
}
