/** All substrings of a sequence with how often and where they stand, in linear space (Blumer et al. 1985). */

/** A substring that is not contained in a longer one with the same occurrences. */
export interface Repeat {
  readonly length: number;
  /** Occurrences, overlapping ones too. */
  readonly count: number;
  /** Place behind the first and behind the last occurrence. */
  readonly firstEnd: number;
  readonly lastEnd: number;
}

/** `symbols` are whole numbers from 0. */
export function repeatsIn(symbols: readonly number[]): Repeat[] {
  return new SuffixAutomaton(symbols).repeats();
}

class SuffixAutomaton {
  private readonly most: number;
  private readonly length: Int32Array;
  private readonly link: Int32Array;
  private readonly count: Int32Array;
  private readonly firstEnd: Int32Array;
  private readonly lastEnd: Int32Array;
  /** Edges of a state as a list: the newest, and of each edge its symbol and the one before it. */
  private readonly newest: Int32Array;
  private readonly symbols: number[] = [];
  private readonly earlier: number[] = [];
  private readonly targets = new Map<number, number>();
  private readonly alphabet: number;
  private states = 1;
  private last = 0;

  constructor(symbols: readonly number[]) {
    this.most = Math.max(2, 2 * symbols.length);
    this.alphabet = symbols.reduce((most, symbol) => Math.max(most, symbol), 0) + 1;
    const numbers = (): Int32Array => new Int32Array(this.most);
    [this.length, this.link, this.count, this.firstEnd] = [numbers(), numbers(), numbers(), numbers()];
    [this.lastEnd, this.newest] = [numbers(), numbers().fill(-1)];
    this.link[0] = -1;
    symbols.forEach((symbol, at) => this.extend(symbol, at + 1));
  }

  private target(state: number, symbol: number): number {
    return this.targets.get(state * this.alphabet + symbol) ?? -1;
  }

  private connect(state: number, symbol: number, target: number): void {
    const key = state * this.alphabet + symbol;
    if (!this.targets.has(key)) {
      this.earlier.push(this.newest[state] ?? -1);
      this.newest[state] = this.symbols.push(symbol) - 1;
    }
    this.targets.set(key, target);
  }

  private extend(symbol: number, end: number): void {
    const state = this.newState((this.length[this.last] ?? 0) + 1, end);
    this.count[state] = 1;
    let at = this.last;
    for (; at >= 0 && this.target(at, symbol) < 0; at = this.link[at] ?? -1) this.connect(at, symbol, state);
    this.link[state] = at < 0 ? 0 : this.suffixOf(at, symbol);
    this.last = state;
  }

  private newState(length: number, end: number): number {
    const state = this.states++;
    this.length[state] = length;
    this.firstEnd[state] = this.lastEnd[state] = end;
    return state;
  }

  /** The state for what `at` spells with `symbol` behind it, split off where it must be. */
  private suffixOf(at: number, symbol: number): number {
    const next = this.target(at, symbol);
    const length = (this.length[at] ?? 0) + 1;
    if (this.length[next] === length) return next;
    const clone = this.newState(length, this.firstEnd[next] ?? 0);
    for (let edge = this.newest[next] ?? -1; edge >= 0; edge = this.earlier[edge] ?? -1) {
      const known = this.symbols[edge] ?? 0;
      this.connect(clone, known, this.target(next, known));
    }
    this.link[clone] = this.link[next] ?? 0;
    this.link[next] = clone;
    for (let from = at; from >= 0 && this.target(from, symbol) === next; from = this.link[from] ?? -1)
      this.connect(from, symbol, clone);
    return clone;
  }

  repeats(): Repeat[] {
    for (const state of this.byLength()) {
      const link = this.link[state] ?? -1;
      if (link < 0) continue;
      this.count[link] = (this.count[link] ?? 0) + (this.count[state] ?? 0);
      this.lastEnd[link] = Math.max(this.lastEnd[link] ?? 0, this.lastEnd[state] ?? 0);
    }
    return Array.from({ length: this.states - 1 }, (_, at) => this.repeat(at + 1)).filter(({ count }) => count > 1);
  }

  private repeat(state: number): Repeat {
    const of = (numbers: Int32Array): number => numbers[state] ?? 0;
    return { length: of(this.length), count: of(this.count), firstEnd: of(this.firstEnd), lastEnd: of(this.lastEnd) };
  }

  private byLength(): number[] {
    return Array.from({ length: this.states }, (_, state) => state).sort(
      (a, b) => (this.length[b] ?? 0) - (this.length[a] ?? 0),
    );
  }
}
