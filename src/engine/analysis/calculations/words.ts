/** Words that say what signs say: operators, relations, numbers; and those that forbid to compute. */
import type { Operator } from './traceToken.ts';

const setOf = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/));

/** Between two numbers. */
export const WORD_OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ['plus', '+'],
  ['minus', '-'],
  ['times', '*'],
  ['over', '/'],
  ['multiplied by', '*'],
  ['divided by', '/'],
  ['added to', '+'],
]);

/** `the sum of 3 and 4` and its like; `reverse` has its second number first. */
export const WORD_FORMS: ReadonlyMap<
  string,
  { readonly link: string; readonly operator: Operator; readonly isReverse?: true }
> = new Map([
  ['sum of', { link: 'and', operator: '+' }],
  ['product of', { link: 'and', operator: '*' }],
  ['difference of', { link: 'and', operator: '-' }],
  ['difference between', { link: 'and', operator: '-' }],
  ['quotient of', { link: 'and', operator: '/' }],
  ['adding', { link: 'and|to', operator: '+' }],
  ['add', { link: 'and|to', operator: '+' }],
  ['multiplying', { link: 'by|and|with', operator: '*' }],
  ['multiply', { link: 'by|and|with', operator: '*' }],
  ['dividing', { link: 'by', operator: '/' }],
  ['divide', { link: 'by', operator: '/' }],
  ['subtracting', { link: 'from', operator: '-', isReverse: true }],
  ['subtract', { link: 'from', operator: '-', isReverse: true }],
]);

/** A relation in words is made of these, and has one of the first in it: `, which gives us a total of`. */
export const RELATION_CORE = setOf(
  `is are was be equal equals gives give giving gave makes make making made yields yield yielding becomes become leaves
  leave leaving totals results that's it's which's get gets got comes works total`,
);
export const RELATION_FILLER = setOf(
  `which that this it we you i us me to so then the a an of in out as result answer value sum for product difference
  quotient actually should would must will exactly just simply now still really only indeed`,
);
/** With the relation, the value is not meant exactly. */
export const ABOUT = setOf('about approximately roughly around nearly almost approx');

/** Behind the number of a relation in words: then it is not the value that was claimed. */
export const AFTER_VALUE = setOf(
  `more less greater fewer larger smaller bigger higher lower or percent digits digit factors factor terms times points
  places divisors multiples degrees remainder rem r`,
);

/** Before a number: what follows is not computed by its signs alone. */
export const FUNCTIONS = setOf(
  `twice thrice double triple half quarter third mod modulo gcd lcm hcf log ln exp sin cos tan cot sec csc arcsin arccos
  arctan max min floor ceil round abs choose factorial base root squareroot det lim sqrt cube`,
);

/** Labels that stand for a factor: `3 dozen`. */
export const SCALES = setOf(
  'dozen dozens hundred hundreds thousand thousands million millions billion billions pair pairs percent k half',
);

/** Before a claim: it is asked, supposed or denied, not asserted. */
export const NOT_ASSERTED = setOf(
  `if whether suppose supposing assume assuming unless not never isn't aren't wasn't doesn't instead than wrote written
  said claimed thought unlike wrongly mistakenly incorrectly erroneously until imagine`,
);

/** Right behind a claim: it is taken back, or its value is more than the number. */
export const NOT_ASSERTED_AFTER = setOf("should can't cannot isn't wasn't remainder rem");
/** `… is wrong`. */
export const VERBS = setOf('is was are were looks seems must');
export const TAKEN_BACK_WORDS = setOf('wrong incorrect false mistaken impossible inconsistent');

/** Behind a minus that is a dash. */
export const DASH_WORDS = setOf(
  'wait no hmm hm ok okay that so which but and let yes right good actually then this now',
);

const UNITS =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

/** Of `zero` to `ninety-nine`; null for any other word. */
export function numberOfWord(word: string): number | null {
  const unit = UNITS.indexOf(word);
  if (unit >= 0) return unit;
  const [ten = '', digit] = word.split('-');
  const tens = TENS.indexOf(ten);
  if (tens < 0) return null;
  if (digit === undefined) return (tens + 2) * 10;
  const ones = UNITS.indexOf(digit);
  return ones >= 1 && ones <= 9 ? (tens + 2) * 10 + ones : null;
}
