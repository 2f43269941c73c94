/** Draws expressions of each level, every intermediate result an integer, and deals them to the splits. */
import type { ArithmeticConfig } from '../../config/taskSchema.ts';
import type { Draws } from '../random/draws.ts';
import { hashText } from '../random/randomSource.ts';
import type { Split } from './task.ts';

type Level = ArithmeticConfig['level'];

interface Setting {
  readonly operations: readonly [least: number, most: number];
  /** Largest operand; the smallest is 1. */
  readonly operand: number;
  /** Largest magnitude of any intermediate result. */
  readonly magnitude: number;
}

const MIXED: Readonly<Record<'mixed-3' | 'paper', Setting>> = {
  'mixed-3': { operations: [1, 3], operand: 20, magnitude: 999 },
  paper: { operations: [5, 15], operand: 100, magnitude: 999_999 },
};

export function drawExpression(level: Level, draws: Draws): string {
  switch (level) {
    case 'addition-2':
    case 'addition-3':
    case 'addition-4':
      return drawAddition(Number(level.slice(-1)), draws);
    case 'chain-3':
    case 'chain-5':
      return drawChain(Number(level.slice(-1)), draws);
    case 'mixed-3':
    case 'paper':
      return drawMixed(MIXED[level], draws);
    default:
      return level satisfies never;
  }
}

/** One problem in eight is held out, decided by the problem itself: no choice of seeds can make the splits overlap. */
export function splitOf(text: string): Split {
  const canonical = /^\d+\+\d+$/.test(text) ? text.split('+').sort().join('+') : text;
  return hashText(`split ${canonical}`) % 8 === 0 ? 'heldOut' : 'train';
}

/** Numbers of 1 to `digits` digits, each length equally likely. */
function drawAddition(digits: number, draws: Draws): string {
  const number = (): number => draws.integer(0, 10 ** draws.integer(1, digits) - 1);
  return `${number()}+${number()}`;
}

/** Starts in 1..99, goes up or down by 1..9, and stays in 0..99. */
function drawChain(operations: number, draws: Draws): string {
  let value = draws.integer(1, 99);
  let text = `${value}`;
  for (let i = 0; i < operations; i++) {
    const operand = draws.integer(1, 9);
    const isUp = value + operand > 99 ? false : value - operand < 0 || draws.chance(0.5);
    value += isUp ? operand : -operand;
    text += `${isUp ? '+' : '-'}${operand}`;
  }
  return text;
}

function drawMixed(setting: Setting, draws: Draws): string {
  for (;;) {
    const drawn = new MixedDraw(setting, draws).row(draws.integer(...setting.operations), true);
    if (drawn) return drawn.text;
  }
}

interface Drawn {
  readonly text: string;
  readonly value: number;
  /** Operations in `text`. */
  readonly operations: number;
}

const GROUP_RATE = 0.2;
const LARGEST_GROUP = 5;

/**
 * Operands are uniform in 1..limit; a divisor is uniform among those in 2..limit that leave no rest, and where there is
 * none a plus stands instead. The paper does not say how it drew its divisions.
 */
class MixedDraw {
  private readonly setting: Setting;
  private readonly draws: Draws;

  constructor(setting: Setting, draws: Draws) {
    this.setting = setting;
    this.draws = draws;
  }

  /** Terms joined by `operations` operations, those inside parentheses counted; null if a result grows too large. */
  row(operations: number, mayGroup: boolean): Drawn | null {
    const first = this.factor(operations - 1, mayGroup);
    let left = operations - (first?.operations ?? 0);
    let text = first?.text ?? '';
    let term = first?.value ?? null;
    let sum = 0;
    while (left > 0) {
      if (term === null || !this.isInRange(term) || !this.isInRange(sum)) return null;
      const next = this.operation(term, left - 1, mayGroup);
      if (!next) return null;
      left -= 1 + next.operations;
      text += next.operator + next.text;
      if (next.operator === '*') term *= next.value;
      else if (next.operator === '/') term /= next.value;
      else {
        sum += term;
        term = next.operator === '+' ? next.value : -next.value;
      }
    }
    const isDrawn = term !== null && this.isInRange(term) && this.isInRange(sum + term);
    return isDrawn && term !== null ? { text, value: sum + term, operations } : null;
  }

  /** The next operator with what stands right of it. */
  private operation(term: number, budget: number, mayGroup: boolean): (Drawn & { readonly operator: string }) | null {
    const operator = this.draws.pick(['+', '-', '*', '/']);
    const divisors = operator === '/' ? this.divisorsOf(term) : [];
    if (divisors.length > 0) return { ...numeral(this.draws.pick(divisors)), operator };
    const factor = this.factor(budget, mayGroup);
    return factor && { ...factor, operator: operator === '/' ? '+' : operator };
  }

  /** An operand, or a group in parentheses of at most `budget` operations. */
  private factor(budget: number, mayGroup: boolean): Drawn | null {
    if (!mayGroup || budget < 1 || !this.draws.chance(GROUP_RATE))
      return numeral(this.draws.integer(1, this.setting.operand));
    const group = this.row(this.draws.integer(1, Math.min(LARGEST_GROUP, budget)), false);
    return group && { ...group, text: `(${group.text})` };
  }

  private divisorsOf(value: number): number[] {
    const all = Array.from({ length: this.setting.operand - 1 }, (_, i) => i + 2);
    return value === 0 ? [] : all.filter((divisor) => value % divisor === 0);
  }

  private isInRange(value: number): boolean {
    return Math.abs(value) <= this.setting.magnitude;
  }
}

const numeral = (value: number): Drawn => ({ text: `${value}`, value, operations: 0 });
