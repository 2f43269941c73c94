/** Finds the equations in any text and says which are wrong: false ones, malformed ones, and steps that were not due. */
import { equal, type Rational } from '../grading/rational.ts';
import type { Computation } from './arithmeticComputation.ts';
import { evaluate, parseExpression } from './arithmeticExpression.ts';
import { WORDS } from './arithmeticTraces.ts';
import type { StepCheck } from './task.ts';

/** Before the equation there may be how often it is still to be done: `3:`. */
const CLAIM = /(?:\d+:)?[\d+\-*/() ]*=[\d+\-*/() =]*/g;
const COUNT = /^\d+:/;
const TAKEN_BACK = new RegExp(`(?<![A-Za-z])${WORDS.fails}(?![A-Za-z])`);

/**
 * Each equation counts as one step. A trace that begins in the form of our writers is followed step by step: the right
 * digits, carries and order are asked for too, given what was written before. Any other trace is checked equation by
 * equation. A step that the next reflection takes back ("Wait ... no") is not held against it.
 */
export function checkSteps(computation: Computation | null, trace: string): StepCheck {
  const follower = new Follower(computation);
  const wrong: boolean[] = [];
  let lastStep: number | null = null;
  for (const line of trace.split('\n')) {
    const isReflection = line.trimStart().startsWith(WORDS.doubt);
    if (isReflection && TAKEN_BACK.test(line) && lastStep !== null) wrong[lastStep] = false;
    for (const [claim] of line.matchAll(CLAIM)) {
      if (!isReflection) lastStep = wrong.length;
      const isDue = isReflection || follower.isDue(claim);
      wrong.push(!isDue || !holds(claim));
    }
  }
  const firstError = wrong.indexOf(true);
  return {
    count: wrong.length,
    wrong: wrong.filter(Boolean).length,
    firstError: firstError < 0 ? null : firstError,
  };
}

/** True where all sides of a chain of equations have one and the same value. */
function holds(claim: string): boolean {
  const [first, ...others] = claim.replace(COUNT, '').split('=').map(valueOf);
  return !!first && others.every((value) => value !== null && equal(first, value));
}

function valueOf(text: string): Rational | null {
  const expression = parseExpression(text);
  return expression && evaluate(expression);
}

/** Walks a computation along the steps as written, wrong results included, for as long as they are the due ones. */
class Follower {
  private current: Computation | null;
  /** Before the newest step, which may be restated. */
  private before: Computation | null = null;
  /** Steps that begin with a count are in no form but ours. */
  private readonly isCounting: boolean;

  constructor(computation: Computation | null) {
    this.current = computation;
    this.isCounting = COUNT.test(computation?.due ?? '');
  }

  /** False for the one claim that leaves our form after it was entered; what follows is not ours to judge. */
  isDue(claim: string): boolean {
    const [left = '', right = ''] = claim.split('=').map((side) => side.trim());
    const from = [this.current, this.before].find((state) => state?.due === left);
    const result = valueOf(right);
    if (from && result?.denominator === 1n) {
      this.before = from;
      this.current = from.after(result.numerator);
      return true;
    }
    const isOutside = this.before === null && !(this.isCounting && COUNT.test(claim.trim()));
    const isDoneOrOutside = isOutside || this.current?.due === null;
    if (!isDoneOrOutside) this.current = this.before = null;
    return isDoneOrOutside;
  }
}
