/** One spelling for the characters and decoration of an answer: Unicode signs become LaTeX, formula marks and markup go. */

/** Longer answers are not read. */
export const LONGEST_ANSWER = 2_000;

/** Zero width, direction marks, soft hyphen, variation selectors. */
const INVISIBLE = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]|\p{Variation_Selector}/gu;

/** What Unicode writes as one sign. */
const SIGNS: Readonly<Record<string, string>> = {
  '−': '-',
  '–': '-',
  '—': '-',
  '‐': '-',
  '‑': '-',
  '‒': '-',
  '﹣': '-',
  '×': '\\times ',
  '✕': '\\times ',
  '⋅': '\\cdot ',
  '·': '\\cdot ',
  '∙': '\\cdot ',
  '•': '\\cdot ',
  '∗': '*',
  '÷': '\\div ',
  '∕': '/',
  '⁄': '/',
  '√': '\\sqrt ',
  '∛': '\\sqrt[3]',
  '∞': '\\infty ',
  '≤': '\\le ',
  '⩽': '\\le ',
  '≥': '\\ge ',
  '⩾': '\\ge ',
  '≠': '\\ne ',
  '≈': '\\approx ',
  '∪': '\\cup ',
  '∩': '\\cap ',
  '∈': '\\in ',
  '∅': '\\emptyset ',
  '±': '\\pm ',
  '∓': '\\mp ',
  '°': '^\\circ ',
  º: '^\\circ ',
  '∠': '\\angle ',
  ℝ: '\\mathbb{R}',
  ℤ: '\\mathbb{Z}',
  ℚ: '\\mathbb{Q}',
  ℕ: '\\mathbb{N}',
  '〈': '\\langle ',
  '⟨': '\\langle ',
  '〉': '\\rangle ',
  '⟩': '\\rangle ',
  '⌊': '\\lfloor ',
  '⌋': '\\rfloor ',
  '⌈': '\\lceil ',
  '⌉': '\\rceil ',
  '“': '"',
  '”': '"',
  '„': '"',
  '‘': "'",
  '’': "'",
  '′': "'",
  '…': '\\ldots ',
  '€': ' euros ',
  '£': ' gbp ',
  '¥': ' yen ',
  '₹': ' rupees ',
  '¢': ' cents ',
  '∶': ':',
};

const GREEK: Readonly<Record<string, string>> = {
  α: 'alpha',
  β: 'beta',
  γ: 'gamma',
  δ: 'delta',
  ε: 'epsilon',
  θ: 'theta',
  λ: 'lambda',
  μ: 'mu',
  π: 'pi',
  ρ: 'rho',
  σ: 'sigma',
  τ: 'tau',
  φ: 'phi',
  ϕ: 'phi',
  ω: 'omega',
  Δ: 'Delta',
  Ω: 'Omega',
};

const FRACTIONS: Readonly<Record<string, string>> = {
  '½': '1/2',
  '⅓': '1/3',
  '⅔': '2/3',
  '¼': '1/4',
  '¾': '3/4',
  '⅕': '1/5',
  '⅖': '2/5',
  '⅗': '3/5',
  '⅘': '4/5',
  '⅙': '1/6',
  '⅚': '5/6',
  '⅐': '1/7',
  '⅛': '1/8',
  '⅜': '3/8',
  '⅝': '5/8',
  '⅞': '7/8',
  '⅑': '1/9',
  '⅒': '1/10',
};

const RAISED = '⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ';
const RAISED_PLAIN = '0123456789+-=()ni';
const LOWERED = '₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎';
const LOWERED_PLAIN = '0123456789+-=()';

/** `answer` in plain ASCII signs and LaTeX; letters of other scripts stay. */
export function cleanText(answer: string): string {
  const isPlain = /^[\x20-\x7e]*$/.test(answer);
  return withoutDecoration(isPlain ? answer : asciiSigns(answer));
}

function asciiSigns(text: string): string {
  return text
    .replace(INVISIBLE, '')
    .replace(new RegExp(`[${RAISED}]+`, 'gu'), (run) => `^{${translated(run, RAISED, RAISED_PLAIN)}}`)
    .replace(new RegExp(`[${LOWERED}]+`, 'gu'), (run) => `_{${translated(run, LOWERED, LOWERED_PLAIN)}}`)
    .replace(/\p{No}/gu, (sign) => mixedFraction(sign))
    .replace(/[^\x20-\x7e]/gu, (sign) => SIGNS[sign] ?? greek(sign))
    .normalize('NFKC')
    .replace(/[^\x20-\x7e]/gu, (sign) => SIGNS[sign] ?? greek(sign))
    .replace(/\p{Nd}/gu, digitOf)
    .replace(/\s/g, ' ');
}

const greek = (sign: string): string => (Object.hasOwn(GREEK, sign) ? `\\${GREEK[sign]} ` : sign);

const mixedFraction = (sign: string): string => {
  const [top, bottom] = FRACTIONS[sign]?.split('/') ?? [];
  return top === undefined ? sign : `\\frac{${top}}{${bottom}}`;
};

const translated = (run: string, from: string, to: string): string =>
  Array.from(run, (sign) => to[from.indexOf(sign)] ?? sign).join('');

/** Digits of a script stand ten in a row: the zero is the first of its run. */
function digitOf(sign: string): string {
  const code = sign.codePointAt(0) ?? 0;
  if (code < 128) return sign;
  let zero = code;
  while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
  return String(code - zero);
}

const DECORATION: readonly (readonly [RegExp, string])[] = [
  [
    /\\(?:left|right|bigl|bigr|Bigl|Bigr|biggl|biggr|big|Big|displaystyle|textstyle|scriptstyle|limits|nolimits|mathstrut|[lL]arge|LARGE|small|tiny|huge|Huge|normalsize|bf|it|centering)(?![a-zA-Z])\.?/g,
    '',
  ],
  [/\\(?:quad|qquad|enspace|thinspace)(?![a-zA-Z])/g, ' '],
  [/(?<!\\)\\!/g, ''],
  [/(?<!\\)\\[;: ]/g, ' '],
  [/\\(?:text)?color\s*(?:\[[^\]]*\])?\{[^{}]*\}/g, ' '],
  [/\\(?:phantom|hspace|vspace|label|tag)\*?\{[^{}]*\}/g, ' '],
  [/(?<!\\)\\(?:\(|\)|\[|\])/g, ' '],
  [/\\(?:[dtc]frac)(?![a-zA-Z])/g, '\\frac'],
  [/\\(?:[dt]binom)(?![a-zA-Z])/g, '\\binom'],
  [/\{,\}/g, '\\,'],
  [/\\colon(?![a-zA-Z])/g, ':'],
  [/~|&nbsp;/g, ' '],
  [/\{([^{}]*)\\over(?![a-zA-Z])([^{}]*)\}/g, '\\frac{$1}{$2}'],
  [/\*\*(?=[^\s*])([^*]+)\*\*/g, '$1'],
  [/`/g, ''],
];

function withoutDecoration(text: string): string {
  let bare = text;
  if (/[\\~&`*{]/.test(bare)) for (const [pattern, instead] of DECORATION) bare = bare.replace(pattern, instead);
  if (/[xX]\s*\d|per cent/.test(bare))
    bare = bare.replace(/(\d)\s+[xX]\s+(?=\d)|(\d)[xX](?=10\^)/g, '$1$2\\times ').replace(/\bper cent\b/gi, 'percent');
  return withoutEnds(withoutDollars(bare));
}

/** Pairs of `$` mark formulas; one alone is a currency sign, as `\$` is. */
function withoutDollars(text: string): string {
  if (!text.includes('$')) return text;
  const marked = text.replace(/\\\$/g, ' dollars ').replace(/\$\$/g, ' ');
  const count = marked.split('$').length - 1;
  return marked.replace(/\$/g, count % 2 === 0 ? ' ' : ' dollars ');
}

/** Space, stars, quotes and end marks around an answer. */
function withoutEnds(text: string): string {
  let bare = text.trim();
  for (let last = ''; last !== bare;) {
    last = bare;
    bare = bare
      .replace(/^(?:\*+|["':;,]|#{1,6}\s)+/, '')
      .replace(/(?:\*+|["':;,]|\\\\|\\,)+$/, '')
      .replace(/([^.])\.$/, '$1')
      .trim();
  }
  return bare;
}
