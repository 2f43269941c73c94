/** Reads an expression: sums, products (also without a sign), powers, roots, functions, as LaTeX and as plain text. */
import { integer } from '../rational.ts';
import { apply, symbolsOf, type Expression, type FunctionName } from './expression.ts';
import { BRACKETS, FUNCTIONS, GREEK, INVERSES, MULTIPLIERS, UNKNOWN_FUNCTION, VARIANTS } from './mathNames.ts';
import { ParseFailure, type PlacedToken } from './mathTokens.ts';
import type { TokenReader } from './tokenReader.ts';
import { isUnitLetter } from './units.ts';

const number = (value: number): Expression => ({
  type: 'number',
  value: integer(BigInt(value)),
  places: null,
});

export class ExpressionParser {
  private readonly reader: TokenReader;
  /** Inside |…| a bar closes. */
  private bars = 0;

  constructor(reader: TokenReader) {
    this.reader = reader;
  }

  /** Throws `ParseFailure`; stops before what belongs to no expression. */
  sum(): Expression {
    return this.reader.nested(() => {
      let sum = this.signed();
      for (;;) {
        const name = this.sumSign();
        if (name === null) return sum;
        sum = apply(name, sum, this.product());
      }
    });
  }

  private sumSign(): FunctionName | null {
    const { reader } = this;
    if (reader.skipSign('+')) return reader.skipSign('-') ? 'plusMinus' : 'add';
    if (reader.skipSign('-')) return 'subtract';
    if (reader.isCommand('pm')) return this.taken('plusMinus');
    return reader.isCommand('mp') ? this.taken('minusPlus') : null;
  }

  private taken(name: FunctionName): FunctionName {
    this.reader.take();
    return name;
  }

  private signed(): Expression {
    const name = this.sumSign();
    if (name === null || name === 'add') return this.product();
    return name === 'subtract' ? apply('negate', this.product()) : apply(name, number(0), this.product());
  }

  private product(): Expression {
    return this.reader.nested(() => {
      let product = this.factor();
      for (;;) {
        if (this.isTimes()) product = apply('multiply', product, this.factor());
        else if (this.reader.skipSign('/') || this.isTaken('div')) product = apply('divide', product, this.factor());
        else if (this.isImplicit() && !this.isUnitNext(product)) product = apply('multiply', product, this.power());
        else return product;
      }
    });
  }

  private isTimes(): boolean {
    return this.reader.skipSign('*') || this.isTaken('cdot') || this.isTaken('times');
  }

  private isTaken(command: string): boolean {
    if (!this.reader.isCommand(command)) return false;
    this.reader.take();
    return true;
  }

  private factor(): Expression {
    const { reader } = this;
    if (reader.skipSign('-')) return reader.nested(() => apply('negate', this.factor()));
    if (reader.skipSign('+')) return reader.nested(() => this.factor());
    const mixed = this.mixedNumber();
    return mixed ? this.raised(mixed) : this.power();
  }

  /** `3\frac12` and `3 1/2`. */
  private mixedNumber(): Expression | null {
    const { reader } = this;
    const [whole, next] = [reader.peek(), reader.peek(1)];
    if (whole?.type !== 'number' || whole.places !== null) return null;
    const [slash, bottom] = [reader.peek(2), reader.peek(3)];
    if (next?.type === 'number' && next.isApart && slash?.type === 'sign' && slash.text === '/')
      if (bottom?.type === 'number' && next.places === null && bottom.places === null) {
        reader.at += 4;
        return apply('add', numeral(whole), apply('divide', numeral(next), numeral(bottom)));
      }
    if (next?.type !== 'command' || next.text !== 'frac') return null;
    const start = reader.at++;
    const fraction = this.atom();
    const isPlain = fraction.type === 'apply' && fraction.args.every(({ type }) => type === 'number');
    if (isPlain && (!reader.isSign('^') || this.isDegreeAhead())) return apply('add', numeral(whole), fraction);
    reader.at = start;
    return null;
  }

  /** Whether the next token goes on with a product though no sign stands between. */
  private isImplicit(): boolean {
    const token = this.reader.peek();
    if (!token) return false;
    switch (token.type) {
      case 'number':
        return false;
      case 'letter':
        return true;
      case 'word':
        return token.text === 'e' || token.text === 'i';
      case 'command':
        return this.isAtomCommand(token.text);
      case 'sign':
        return (
          token.text === '(' || token.text === '{' || token.text === '[' || (token.text === '|' && this.bars === 0)
        );
      default:
        return token satisfies never;
    }
  }

  /** `5 m` at the end of an answer is a length; `5m` and `5 m + 1` are products. */
  private isUnitNext(product: Expression): boolean {
    const { reader } = this;
    const token = reader.peek();
    if (token?.type !== 'letter' || !token.isApart || !isUnitLetter(token.text)) return false;
    if (symbolsOf(product).length > 0) return false;
    const after = reader.peek(1);
    if (after === undefined) return true;
    return after.type === 'sign' ? [',', ';', '/', '^', '.'].includes(after.text) : after.type === 'word';
  }

  private isAtomCommand(name: string): boolean {
    return (
      Object.hasOwn(FUNCTIONS, name) ||
      Object.hasOwn(BRACKETS, name) ||
      GREEK.has(name) ||
      ['frac', 'sqrt', 'cbrt', 'pi', 'infty', 'binom', 'log', 'lg', 'angle', 'mathbb'].includes(name)
    );
  }

  private power(): Expression {
    return this.reader.nested(() => this.raised(this.atom()));
  }

  private raised(inner: Expression): Expression {
    const base = this.postfix(inner);
    if (!this.reader.skipSign('^')) return base;
    if (this.isDegreeSign()) return this.postfix(apply('degrees', base));
    return this.postfix(apply('power', base, this.exponent()));
  }

  /** Takes `\circ` and `{\circ}`, behind a `^`. */
  private isDegreeSign(): boolean {
    const { reader } = this;
    if (!this.isDegreeAhead(0)) return false;
    reader.at += reader.isSign('{') ? 3 : 1;
    return true;
  }

  private isDegreeAhead(from = 1): boolean {
    const { reader } = this;
    const token = reader.peek(reader.isSign('{', from) ? from + 1 : from);
    return token?.type === 'command' && (token.text === 'circ' || token.text === 'degree');
  }

  private exponent(): Expression {
    const { reader } = this;
    if (reader.isSign('{')) return this.group();
    if (reader.skipSign('-')) return apply('negate', this.exponent());
    if (reader.skipSign('+')) return this.exponent();
    const base = this.postfix(this.atom());
    return reader.skipSign('^') ? reader.nested(() => apply('power', base, this.exponent())) : base;
  }

  private postfix(inner: Expression): Expression {
    const { reader } = this;
    let result = inner;
    for (;;) {
      if (reader.isSign('!') && !reader.isSign('=', 1)) result = applied('factorial', result, reader);
      else if (this.isMultiplier()) result = apply('multiply', result, number(MULTIPLIERS[reader.take().text] ?? 1));
      else if (reader.isSign('%') || reader.isWord('percent', 'pct')) result = applied('percent', result, reader);
      else if (reader.isWord('degrees', 'degree', 'deg') || reader.isCommand('degree'))
        result = applied('degrees', result, reader);
      else return result;
    }
  }

  /** `2 million` */
  private isMultiplier(): boolean {
    const token = this.reader.peek();
    return token?.type === 'word' && Object.hasOwn(MULTIPLIERS, token.text);
  }

  private group(): Expression {
    this.reader.expectSign('{');
    const inner = this.sum();
    this.reader.expectSign('}');
    return inner;
  }

  private atom(): Expression {
    const token = this.reader.take();
    switch (token.type) {
      case 'number':
        return this.withBase(numeral(token));
      case 'letter':
        return this.symbol(token.text);
      case 'word':
        return this.word(token.text);
      case 'command':
        return this.command(token.text);
      case 'sign':
        return this.bracketed(token.text);
      default:
        return token satisfies never;
    }
  }

  /** `212_3` */
  private withBase(digits: Expression): Expression {
    if (!this.reader.skipSign('_')) return digits;
    return apply('inBase', digits, this.argument());
  }

  private symbol(letter: string): Expression {
    const { reader } = this;
    let name = letter;
    while (reader.isSign("'")) name += (reader.take(), "'");
    if (reader.skipSign('_')) name += `_${this.subscript()}`;
    if (name === 'e' || name === 'i') return { type: 'constant', name };
    const symbol: Expression = { type: 'symbol', name };
    return UNKNOWN_FUNCTION.test(name) && reader.isSign('(') ? apply('call', symbol, this.atom()) : symbol;
  }

  private subscript(): string {
    const { reader } = this;
    if (!reader.skipSign('{')) return reader.take().text;
    let text = '';
    while (!reader.isSign('}')) text += reader.take().text;
    reader.take();
    return text;
  }

  /** A single letter in `\text{…}`. */
  private word(word: string): Expression {
    if (word.length === 1) return this.symbol(word);
    throw new ParseFailure(`A word: ${word}.`);
  }

  private command(name: string): Expression {
    switch (name) {
      case 'frac':
        return apply('divide', this.argument(), this.argument());
      case 'binom':
        return apply('binomial', this.argument(), this.argument());
      case 'sqrt':
        return this.root();
      case 'cbrt':
        return apply('root', this.operand(), number(3));
      case 'pi':
        return { type: 'constant', name: 'pi' };
      case 'infty':
        return { type: 'constant', name: 'infinity' };
      case 'log':
      case 'lg':
        return this.logarithm(name);
      case 'angle':
        return this.atom();
      case 'mathbb':
        return {
          type: 'symbol',
          name: `mathbb ${this.reader.isSign('{') ? this.subscript() : this.reader.take().text}`,
        };
      default:
        return this.named(name);
    }
  }

  private named(name: string): Expression {
    const bracket = Object.hasOwn(BRACKETS, name) ? BRACKETS[name] : undefined;
    if (bracket) return this.between(...bracket);
    const called = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
    if (called) return this.call(called);
    if (GREEK.has(name)) return this.symbol(VARIANTS[name] ?? name);
    throw new ParseFailure(`\\${name} is not read.`);
  }

  private between(close: string, name: FunctionName): Expression {
    const inner = this.sum();
    if (!this.isTaken(close)) throw new ParseFailure(`\\${close} is missing.`);
    return apply(name, inner);
  }

  private root(): Expression {
    const { reader } = this;
    if (!reader.skipSign('[')) return apply('sqrt', this.operand());
    const degree = this.sum();
    reader.expectSign(']');
    return apply('root', this.operand(), degree);
  }

  /** Of a root: a group, brackets, a whole number, or one letter. */
  private operand(): Expression {
    const { reader } = this;
    return reader.nested(() => (reader.isSign('{') ? this.group() : this.atom()));
  }

  /** Of `\frac` and `\binom`: a group, or one digit or letter, as TeX reads it. */
  private argument(): Expression {
    const { reader } = this;
    const token = reader.peek();
    if (token?.type !== 'number' || token.text.length < 2)
      return reader.nested(() => (reader.isSign('{') ? this.group() : this.atom()));
    const [first = '', ...others] = token.text;
    reader.replace({ ...token, ...wholeNumber(others.join('')), isApart: false });
    return number(Number(first));
  }

  private logarithm(name: string): Expression {
    const { reader } = this;
    if (!reader.skipSign('_'))
      return name === 'lg' ? apply('log', this.functionArgument(), number(10)) : this.call('ln');
    const base = reader.isSign('{') ? this.group() : this.argument();
    return apply('log', this.functionArgument(), base);
  }

  /** `\sin^2 x`, `\sin^{-1} x`, `\sin x`, `\sin(x)` */
  private call(name: FunctionName): Expression {
    if (!this.reader.skipSign('^')) return apply(name, this.functionArgument());
    const exponent = this.exponent();
    const inverse = INVERSES[name];
    if (inverse && isMinusOne(exponent)) return apply(inverse, this.functionArgument());
    return apply('power', apply(name, this.functionArgument()), exponent);
  }

  /** Without brackets it ends at a sum, at another function, and at a division. */
  private functionArgument(): Expression {
    const { reader } = this;
    return reader.nested(() => {
      if (reader.isSign('(') || reader.isSign('{')) return this.power();
      let product = reader.skipSign('-') ? apply('negate', this.power()) : this.power();
      while (this.isImplicit() && !this.isFunctionNext() && !reader.isSign('('))
        product = apply('multiply', product, this.power());
      return product;
    });
  }

  private isFunctionNext(): boolean {
    const token = this.reader.peek();
    return token?.type === 'command' && (Object.hasOwn(FUNCTIONS, token.text) || token.text === 'log');
  }

  private bracketed(open: string): Expression {
    const close = { '(': ')', '[': ']', '{': '}' }[open];
    if (open === '|') return this.absolute();
    if (close === undefined) throw new ParseFailure(`"${open}" cannot stand there.`);
    const bars = this.bars;
    this.bars = 0;
    const inner = this.sum();
    this.bars = bars;
    this.reader.expectSign(close);
    return inner;
  }

  private absolute(): Expression {
    this.bars++;
    const inner = this.sum();
    this.bars--;
    this.reader.expectSign('|');
    return apply('abs', inner);
  }
}

function applied(name: FunctionName, inner: Expression, reader: TokenReader): Expression {
  reader.take();
  return apply(name, inner);
}

function numeral({ value, places, exponent }: PlacedToken & { readonly type: 'number' }): Expression {
  const mantissa: Expression = { type: 'number', value, places };
  return exponent === null ? mantissa : apply('multiply', mantissa, apply('power', number(10), number(exponent)));
}

const wholeNumber = (text: string) => ({ value: integer(BigInt(text)), places: null, exponent: null, text });

const isMinusOne = (expression: Expression): boolean =>
  expression.type === 'apply' &&
  expression.name === 'negate' &&
  expression.args[0]?.type === 'number' &&
  expression.args[0].value.numerator === 1n &&
  expression.args[0].value.denominator === 1n;
