/** Traces with known faults: what is wrong in them, where, and what became of it. */
import { Draws } from '../../../src/engine/random/draws.ts';
import { randomSource } from '../../../src/engine/random/randomSource.ts';
import type { Pool, Said } from './phrases.ts';

/** A stretch of a text, UTF-16 units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface PlantedTrace {
  readonly text: string;
  /** The sentence of the first wrong calculation; null for none. */
  readonly firstError: Span | null;
  /** Sentences of wrong calculations that were repaired, and of right ones that were broken. */
  readonly repaired: readonly Span[];
  readonly broken: readonly Span[];
}

export function plantedTrace(pool: Pool, seed: number): PlantedTrace {
  return new Writer(pool, new Draws(randomSource(seed, 'planted'))).write();
}

class Writer {
  private text = '';
  private readonly wrong: Span[] = [];
  private readonly repaired: Span[] = [];
  private readonly broken: Span[] = [];
  private readonly seen = new Set<string>();
  private readonly pool: Pool;
  private readonly draws: Draws;

  constructor(pool: Pool, draws: Draws) {
    this.pool = pool;
    this.draws = draws;
  }

  write(): PlantedTrace {
    const { draws, pool } = this;
    const steps = draws.integer(3, 12);
    for (let step = 0; step < steps; step++) {
      if (draws.chance(0.3)) this.say(draws.pick(pool.distractors));
      this.step();
    }
    const firstError = [...this.wrong].sort((a, b) => a.start - b.start)[0] ?? null;
    return { text: this.text, firstError, repaired: this.repaired, broken: this.broken };
  }

  private say(sentence: string): Span {
    const start = this.text.length;
    this.text += sentence;
    const span = { start, end: this.text.length };
    this.text += /\n$/.test(sentence) || this.draws.chance(0.4) ? '\n' : ' ';
    if (/^(?:- |\d\. )/.test(sentence) && start > 0 && this.text[start - 1] === ' ') this.breakBefore(start);
    return span;
  }

  /** Items of lists stand on lines of their own. */
  private breakBefore(start: number): void {
    this.text = `${this.text.slice(0, start - 1)}\n${this.text.slice(start)}`.replace(/ $/, '\n');
  }

  private step(): void {
    const { draws, pool } = this;
    const sum = this.newSum();
    const isWrong = draws.chance(0.12);
    const wrong = String(wrongValue(sum.value, draws));
    const first = this.say(draws.pick(pool.claims)(written(sum, isWrong ? wrong : null)));
    if (isWrong) this.wrong.push(first);
    if (isWrong && draws.chance(0.5))
      this.change(sum, { value: String(sum.value), before: wrong }, first, this.repaired);
    else if (!isWrong && draws.chance(0.1))
      this.change(sum, { value: wrong, before: String(sum.value) }, first, this.broken);
    else if (!isWrong && draws.chance(0.25)) this.say(draws.pick(pool.confirmations)(written(sum, null)));
  }

  private change(sum: Sum, { value, before }: { value: string; before: string }, first: Span, changed: Span[]): void {
    const { draws, pool } = this;
    changed.push(first);
    if (draws.chance(0.35)) {
      this.say(draws.pick(pool.corrections)({ value, before }));
      return;
    }
    const again = this.say(draws.pick(pool.redone)({ ...written(sum, value), before }));
    if (changed === this.broken) this.wrong.push(again);
  }

  /** No sum stands twice in a trace by chance. */
  private newSum(): Sum {
    for (;;) {
      const sum = drawSum(this.draws);
      const key = [sum.a, sum.b].sort((a, b) => a - b).join(sum.operator);
      if (this.seen.has(key)) continue;
      this.seen.add(key);
      return sum;
    }
  }
}

interface Sum {
  readonly a: number;
  readonly b: number;
  readonly operator: Said['operator'];
  readonly value: number;
}

function drawSum(draws: Draws): Sum {
  const operator = draws.pick(['+', '-', '*', '/'] as const);
  const [x, y] = [draws.integer(2, 99), draws.integer(2, 99)];
  switch (operator) {
    case '+':
      return { a: x, b: y, operator, value: x + y };
    case '-':
      return { a: x + y, b: y, operator, value: x };
    case '*':
      return { a: x, b: y, operator, value: x * y };
    case '/':
      return { a: x * y, b: y, operator, value: x };
    default:
      return operator satisfies never;
  }
}

const wrongValue = (value: number, draws: Draws): number => {
  const off = draws.pick([1, 2, 10]);
  return value > off && draws.chance(0.5) ? value - off : value + off;
};

const written = ({ a, b, operator, value }: Sum, claimed: string | null): Said => ({
  ...{ a: String(a), b: String(b), operator },
  value: claimed ?? String(value),
});
