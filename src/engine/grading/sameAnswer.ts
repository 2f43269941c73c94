/** Whether two written answers are the same: as exact numbers where both are numbers, else letter by letter without spaces and decoration. */
import { equal, parseRational } from './rational.ts';

export function isSameAnswer(given: string, gold: string): boolean {
  const [a, b] = [plainAnswer(given), plainAnswer(gold)];
  const [left, right] = [parseRational(a), parseRational(b)];
  return left !== null && right !== null ? equal(left, right) : a === b && a !== '';
}

/** `$\dfrac{1}{2}$` and `1/2`, `1,000` and `1000`, `\text{ (A) }` and `A` become the same. */
function plainAnswer(answer: string): string {
  const bare = answer
    .trim()
    .replace(/^\$+|\$+$/g, '')
    .replace(/\\(?:left|right|displaystyle|,|!|;|:| )/g, '')
    .replace(/\\(?:text|mathrm|mathbf|textbf|boxed)\{([^{}]*)\}/g, '$1')
    .replace(/\\[dt]frac/g, '\\frac')
    .replace(/^(-?)\\frac\{?(\d+)\}?\{?(\d+)\}?$/, '$1$2/$3')
    .replace(/\{,\}/g, ',')
    .replace(/\s+/g, '')
    .replace(/\.$/, '');
  const number = /^-?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(bare) ? bare.replaceAll(',', '') : bare;
  return number
    .replace(/^\(([A-Z])\)$/, '$1')
    .replace(/^\+/, '')
    .replace(/^(-?)\./, '$10.');
}
