/** What is happening and how long it may still take, on standard error. */
import type { Work } from './shapes.ts';

export class Progress {
  readonly #works: readonly Work[];
  readonly #clock: () => number;
  readonly #write: (line: string) => void;
  readonly #started: number;
  #done = 0;

  /** `clock` in milliseconds. */
  constructor(works: readonly Work[], clock: () => number, write: (line: string) => void) {
    this.#works = works;
    this.#clock = clock;
    this.#write = write;
    this.#started = clock();
  }

  readonly say = (what: string): void =>
    this.#write(`[${Math.min(this.#done + 1, this.#works.length)}/${this.#works.length}] ${what}; ${this.timeLeft()}`);

  finish(): void {
    this.#done++;
  }

  /** What is known of the works, at the pace of this machine so far. */
  timeLeft(): string {
    const typical = (works: readonly Work[]): number =>
      works.reduce((sum, { typicalSeconds }) => sum + typicalSeconds, 0);
    const elapsed = (this.#clock() - this.#started) / 1000;
    const finished = typical(this.#works.slice(0, this.#done));
    const pace = finished === 0 ? 1 : elapsed / finished;
    const left = Math.max(0, typical(this.#works) * pace - elapsed);
    return left < 60 ? 'under a minute left' : `about ${Math.round(left / 60)} min left`;
  }
}
