/** Cuts any text, prose with formulas in it, into tokens; in time that grows with its length alone. */
import { isUnitWord } from '../../grading/math/units.ts';
import { integer, rational, type Rational } from '../../grading/rational.ts';
import { COMMANDS, SIGNS } from './signs.ts';
import { isOperandEnd, type Place, type TraceToken } from './traceToken.ts';

const TOKEN = new RegExp(
  [
    String.raw`(\s*\n\s*|\\\\(?:\[[^\]\n]{0,9}\])?\s*|\\(?:begin|end)\s*\{[^{}]{0,40}\})`,
    String.raw`([^\S\n]+|\$+|\\[()\[\],;:! $]|&|\x60+|\^\s*(?:\{\s*\\circ\s*\}|\\circ(?![a-zA-Z])|°)|[°€£¥₩])`,
    String.raw`(?:\d+(?:\.\d+){2,}|(?:19|20)\d\d-\d\d?-\d\d?(?!\d)|\d\d?/\d\d?/(?:19|20)\d\d(?!\d)|\d\d?:\d\d(?::\d\d)?\s?[ap]\.?m\b)`,
    String.raw`(\d+(?:st|nd|rd|th)\b)`,
    String.raw`(\d{1,9} \d{1,4}/\d{1,4}(?![\d/]|\.\d))`,
    String.raw`((?:\d{1,3}(?:(?:,|\{,\}|\\,)\d{3}){1,12}(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d{1,3}(?![\w.]))?)`,
    String.raw`(\\(?:text|textbf|textit|textrm|mathrm|mbox|operatorname)\s*\{[^{}]{0,200}\})`,
    String.raw`(\\[a-zA-Z]+|\\.)`,
    String.raw`(\p{L}{2,}(?:['’-]\p{L}+)*(?:-\d+)?|\p{L}(?:['’]\p{L}+)?)`,
    String.raw`(<<|>>|!=|==|:=|=>|<=|>=|-+>|--+|\*\*|//|\.\.\.+|.)`,
  ].join('|'),
  'gsu',
);

/** Groups of `TOKEN`; what matched none of them is opaque: versions, dates, times. */
const GROUP = { line: 1, skip: 2, ordinal: 3, mixed: 4, number: 5, text: 6, command: 7, word: 8, sign: 9 } as const;

/** Numbers of more digits are opaque. */
const MOST_DIGITS = 40;

export function traceTokens(text: string): TraceToken[] {
  return new Lexer(text).all();
}

/** Before and behind a comma without spaces, within so many signs: the end of an equation and the start of one. */
const RESULT = /=-?\d+$/;
const EQUATION = /^-?\d+(?:[-+*/]\d+)+=/;
const NEAR = 24;

const SIMPLE = /^\d{1,15}$/;

/** A token but for its place; null for what means nothing. */
type Meaning = TraceToken extends infer T ? (T extends TraceToken ? Omit<T, keyof Place> : never) : never;

const SYMBOL: Meaning = { kind: 'symbol' };
const TIMES: Meaning = { kind: 'operator', operator: '*', isWord: false };

class Lexer {
  private readonly text: string;
  private readonly tokens: TraceToken[] = [];
  private start = 0;
  private end = 0;
  private isApart = true;
  private isLineStart = true;

  constructor(text: string) {
    this.text = text;
  }

  all(): TraceToken[] {
    for (TOKEN.lastIndex = 0; this.end < this.text.length; TOKEN.lastIndex = this.end) {
      const match = TOKEN.exec(this.text);
      if (match === null) break;
      this.start = match.index;
      this.end = TOKEN.lastIndex;
      if (match[GROUP.skip] === undefined) this.add(this.meaning(match), match[GROUP.command] !== undefined);
      else this.isApart = true;
    }
    return this.tokens;
  }

  private add(meaning: Meaning | null, isCommand: boolean): void {
    if (meaning === null) {
      this.isApart ||= !isCommand;
      return;
    }
    const { start, end, isApart } = this;
    this.tokens.push({ start, end, isApart, ...meaning });
    this.isLineStart = this.isApart = meaning.kind === 'break' && meaning.sign.startsWith('\n');
  }

  private get before(): TraceToken | undefined {
    return this.tokens.at(-1);
  }

  private get next(): string {
    return this.text[this.end] ?? '\n';
  }

  /** May also put back what it does not want. */
  private meaning(match: RegExpExecArray): Meaning | null {
    const written = match[0];
    if (match[GROUP.sign] !== undefined) return this.sign(written);
    if (match[GROUP.word] !== undefined) return this.word(written);
    if (match[GROUP.number] !== undefined) return numberOf(written);
    if (match[GROUP.line] !== undefined) return { kind: 'break', sign: lineBreak(written) };
    if (match[GROUP.command] !== undefined) return commandOf(written.slice(1));
    if (match[GROUP.text] !== undefined) return this.textCommand(written);
    if (match[GROUP.mixed] !== undefined) return this.mixedNumber(written);
    if (match[GROUP.ordinal] !== undefined) return { kind: 'word', text: written };
    return SYMBOL;
  }

  /** `2 1/2`; where the fraction is none, only the number before it. */
  private mixedNumber(written: string): Meaning {
    const [whole = '', top = '', bottom = ''] = written.split(/[ /]/);
    const [n, d] = [BigInt(top), BigInt(bottom)];
    const value = n < d ? rational(BigInt(whole) * d + n, d) : null;
    if (value) return { kind: 'number', value, places: null };
    this.end = this.start + whole.length;
    return numberOf(whole);
  }

  /** A word, or a group where no letters stand in it. */
  private textCommand(written: string): Meaning | null {
    const at = written.indexOf('{');
    const inner = written.slice(at + 1, -1).trim();
    if (/\p{L}/u.test(inner)) return { kind: 'word', text: inner.toLowerCase() };
    this.end = this.start + at;
    return null;
  }

  /** Letters that are no words are variables; x between numbers is a sign of multiplication. */
  private word(written: string): Meaning {
    const { before, isApart } = this;
    const next = this.text.slice(this.end, this.end + 3);
    const isTimes = /^[xX]$/.test(written) && isOperandEnd(before) && /^\s*[\d($\\.]/.test(next);
    if (isTimes && isApart === /^\s/.test(next)) return TIMES;
    if (written === 'sqrt') return { kind: 'prefix', name: 'root' };
    const isArticle = /^[aAI]$/.test(written) && /^\s[\p{L}\d]/u.test(next) && isApart;
    const isProduct = before?.kind === 'number' && !isApart && written.length <= 3 && !isUnitWord(written);
    const isVariable = (written.length === 1 && !isArticle) || isProduct || /^[\d_]/.test(next);
    return isVariable ? SYMBOL : { kind: 'word', text: written.toLowerCase() };
  }

  private sign(sign: string): Meaning | null {
    const known = SIGNS.get(sign);
    if (known !== undefined) return known;
    switch (sign) {
      case '+':
      case '-':
      case '−':
      case '–':
        return this.plusOrMinus(sign);
      case '*':
        return this.star();
      case '**':
        return this.doubleStar();
      case ',':
      case ':':
        return this.separator(sign);
      case '!':
        return this.exclamation();
      case '%':
        return this.percent();
      case '...':
      case '…':
        return this.dots();
      case "'":
      case '’':
        return this.isApart ? { kind: 'break', sign } : SYMBOL;
      default:
        return { kind: 'break', sign };
    }
  }

  /** A dash at the start of a line opens an item of a list, and one between words is punctuation. */
  private plusOrMinus(sign: string): Meaning | null {
    const { isApart } = this;
    const isFollowedBySpace = /\s/.test(this.next);
    if (this.isLineStart && isFollowedBySpace) return null;
    if (sign === '–' && !(isOperandEnd(this.before) && isApart === isFollowedBySpace)) return { kind: 'break', sign };
    if (sign === '–' && !isApart) return SYMBOL;
    return { kind: 'operator', operator: sign === '+' ? '+' : '-', isWord: false };
  }

  /** Multiplication, or what marks an item of a list or slanted type. */
  private star(): Meaning | null {
    const { isApart, isLineStart, before, next } = this;
    const isBetween = isOperandEnd(before) || before?.kind === 'symbol';
    const isSpaced = !isLineStart && isApart && /\s/.test(next);
    const isMark = isLineStart || !isBetween || (!isApart && /[\s.,;:!?*]/.test(next));
    if (isSpaced || !isMark) return TIMES;
    return before?.kind === 'word' && /\s/.test(next) ? TIMES : null;
  }

  /** A power, or what marks bold type. */
  private doubleStar(): Meaning | null {
    const isBetween = isOperandEnd(this.before) || this.before?.kind === 'symbol';
    const isPower = isBetween && /[\d(-]/.test(this.next) && !this.isApart;
    return isPower ? { kind: 'operator', operator: '^', isWord: false } : null;
  }

  /** Between digits it may be a decimal comma, a pair, a time or a ratio: none of them can be computed with. */
  private separator(sign: string): Meaning {
    const isTouching = !this.isApart && this.before?.kind === 'number' && /\d/.test(this.next);
    if (isTouching && sign === ',' && !this.isBetweenEquations()) return SYMBOL;
    return { kind: 'break', sign: isTouching && sign === ':' ? '::' : sign };
  }

  /** `97/2=48,59/5=11` */
  private isBetweenEquations(): boolean {
    const { text, start, end } = this;
    return RESULT.test(text.slice(Math.max(0, start - NEAR), start)) && EQUATION.test(text.slice(end, end + NEAR));
  }

  private exclamation(): Meaning {
    const isFactorial = isOperandEnd(this.before) && !this.isApart;
    return isFactorial ? { kind: 'postfix', name: 'factorial' } : { kind: 'break', sign: '!' };
  }

  /** `17 % 5` is a remainder. */
  private percent(): Meaning {
    const isRemainder = this.isApart && /^\s*\d/.test(this.text.slice(this.end, this.end + 3));
    return isRemainder ? SYMBOL : { kind: 'postfix', name: 'percent' };
  }

  /** `3.33…`, the end of a sentence, or members of a row that are left out. */
  private dots(): Meaning {
    const { before, isApart } = this;
    if (isApart || !isOperandEnd(before)) return SYMBOL;
    const isDecimal = before?.kind === 'number' && before.places !== null;
    return isDecimal ? { kind: 'postfix', name: 'dots' } : { kind: 'break', sign: '…' };
  }
}

const lineBreak = (line: string): string => (line.indexOf('\n') !== line.lastIndexOf('\n') ? '\n\n' : '\n');

function commandOf(name: string): Meaning | null {
  const known = COMMANDS.get(name);
  return known === undefined ? SYMBOL : known;
}

function numberOf(written: string): Meaning {
  if (SIMPLE.test(written)) return { kind: 'number', value: integer(BigInt(written)), places: null };
  const [mantissa = '', exponent = '0'] = written.replace(/,|\{|\}|\\/g, '').split(/[eE]/);
  const [digits = '', decimals = ''] = mantissa.split('.');
  const power = Number(exponent);
  if (mantissa.length > MOST_DIGITS || Math.abs(power) > MOST_DIGITS) return SYMBOL;
  const places = decimals.length - power;
  const value = scaled(BigInt(`${digits}${decimals}`), places);
  return value
    ? { kind: 'number', value, places: places > 0 || mantissa.includes('.') ? Math.max(0, places) : null }
    : SYMBOL;
}

const scaled = (digits: bigint, places: number): Rational | null =>
  places >= 0 ? rational(digits, 10n ** BigInt(places)) : rational(digits * 10n ** BigInt(-places));
