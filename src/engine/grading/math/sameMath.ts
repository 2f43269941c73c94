/** Whether two answers that were read mean the same. The conventions are those of docs/grading.md. */
import type { Effort } from './effort.ts';
import { apply, readingsOf, someSub, type Expression } from './expression.ts';
import { value, type MathAnswer, type RelationSign, type Side } from './mathAnswer.ts';
import { sameRelation } from './sameRelation.ts';
import { sameValue, type ValueRule } from './sameValue.ts';
import { sameWords } from './words.ts';

/** How it was found that two answers are the same. */
export type MatchRule =
  | ValueRule
  | 'words'
  | 'unordered'
  | 'ordered'
  | 'union'
  | 'matrix'
  | 'ratio'
  | 'equation'
  | 'inequality';

export interface SameOptions {
  /** A decimal that rounds an exact gold may count. */
  readonly isRoundingAllowed: boolean;
}

/** Null where they are not the same. Throws `TooMuchEffort`. */
export function sameMath(
  gold: MathAnswer,
  prediction: MathAnswer,
  options: SameOptions,
  effort: Effort,
): MatchRule | null {
  return new Comparison(options, effort).same(gold, prediction);
}

interface Named {
  readonly answer: MathAnswer;
  readonly name: string | null;
}

class Comparison {
  private readonly options: SameOptions;
  private readonly effort: Effort;

  constructor(options: SameOptions, effort: Effort) {
    this.options = options;
    this.effort = effort;
  }

  same(gold: MathAnswer, prediction: MathAnswer): MatchRule | null {
    this.effort.spend(1);
    if (gold.type === 'relation' && prediction.type === 'relation') {
      const rule = sameRelation(gold, prediction, this.effort);
      if (rule !== null) return rule;
    }
    const a = resolved(gold, isDecimal(prediction));
    const b = resolved(prediction, isDecimal(gold));
    if (a.name !== null && b.name !== null && a.name !== b.name) return null;
    return this.sameAnswer(a.answer, b.answer);
  }

  private sameAnswer(gold: MathAnswer, prediction: MathAnswer): MatchRule | null {
    if (isLoose(gold) !== isLoose(prediction)) {
      const [a, b] = [this.withoutRepetition(gold), this.withoutRepetition(prediction)];
      if (a !== gold || b !== prediction) return this.same(a, b);
    }
    if (isLoose(gold) && isLoose(prediction)) return this.unordered(gold.items, prediction.items, 'unordered');
    const listed = listAndTuple(gold, prediction);
    if (listed) return this.ordered(...listed);
    if (gold.type === 'value' && prediction.type === 'value')
      return sameValue(gold, prediction, this.options, this.effort);
    if (gold.type === 'tuple' && prediction.type === 'tuple')
      return gold.open === prediction.open && gold.close === prediction.close
        ? this.ordered(gold.items, prediction.items)
        : null;
    if (gold.type === 'union' || prediction.type === 'union')
      return this.unordered(partsOf(gold), partsOf(prediction), 'union');
    if (gold.type === 'matrix' && prediction.type === 'matrix') return this.matrices(gold.rows, prediction.rows);
    if (gold.type === 'ratio' && prediction.type === 'ratio')
      return this.areSame(gold.parts, prediction.parts) ? 'ratio' : null;
    if (gold.type === 'text' && prediction.type === 'text')
      return sameWords(gold.text, prediction.text) ? 'words' : null;
    return null;
  }

  private ordered(gold: readonly MathAnswer[], prediction: readonly MathAnswer[]): MatchRule | null {
    if (gold.length !== prediction.length) return null;
    return gold.every((item, place) => this.isSame(item, prediction[place])) ? 'ordered' : null;
  }

  /** Each of one side once among the other. */
  private unordered(gold: readonly MathAnswer[], prediction: readonly MathAnswer[], rule: MatchRule): MatchRule | null {
    const [wanted, given] = [this.distinct(gold), this.distinct(prediction)];
    if (wanted.length !== given.length) return null;
    const left = [...given];
    for (const item of wanted) {
      const place = left.findIndex((other) => this.isSame(item, other));
      if (place < 0) return null;
      left.splice(place, 1);
    }
    return rule;
  }

  /** `7, 7` is 7. */
  private withoutRepetition(answer: MathAnswer): MathAnswer {
    const [first, ...others] = isLoose(answer) ? answer.items : [];
    return first && others.every((item) => this.isSame(first, item)) ? first : answer;
  }

  private distinct(items: readonly MathAnswer[]): readonly MathAnswer[] {
    const kept: MathAnswer[] = [];
    for (const item of items.flatMap(spread)) if (!kept.some((other) => this.isSame(other, item))) kept.push(item);
    return kept;
  }

  private isSame(a: MathAnswer, b: MathAnswer | undefined): boolean {
    return b !== undefined && this.same(a, b) !== null;
  }

  private areSame(a: readonly Expression[], b: readonly Expression[]): boolean {
    return a.length === b.length && a.every((part, place) => this.isSame(value(part), b[place] && value(b[place])));
  }

  private matrices(a: readonly (readonly Expression[])[], b: readonly (readonly Expression[])[]): MatchRule | null {
    return a.length === b.length && a.every((row, place) => this.areSame(row, b[place] ?? [])) ? 'matrix' : null;
  }
}

/** `x = ±1` among others is two of them. */
function spread(item: MathAnswer): readonly MathAnswer[] {
  const { answer } = resolved(item, false);
  return answer.type === 'list' ? answer.items : [item];
}

const isLoose = (answer: MathAnswer): answer is MathAnswer & { readonly type: 'list' | 'set' } =>
  answer.type === 'list' || answer.type === 'set';

/** A bare list in the same order stands for a tuple. */
function listAndTuple(a: MathAnswer, b: MathAnswer): readonly [readonly MathAnswer[], readonly MathAnswer[]] | null {
  if (a.type === 'list' && b.type === 'tuple') return isRound(b) ? [byName(a.items), b.items] : null;
  return a.type === 'tuple' && b.type === 'list' && isRound(a) ? [a.items, byName(b.items)] : null;
}

/** `y = 2, x = 1` in the order of the names. */
function byName(items: readonly MathAnswer[]): readonly MathAnswer[] {
  const named = items.map((item) => ({ item, name: resolved(item, false).name }));
  if (named.some(({ name }) => name === null)) return items;
  return named.sort((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1)).map(({ item }) => item);
}

const isRound = ({ open, close }: MathAnswer & { readonly type: 'tuple' }): boolean => open === '(' && close === ')';

const partsOf = (answer: MathAnswer): readonly MathAnswer[] =>
  answer.type === 'union' || answer.type === 'list' ? answer.items : [answer];

/** A number written with a decimal point. */
const isDecimal = (answer: MathAnswer): boolean =>
  answer.type === 'value' && someSub(answer.expression, (part) => part.type === 'number' && part.places !== null);

/** The answer without what it is called by, ± spread out, one item without its braces. */
function resolved(answer: MathAnswer, isDecimalWanted: boolean): Named {
  if (answer.type === 'value') return { name: null, answer: withBothSigns(answer) };
  const [only] = isLoose(answer) ? answer.items : [];
  if (isLoose(answer) && answer.items.length === 1 && only && only.type !== 'set')
    return resolved(only, isDecimalWanted);
  if (answer.type !== 'relation') return { name: null, answer };
  return relationValue(answer.sides, answer.signs, isDecimalWanted) ?? { name: null, answer };
}

function withBothSigns(answer: MathAnswer & { readonly type: 'value' }): MathAnswer {
  const readings = readingsOf(answer.expression);
  return readings.length === 1
    ? answer
    : { type: 'list', items: readings.map((expression) => ({ ...answer, expression })) };
}

/** What a relation says of the name on one side of it; null where it says something else. */
function relationValue(sides: readonly Side[], signs: readonly RelationSign[], isDecimalWanted: boolean): Named | null {
  const about = signs.indexOf('approx');
  if (about >= 0) {
    if (isDecimalWanted) return lastValue([...sides.slice(0, 1), ...sides.slice(-1)]);
    return relationValue(sides.slice(0, about + 1), signs.slice(0, about), false);
  }
  if (signs.every((sign) => sign === '=')) return lastValue(sides);
  const [first] = sides;
  const last = sides.at(-1);
  if (signs.length === 1 && signs[0] === 'in' && first?.name && last)
    return { name: first.name, answer: resolved(last.answer, false).answer };
  return intervalOf(sides, signs);
}

function lastValue(sides: readonly Side[]): Named | null {
  const [first] = sides;
  const last = sides.at(-1);
  if (!first || !last) return null;
  if (sides.length === 1) return resolved(last.answer, false);
  if (isNameFor(first, last)) return { name: first.name, answer: resolved(last.answer, false).answer };
  if (sides.length === 2 && isNameFor(last, first))
    return { name: last.name, answer: resolved(first.answer, false).answer };
  return sides.every(isNumeric) ? { name: null, answer: last.answer } : null;
}

/** Whether one side only says what the other is called. */
function isNameFor({ name, answer }: Side, other: Side): boolean {
  if (answer.type === 'tuple') return other.answer.type === 'tuple' && answer.items.every(isSymbol);
  if (name === null) return false;
  return other.answer.type !== 'value' || !someSub(other.answer.expression, (part) => isNamed(part, name));
}

const isNamed = (part: Expression, name: string): boolean => part.type === 'symbol' && part.name === name;
const isSymbol = (answer: MathAnswer): boolean => answer.type === 'value' && answer.expression.type === 'symbol';
const isNumeric = ({ answer }: Side): boolean =>
  answer.type === 'value' && !someSub(answer.expression, ({ type }) => type === 'symbol');

const INFINITY: Expression = { type: 'constant', name: 'infinity' };

/** `x < 3` is (-∞, 3); `2 <= x < 5` is [2, 5). */
function intervalOf(sides: readonly Side[], signs: readonly RelationSign[]): Named | null {
  if (!signs.every((sign) => sign === '<' || sign === '<=')) return null;
  const place = sides.findIndex((side) => side.name !== null && isSymbol(side.answer));
  const named = sides[place];
  if (!named || sides.some((side, at) => at !== place && !isNumeric(side))) return null;
  if (sides.length > 3 || (sides.length === 3 && place !== 1)) return null;
  const [below, above] = [place > 0 ? sides[place - 1] : undefined, sides[place + 1]];
  const items = [below?.answer ?? value(apply('negate', INFINITY)), above?.answer ?? value(INFINITY)];
  const open = below && signs[place - 1] === '<=' ? '[' : '(';
  const close = above && signs[place] === '<=' ? ']' : ')';
  return { name: named.name, answer: { type: 'tuple', open, close, items } };
}
