/** Finds what a trace computes, in signs, in LaTeX and in words, and checks it exactly. */
import { Effort, TooMuchEffort } from '../../grading/math/effort.ts';
import type { Rational } from '../../grading/rational.ts';
import { isLabelled, isSameCounted } from './labels.ts';
import { endPieces, isInBrackets, startPieces } from './pieces.ts';
import { pieceValue, type PieceValue, type ValueOptions } from './pieceValue.ts';
import { RoundedNumbers } from './roundedNumbers.ts';
import { statementsIn, type Statement } from './statements.ts';
import type { TraceToken } from './traceToken.ts';
import { traceTokens } from './traceTokens.ts';
import { AFTER_VALUE, NOT_ASSERTED, NOT_ASSERTED_AFTER, TAKEN_BACK_WORDS, VERBS } from './words.ts';

/** One claim that a computation has a value. Each link of `a = b = c` is one. */
export interface Calculation {
  /** In the trace, UTF-16 units. */
  readonly start: number;
  readonly end: number;
  /** What is computed, in signs alone: the same for any writing of the same computation. */
  readonly expression: string;
  /** Where the computation is of rounded numbers, its lower bound. */
  readonly value: Rational;
  readonly claimed: Rational;
  readonly isRight: boolean;
}

export interface Calculations {
  /** In the order of the trace. */
  readonly list: readonly Calculation[];
  /** False where the trace asked for more than is computed for one, and the rest was not looked at. */
  readonly isComplete: boolean;
}

/** Never throws. A claim counts as wrong only where no reading of it is right. */
export function calculationsIn(trace: string): Calculations {
  const tokens = traceTokens(trace);
  const checker = new Checker(tokens);
  try {
    for (const statement of statementsIn(tokens)) checker.check(statement);
  } catch (error) {
    if (!(error instanceof TooMuchEffort)) throw error;
    return { list: checker.found, isComplete: false };
  }
  return { list: checker.found, isComplete: true };
}

type Tokens = readonly TraceToken[];

/** Two pieces in a relation, and what is known of it. */
interface Claim {
  readonly left: Tokens;
  readonly right: Tokens;
  readonly isAbout: boolean;
}

class Checker {
  readonly found: Calculation[] = [];
  private readonly tokens: Tokens;
  private readonly effort = new Effort();
  private readonly rounded = new RoundedNumbers();

  constructor(tokens: Tokens) {
    this.tokens = tokens;
    this.rounded.learnDots(tokens);
  }

  check(statement: Statement): void {
    if (!this.isAsserted(statement)) return;
    for (const [at, { name, isWord }] of statement.relations.entries()) {
      const [left, right] = [statement.sides[at] ?? [], statement.sides[at + 1] ?? []];
      const isLast = at === statement.relations.length - 1;
      if (name === 'other' || (isWord && !this.isValueInWords(left, right, isLast ? statement.to : null))) continue;
      const isRemark = at === 0 && this.tokens[statement.from - 1]?.kind === 'word' && isInBrackets(left);
      this.judge(endPieces(left), startPieces(right), { isAbout: name === 'about', isRemark });
    }
  }

  /** Not where it is asked, supposed, denied or taken back in the same breath. */
  private isAsserted({ from, to }: Statement): boolean {
    for (let at = from - 1; at >= from - 4; at--) {
      const token = this.tokens[at];
      if (token?.kind !== 'word') break;
      if (NOT_ASSERTED.has(token.text)) return false;
    }
    const next = this.tokens[to];
    if (next?.kind === 'break' && next.sign === '?') return false;
    return next?.kind !== 'word' || !this.isTakenBack(to);
  }

  private isTakenBack(to: number): boolean {
    const [first = '', ...others] = this.tokens
      .slice(to, to + 4)
      .map((token) => (token.kind === 'word' ? token.text : ''));
    if (NOT_ASSERTED_AFTER.has(first)) return true;
    return VERBS.has(first) && others.some((word) => TAKEN_BACK_WORDS.has(word));
  }

  /** Scores, dates and parts of names are written without spaces: `a 3-2 is 5 …`. */
  private isValueInWords(left: Tokens, right: Tokens, next: number | null): boolean {
    const after = next === null ? undefined : this.tokens[next];
    if (after?.kind === 'word' && AFTER_VALUE.has(after.text)) return false;
    const isComputed = left.some(
      (token) =>
        token.kind === 'prefix' ||
        token.kind === 'postfix' ||
        (token.kind === 'operator' &&
          (token.isWord || token.isApart || token.operator === '+' || token.operator === '*')),
    );
    return isComputed && right.filter(({ kind }) => kind === 'number').length === 1;
  }

  /** A remark belongs to the words before it (`all less those (2 * 6) = …`): it claims nothing unless it is right. */
  private judge(
    lefts: readonly Tokens[],
    rights: readonly Tokens[],
    { isAbout, isRemark }: { readonly isAbout: boolean; readonly isRemark: boolean },
  ): void {
    const claims = lefts.flatMap((left) => rights.map((right): Claim => ({ left, right, isAbout })));
    const [first] = claims;
    if (!first) return;
    const value = this.valuesOf(first, USUAL);
    if (isAbout && !value?.left) this.learnAbout(first);
    if (!value?.left || !value.right || !isClaim(first, value.left, value.right)) return;
    const isRight = claims.some((claim) => this.holds(claim));
    if (!isRight && (isRemark || !isSameCounted(first.left, first.right))) return;
    this.found.push(calculationOf(first, value.left, value.right, isRight));
  }

  private valuesOf({ left, right }: Claim, { percents, divisors }: Sense) {
    const options = { effort: this.effort, percents, divisors, rounded: this.rounded.of };
    return { left: pieceValue(left, options), right: pieceValue(right, options) };
  }

  private learnAbout({ right }: Claim): void {
    const value = pieceValue(right, { effort: this.effort, ...USUAL, rounded: () => null });
    if (value) this.rounded.learn(value, null);
  }

  /** By any reading: percents as shares or as numbers, what a sign of division divides by, an exclamation mark that is none of mathematics. */
  private holds(claim: Claim): boolean {
    if (this.holdsAs(claim, USUAL)) return true;
    if (hasPostfix(claim, 'percent') && this.holdsAs(claim, { ...USUAL, percents: 'plain' })) return true;
    if (hasLongDivision(claim) && this.holdsAs(claim, { ...USUAL, divisors: 'rest' })) return true;
    const last = claim.right.at(-1);
    const isExclaimed = last?.kind === 'postfix' && last.name === 'factorial';
    return isExclaimed && this.holdsAs({ ...claim, right: claim.right.slice(0, -1) }, USUAL);
  }

  private holdsAs(claim: Claim, sense: Sense): boolean {
    const { left, right } = this.valuesOf(claim, sense);
    return left !== null && right !== null && this.rounded.isSame(left, right, claim.isAbout);
  }
}

type Sense = Pick<ValueOptions, 'percents' | 'divisors'>;

const USUAL: Sense = { percents: 'hundredths', divisors: 'next' };

/** `7 * 6 / 3 * 2` */
const hasLongDivision = ({ left, right }: Claim): boolean =>
  [left, right].some((piece) => {
    const from = piece.findIndex((token) => token.kind === 'operator' && token.operator === '/');
    return from >= 0 && piece.slice(from).some((token) => token.kind === 'operator' && token.operator === '*');
  });

const hasPostfix = ({ left, right }: Claim, name: 'percent'): boolean =>
  [...left, ...right].some((token) => token.kind === 'postfix' && token.name === name);

/** A number that is given a name (`day 3 total = 12 + 7`) is not said to be computed. */
const isClaim = (claim: Claim, left: PieceValue, right: PieceValue): boolean =>
  left.hasOperation || (right.hasOperation && !isLabelled(claim.left));

function calculationOf(claim: Claim, left: PieceValue, right: PieceValue, isRight: boolean): Calculation {
  const [computed, given] = left.hasOperation ? [left, right] : [right, left];
  return {
    start: claim.left[0]?.start ?? 0,
    end: claim.right.at(-1)?.end ?? 0,
    expression: expressionOf(left.hasOperation ? claim.left : claim.right),
    value: computed.range.low,
    claimed: given.range.low,
    isRight,
  };
}

/** `7 + 12` and `12+7` are one. */
function expressionOf(piece: Tokens): string {
  const signs = piece.flatMap(signOf);
  const [a = '', operator, b = ''] = signs;
  return signs.length === 3 && (operator === '+' || operator === '*') ? [a, b].sort().join(operator) : signs.join('');
}

function signOf(token: TraceToken): string[] {
  switch (token.kind) {
    case 'number':
      return [`${token.value.numerator}${token.value.denominator === 1n ? '' : `|${token.value.denominator}`}`];
    case 'operator':
      return [token.operator];
    case 'open':
    case 'close':
      return [token.kind === 'open' ? '(' : ')'];
    case 'prefix':
    case 'postfix':
      return [token.name];
    case 'relation':
    case 'word':
    case 'label':
    case 'symbol':
    case 'break':
      return [];
    default:
      return token satisfies never;
  }
}
