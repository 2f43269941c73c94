/** Cuts an answer into numbers, letters, words, commands and signs. */
import { rational, type Rational } from '../rational.ts';
import { isUnitWord } from './units.ts';

export type Token =
  | {
      readonly type: 'number';
      readonly value: Rational;
      readonly places: number | null;
      readonly exponent: number | null;
      readonly text: string;
    }
  | { readonly type: 'letter'; readonly text: string }
  /** A plain word, or one inside `\text{…}`. */
  | { readonly type: 'word'; readonly text: string }
  /** Without the backslash; also plain words that name a function (`sqrt`). */
  | { readonly type: 'command'; readonly text: string }
  | { readonly type: 'sign'; readonly text: string };

/** A token and whether a space stands before it. */
export type PlacedToken = Token & { readonly isApart: boolean };

/** The text is no formula. */
export class ParseFailure extends Error {
  override readonly name = 'ParseFailure';
}

const MOST_TOKENS = 2_000;
const MOST_DIGITS = 2_000;
const MOST_EXPONENT = 1000;

/** Plain words that mean what the command of the same name means. */
const PLAIN_COMMANDS: ReadonlySet<string> = new Set(
  'sqrt cbrt sin cos tan cot sec csc arcsin arccos arctan asin acos atan sinh cosh tanh ln log exp abs floor ceil pi infty theta alpha beta gamma delta lambda mu phi omega sigma'.split(
    ' ',
  ),
);
const TEXT_COMMANDS: ReadonlySet<string> = new Set(
  'text textbf textrm textit textsf texttt textnormal mbox mathrm operatorname hbox mathsf mathtt rm'.split(' '),
);
const LETTER_COMMANDS: ReadonlySet<string> = new Set(
  'mathbf mathit mathnormal boldsymbol mathcal vec overrightarrow overline underline hat bar bold bm widehat ensuremath'.split(
    ' ',
  ),
);

/** Short words that are no products of letters. */
const ENGLISH: ReadonlySet<string> = new Set(
  'no on or of is it in at to as if an by be we he me up so do go am us my and the for not yes any all are one two six ten odd her his men red per mod max min gcd lcm det pct deg'.split(
    ' ',
  ),
);

/** `xy`, `abc`, `ABCD`; no words, which have vowels. */
const isProductOfLetters = (word: string): boolean =>
  /^(?:[a-zA-Z]{2}|[a-df-hj-np-tv-z][b-df-hj-np-tv-z]{2}|[A-Z]{3,4})$/.test(word) &&
  !ENGLISH.has(word.toLowerCase()) &&
  !isUnitWord(word);

const WORD = /^\p{L}[\p{L}\p{M}]*/u;
const PROSE_WORD = /^\p{L}[\p{L}\p{M}]*(?:['-]\p{L}+)*/u;
const NUMBER = /^(?:\d+(?:\.\d+)?|\.\d+)/;
const GROUPED = /^\d{1,3}(?:(?:\\,|,)\d{3})+(?!\d)(?:\.\d+)?/;
const SPACED = /^\d{1,3}(?: \d{3})+(?![\d./])(?:\.\d+)?/;
const REPEATING = /^(\d*)\.(\d*)\\(?:overline|bar|dot)\s*(?:\{(\d{1,40})\}|(\d))/;
const EXPONENT = /^[eE]([+-]?\d{1,6})(?![\d.a-zA-Z])/;

/** Throws `ParseFailure`. Inside brackets a comma between digits separates, outside it may group them by three. */
export function mathTokens(text: string): readonly PlacedToken[] {
  return new Tokenizer(text, false).all();
}

class Tokenizer {
  private readonly text: string;
  /** Inside of `\text{…}`: letters side by side are a word. */
  private readonly isProse: boolean;
  private readonly tokens: PlacedToken[] = [];
  private at = 0;
  private depth = 0;
  private isApart = false;

  constructor(text: string, isProse: boolean) {
    this.text = text;
    this.isProse = isProse;
  }

  all(): readonly PlacedToken[] {
    while (this.at < this.text.length) this.next();
    return this.tokens;
  }

  private push(token: Token): void {
    if (this.tokens.length >= MOST_TOKENS) throw new ParseFailure(`More than ${MOST_TOKENS} signs.`);
    this.tokens.push({ ...token, isApart: this.isApart });
    this.isApart = false;
  }

  private next(): void {
    const sign = this.text[this.at] ?? '';
    if (/\s/.test(sign)) {
      this.at++;
      this.isApart = true;
    } else if (/[\d.]/.test(sign)) this.number();
    else if (sign === '\\') this.command();
    else if (/\p{L}/u.test(sign)) this.word();
    else this.sign(sign);
  }

  private rest(): string {
    return this.text.slice(this.at, this.at + LONGEST_NUMBER);
  }

  private number(): void {
    const rest = this.rest();
    const repeating = REPEATING.exec(rest);
    if (repeating) return this.repeating(repeating);
    const grouped = (this.depth === 0 ? GROUPED.exec(rest) : null) ?? GROUPED_BY_SPACE.exec(rest) ?? SPACED.exec(rest);
    const written = (grouped ?? NUMBER.exec(rest))?.[0];
    if (written === undefined) return this.dots();
    this.at += written.length;
    const digits = written.replace(/\\,|,| /g, '');
    const exponent = EXPONENT.exec(this.rest());
    if (exponent) this.at += exponent[0].length;
    this.push(numberToken(digits, exponent?.[1] ?? null));
  }

  private dots(): void {
    if (!this.text.startsWith('...', this.at)) throw new ParseFailure('A point without digits.');
    this.at += 3;
    this.push({ type: 'command', text: 'ldots' });
  }

  /** `0.1\overline{3}` is 13/90 - 1/90. */
  private repeating([written, whole = '', fixed = '', group, single]: RegExpExecArray): void {
    const period = group ?? single ?? '';
    this.at += written.length;
    const all = BigInt(`${whole}${fixed}${period}`);
    const start = BigInt(`${whole}${fixed}` || '0');
    const value = rational(all - start, 10n ** BigInt(fixed.length) * (10n ** BigInt(period.length) - 1n));
    if (value === null) throw new ParseFailure('A repeating decimal without digits.');
    this.push({ type: 'number', value, places: null, exponent: null, text: written });
  }

  private command(): void {
    const name = /^\\([a-zA-Z]+|.)?/.exec(this.rest())?.[1] ?? '';
    this.at += 1 + name.length;
    if (name === ',' || name === '') this.isApart = true;
    else if (TEXT_COMMANDS.has(name)) this.group((inner) => this.words(inner));
    else if (LETTER_COMMANDS.has(name)) this.group((inner) => this.letters(inner));
    else if (name === '{' || name === '}') this.sign(name, `\\${name}`);
    else if (name === '%') this.push({ type: 'sign', text: '%' });
    else if (name === '|') this.push({ type: 'sign', text: '|' });
    else this.push({ type: 'command', text: name });
  }

  /** The text in the braces that follow, if any. */
  private group(use: (inner: string) => void): void {
    while (this.text[this.at] === ' ') this.at++;
    if (this.text[this.at] !== '{') return;
    let end = this.at + 1;
    for (let depth = 1; end < this.text.length; end++) {
      if (this.text[end] === '{') depth++;
      else if (this.text[end] === '}' && --depth === 0) break;
    }
    const inner = this.text.slice(this.at + 1, end);
    this.at = end + 1;
    use(inner);
  }

  private words(inner: string): void {
    this.isApart ||= /^\s/.test(inner);
    for (const token of new Tokenizer(inner, true).all())
      this.pushInner(token.type === 'letter' ? { ...token, type: 'word' } : token);
    this.isApart ||= /\s$/.test(inner);
  }

  private letters(inner: string): void {
    for (const token of new Tokenizer(inner, false).all()) this.pushInner(token);
  }

  private pushInner({ isApart, ...token }: PlacedToken): void {
    this.isApart ||= isApart;
    this.push(token);
  }

  private word(): void {
    const text = (this.isProse ? PROSE_WORD : WORD).exec(this.rest())?.[0] ?? '';
    this.at += text.length;
    if (text.length === 1) this.push({ type: 'letter', text });
    else if (text === 'infinity') this.push({ type: 'command', text: 'infty' });
    else if (PLAIN_COMMANDS.has(text)) this.push({ type: 'command', text });
    else if (!this.isProse && isProductOfLetters(text))
      for (const letter of text) this.push({ type: 'letter', text: letter });
    else this.push({ type: 'word', text });
  }

  /** `text` is what the sign stands for where it is written with a backslash. */
  private sign(sign: string, text = sign): void {
    if (text === sign) this.at++;
    if ('([{'.includes(sign)) this.depth += sign === '{' && text === sign ? 0 : 1;
    if (')]}'.includes(sign)) this.depth -= sign === '}' && text === sign ? 0 : 1;
    if (sign === '*' && this.text[this.at] === '*') {
      this.at++;
      this.push({ type: 'sign', text: '^' });
    } else this.push({ type: 'sign', text });
  }
}

const GROUPED_BY_SPACE = /^\d{1,3}(?:\\,\s?\d{3})+(?!\d)(?:\.\d+)?/;
const LONGEST_NUMBER = MOST_DIGITS + 2;

/** `1.2e-7` is a token of the number 1.2 with an exponent. */
function numberToken(digits: string, exponent: string | null): Token {
  const [whole = '', decimals = ''] = digits.split('.');
  if (digits.length > MOST_DIGITS) throw new ParseFailure(`A number of more than ${MOST_DIGITS} digits.`);
  if (Math.abs(Number(exponent)) > MOST_EXPONENT) throw new ParseFailure(`A power of ten beyond ${MOST_EXPONENT}.`);
  const value = rational(BigInt(`${whole}${decimals}`), 10n ** BigInt(decimals.length));
  if (value === null) throw new ParseFailure('A number without a value.');
  const places = digits.includes('.') ? decimals.length : null;
  return { type: 'number', value, places, exponent: exponent === null ? null : Number(exponent), text: digits };
}
