/** Work that is done again only when there is a reason. */

/** Computes again only when one of the parts it is made from is another one. */
export class Memo<Value> {
  #from: readonly unknown[] = [];
  #value: Value | undefined;

  /** `from` always has as many parts. */
  of(from: readonly unknown[], compute: () => Value): Value {
    const isSame = this.#from.length > 0 && from.every((part, at) => Object.is(part, this.#from[at]));
    if (isSame && this.#value !== undefined) return this.#value;
    this.#from = from;
    this.#value = compute();
    return this.#value;
  }
}

/** Asks the host for the same thing once per snapshot. */
export class Questions {
  readonly #asked = new Set<string>();
  #revision = 0;

  once(revision: number, question: string, ask: () => void): void {
    if (revision !== this.#revision) this.#asked.clear();
    this.#revision = revision;
    if (revision === 0 || this.#asked.has(question)) return;
    this.#asked.add(question);
    ask();
  }
}
