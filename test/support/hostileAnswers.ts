/** Answers that verifiers have hung on, or might: towers, depths, lengths, and patterns that backtrack. */

const tower = (depth: number): string => Array.from({ length: depth }).reduce<string>((inner) => `5^{${inner}}`, '5');
const nested = (open: string, close: string, depth: number): string => open.repeat(depth) + '5' + close.repeat(depth);
const sum = (count: number, term: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => term(n)).join('+');

/** What stands in a box. */
export const hostileAnswers: Readonly<Record<string, string>> = {
  'nested powers (Math-Verify #65)': '\\dfrac{5^{5^{5^{5^5}}-4}-5}{16}',
  'a tower of powers': tower(30),
  'powers of a large base': '123456789^{987654321}',
  'negative powers': '2^{-999999999}',
  'a factorial of factorials': '((9!)!)!',
  'a large binomial': '\\binom{1000000}{500000}',
  'a tower of logarithms': `${'\\log('.repeat(60)}10^{10^{10}}${')'.repeat(60)}`,
  'a tower of roots': nested('\\sqrt{', '}', 200),
  '100,000 digits': '7'.repeat(100_000),
  '1,999 digits': '7'.repeat(1_999),
  'a million braces': nested('{', '}', 500_000),
  '300 brackets': nested('(', ')', 300),
  '200 fractions deep': nested('\\frac{1}{', '}', 200),
  'a long sum of fractions': sum(160, (n) => `\\frac{1}{${100_003 + 2 * n}}`),
  'a long product of sums': Array.from({ length: 120 }, (_, n) => `(x+${n})^{9}`).join(''),
  'a sum of 180 sines': sum(180, (n) => `\\sin(${n}x)`),
  'a large set': `\\{${Array.from({ length: 400 }, (_, n) => n * 7).join(',')}\\}`,
  'a large set of surds': `\\{${Array.from({ length: 150 }, (_, n) => `\\sqrt{${n + 2}}x`).join(',')}\\}`,
  'many signs': Array.from({ length: 60 }, () => '\\pm 1').join(''),
  'exponents beyond all bounds': '1e999999999',
  'many unknowns': Array.from({ length: 26 }, (_, n) => String.fromCharCode(97 + n)).join('+'),
  'stars that never close': '**a'.repeat(600),
  'a large matrix': `\\begin{pmatrix}${Array.from({ length: 200 }, (_, n) => n).join(' & ')}\\end{pmatrix}`,
  'one divided by nothing': '\\frac{1}{0}',
  'zero to the power of zero': '0^{0^{0^{0}}}',
  'units of units': `5 ${'km per hour '.repeat(100)}`,
};

/** Whole predictions. */
export const hostilePredictions: Readonly<Record<string, string>> = {
  'a hundred thousand boxes': '\\boxed{1} '.repeat(100_000),
  'boxes in boxes': '\\boxed{'.repeat(20_000) + '5' + '}'.repeat(20_000),
  'boxes that never close': '\\boxed{1'.repeat(100_000),
  'bare boxes': '\\boxed '.repeat(100_000),
  'answers and answers': 'the answer is '.repeat(50_000),
  'the answer to nothing': `the answer ${'to '.repeat(1_300)}`,
  'a million spaces': ' '.repeat(1_000_000),
  'marks of thought': '<think></think>'.repeat(50_000),
  'a line of hashes': '#'.repeat(500_000),
};
