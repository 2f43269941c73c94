/** Counts what a step leaves out, by reason, and remembers where the first row of each reason stands. */
import type { LeftOut, LeftOutReason } from '../../protocol/preparation.ts';

export class LeftOutTally {
  readonly #byReason = new Map<string, LeftOut>();
  readonly #pathOf: (source: number) => string;

  constructor(pathOf: (source: number) => string) {
    this.#pathOf = pathOf;
  }

  /** `why` is told of the first row of a reason, behind its place. */
  add(reason: LeftOutReason, detail: string, source: number, line: number, why = '', rows = 1): void {
    const key = `${reason} ${detail}`;
    const known = this.#byReason.get(key);
    const first = known?.first ?? `${this.#pathOf(source)}:${line}${why === '' ? '' : `: ${why}`}`;
    this.#byReason.set(key, { reason, detail, rows: (known?.rows ?? 0) + rows, first });
  }

  /** The most frequent reason first. */
  take(): readonly LeftOut[] {
    return [...this.#byReason.values()].sort((a, b) => b.rows - a.rows);
  }
}
