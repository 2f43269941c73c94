/** The real numbers as an interval, and intervals without single points. */
import { apply, type Expression } from './expression.ts';
import { value, type MathAnswer } from './mathAnswer.ts';
import { numericValue } from './numericValue.ts';
import { signOfInfinity } from './sameExpression.ts';

const INFINITY: Expression = { type: 'constant', name: 'infinity' };

type Interval = MathAnswer & { readonly type: 'tuple' };

export const REALS: MathAnswer = {
  type: 'tuple',
  open: '(',
  close: ')',
  items: [value(apply('negate', INFINITY)), value(INFINITY)],
};

/** `\mathbb{R}` */
export const isReals = (expression: Expression): boolean =>
  expression.type === 'symbol' && expression.name === 'mathbb R';

/** An interval, or a union of some, cut at the points of a set; null where one of the two is something else. */
export function withoutPoints(from: MathAnswer, points: MathAnswer): MathAnswer | null {
  if (points.type !== 'set') return null;
  const parts = from.type === 'union' ? from.items : [from];
  if (!parts.every((part): part is Interval => part.type === 'tuple' && part.items.length === 2)) return null;
  const cut = points.items.reduce<readonly Interval[]>(
    (pieces, point) => pieces.flatMap((piece) => cutAt(piece, point)),
    parts,
  );
  const [only] = cut;
  return cut.length === 1 && only ? only : { type: 'union', items: cut };
}

function cutAt(interval: Interval, point: MathAnswer): readonly Interval[] {
  const [low, high] = interval.items;
  const [from, at, to] = [place(low), place(point), place(high)];
  if (!low || !high || from === null || at === null || to === null || at < from || at > to) return [interval];
  if (at === from) return [{ ...interval, open: '(' }];
  if (at === to) return [{ ...interval, close: ')' }];
  return [
    { ...interval, items: [low, point], close: ')' },
    { ...interval, items: [point, high], open: '(' },
  ];
}

/** On the real line; null for anything else. */
function place(answer: MathAnswer | undefined): number | null {
  if (answer?.type !== 'value') return null;
  const sign = signOfInfinity(answer.expression);
  if (sign !== 0) return sign * Number.POSITIVE_INFINITY;
  const found = numericValue(answer.expression, new Map());
  return found && found.value.im === 0 ? found.value.re : null;
}
