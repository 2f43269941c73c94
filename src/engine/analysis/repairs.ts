/** What became of each calculation: errors that a reflection repaired, and right results that one broke. */
import { equal, parseRational, type Rational } from '../grading/rational.ts';
import type { Calculation } from './calculations/calculations.ts';
import { doubtsIn } from './doubts.ts';

export interface Repairs {
  /** Numbers (from 0) of wrong calculations whose right result was found later, behind a doubt. */
  readonly repaired: readonly number[];
  /** Numbers of right calculations that were replaced by a wrong result, behind a doubt. */
  readonly broken: readonly number[];
}

/** A computation is done again where it stands again, or where a result alone is corrected (`that should be 19`). */
export function repairsIn(trace: string, calculations: readonly Calculation[]): Repairs {
  const tracker = new Tracker(doubtsIn(trace));
  for (const [index, calculation] of calculations.entries()) {
    tracker.see(index, calculation);
    const end = Math.min(calculations[index + 1]?.start ?? trace.length, calculation.end + FARTHEST);
    const corrected = correctionIn(trace.slice(calculation.end, end), calculation.claimed);
    if (corrected) tracker.correct(calculation, equal(corrected, calculation.value));
  }
  return { repaired: [...tracker.repaired].sort((a, b) => a - b), broken: [...tracker.broken].sort((a, b) => a - b) };
}

/** A correction stands so near to what it corrects. */
const FARTHEST = 300;

interface Seen {
  /** Of the last calculation. */
  end: number;
  isRight: boolean;
  /** Numbers of the calculations since the result last changed. */
  indices: number[];
}

class Tracker {
  readonly repaired = new Set<number>();
  readonly broken = new Set<number>();
  private readonly doubts: readonly number[];
  private readonly seen = new Map<string, Seen>();

  constructor(doubts: readonly number[]) {
    this.doubts = doubts;
  }

  see(index: number, { expression, isRight, start, end }: Calculation): void {
    const before = this.seen.get(expression);
    if (before?.isRight === isRight) {
      before.indices.push(index);
      before.end = end;
      return;
    }
    if (before && this.hasDoubt(before.end, start)) this.turn(before, isRight);
    this.seen.set(expression, { end, isRight, indices: [index] });
  }

  correct({ expression }: Calculation, isRight: boolean): void {
    const before = this.seen.get(expression);
    if (!before || before.isRight === isRight) return;
    this.turn(before, isRight);
    before.isRight = isRight;
    before.indices = [];
  }

  private turn({ indices }: Seen, isRight: boolean): void {
    const turned = isRight ? this.repaired : this.broken;
    for (const index of indices) turned.add(index);
  }

  /** By halving: the doubts are in the order of the trace. */
  private hasDoubt(from: number, to: number): boolean {
    let [low, high] = [0, this.doubts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.doubts[middle] ?? 0) < from) low = middle + 1;
      else high = middle;
    }
    const first = this.doubts[low];
    return first !== undefined && first < to;
  }
}

const NUMBER = String.raw`\$?(-?\d[\d,]*(?:\.\d+)?)(?![\d%]|\.\d|\s*[-+*/=^×÷]|\s+(?:more|less|times|plus|minus))`;
const CORRECTION = new RegExp(
  [
    String.raw`\b(?:should (?:have been|be|read|say|equal)|ought to be|must be|is (?:actually|really|in fact)|it's actually|actually (?:is|equals|it's|it is|that's)|(?:correct|right|true|real) (?:value|answer|result|sum|product|total|number|one)? ?(?:is|was|should be)|(?:make|makes) (?:that|it)|correct(?:ed|ing)? (?:it |that |this )?to|(?:i )?meant(?: to (?:say|write))?)(?: actually| really| equal to| exactly)? ${NUMBER}`,
  ].join('|'),
  'i',
);
const NOT_BUT = new RegExp(String.raw`\bnot ${NUMBER},? but ${NUMBER}`, 'i');
const RATHER = new RegExp(String.raw`${NUMBER},? (?:not|rather than|instead of) ${NUMBER}`, 'i');

/** The number that is put in the place of `claimed`; null where none is. */
function correctionIn(text: string, claimed: Rational): Rational | null {
  const rather = RATHER.exec(text);
  if (rather && isValue(rather[2], claimed)) return valueOf(rather[1]);
  const notBut = NOT_BUT.exec(text);
  if (notBut && isValue(notBut[1], claimed)) return valueOf(notBut[2]);
  const said = CORRECTION.exec(text);
  return said && valueOf(said[1]);
}

const valueOf = (written: string | undefined): Rational | null => parseRational((written ?? '').replaceAll(',', ''));

function isValue(written: string | undefined, value: Rational): boolean {
  const read = valueOf(written);
  return read !== null && equal(read, value);
}
