/** Whether two equations, or two inequalities, say the same: one is a multiple of the other with everything on one side. */
import { complex, divide, magnitude, subtract } from './complexNumber.ts';
import type { Effort } from './effort.ts';
import { apply, sizeOf, symbolsOf, type Expression } from './expression.ts';
import type { MathAnswer, RelationSign, Side } from './mathAnswer.ts';
import { valuesAtPoints } from './sameExpression.ts';

type Relation = MathAnswer & { readonly type: 'relation' };

const LEAST_POINTS = 4;
const TOLERANCE = 1e-9;

/** Null where they are not the same, or not of this kind. Throws `TooMuchEffort`. */
export function sameRelation(a: Relation, b: Relation, effort: Effort): 'equation' | 'inequality' | null {
  const [sign] = a.signs;
  if (a.signs.length !== 1 || b.signs.length !== 1 || sign !== b.signs[0] || !isComparable(sign)) return null;
  const [left, right] = [oneSided(a.sides), oneSided(b.sides)];
  if (!left || !right) return null;
  const names = symbolsOf(left);
  if (names.length === 0 || names.join() !== symbolsOf(right).join()) return null;
  effort.spend(200 + 12 * (sizeOf(left) + sizeOf(right)));
  const ratio = constantRatio(valuesAtPoints(left, names), valuesAtPoints(right, names));
  if (ratio === null) return null;
  if (sign === '=' || sign === '!=') return 'equation';
  return ratio > 0 ? 'inequality' : null;
}

const isComparable = (sign: RelationSign | undefined): sign is '=' | '!=' | '<' | '<=' =>
  sign !== undefined && sign !== 'in' && sign !== 'approx';

function oneSided([left, right]: readonly Side[]): Expression | null {
  if (left?.answer.type !== 'value' || right?.answer.type !== 'value') return null;
  return apply('subtract', left.answer.expression, right.answer.expression);
}

type Values = ReturnType<typeof valuesAtPoints>;

/** The real factor between two lists of values; null where there is none. */
function constantRatio(a: Values, b: Values): number | null {
  const ratios = a.flatMap((value, place) => {
    const other = b[place];
    return value && other && magnitude(other) > TOLERANCE ? [divide(value, other)] : [];
  });
  const [first] = ratios;
  if (!first || ratios.length < LEAST_POINTS || magnitude(first) < TOLERANCE) return null;
  const isConstant = ratios.every((ratio) => magnitude(subtract(ratio, first)) <= TOLERANCE * magnitude(first));
  return isConstant && magnitude(subtract(first, complex(first.re))) <= TOLERANCE * magnitude(first) ? first.re : null;
}
