/** Reads a whole answer: values with units, lists, sets, tuples, intervals, unions, matrices, equations, inequalities. */
import type { Expression } from './expression.ts';
import { ExpressionParser } from './expressionParser.ts';
import { value, type MathAnswer, type RelationSign, type Side } from './mathAnswer.ts';
import { mathTokens, ParseFailure, type PlacedToken } from './mathTokens.ts';
import { isReals, REALS, withoutPoints } from './realLine.ts';
import { isFormula, isOpening, nameOf, OPEN } from './sideName.ts';
import { TokenReader } from './tokenReader.ts';
import { isUnitToken } from './unitTokens.ts';

/** Throws `ParseFailure`. `cleaned` comes from `cleanText`. */
export function parseMath(cleaned: string): MathAnswer {
  const reader = new TokenReader(mathTokens(cleaned));
  const answer = new MathParser(reader).answer();
  if (!reader.isAtEnd) throw new ParseFailure('There is more behind the answer.');
  return answer;
}

const RELATIONS: Readonly<Record<string, readonly [sign: RelationSign, isTurned: boolean]>> = {
  '=': ['=', false],
  '<': ['<', false],
  '>': ['<', true],
  '<=': ['<=', false],
  '>=': ['<=', true],
  '!=': ['!=', false],
  le: ['<=', false],
  leq: ['<=', false],
  leqslant: ['<=', false],
  ge: ['<=', true],
  geq: ['<=', true],
  geqslant: ['<=', true],
  lt: ['<', false],
  gt: ['<', true],
  ne: ['!=', false],
  neq: ['!=', false],
  in: ['in', false],
  approx: ['approx', false],
  equiv: ['=', false],
};
const HEDGES: readonly string[] = ['about', 'approximately', 'exactly', 'roughly', 'around', 'is'];
const MOST_UNIT_TOKENS = 12;

class MathParser {
  private readonly reader: TokenReader;
  private readonly expressions: ExpressionParser;

  constructor(reader: TokenReader) {
    this.reader = reader;
    this.expressions = new ExpressionParser(reader);
  }

  answer(): MathAnswer {
    const items = this.items();
    const [first] = items;
    return items.length === 1 && first ? first : { type: 'list', items };
  }

  private items(): MathAnswer[] {
    const items = [this.relation()];
    while (this.isSeparated()) items.push(this.relation());
    return items;
  }

  /** Takes `,`, `;`, `and`, `or`, or a comma and one of these words. */
  private isSeparated(): boolean {
    const { reader } = this;
    const isComma = reader.skipSign(',') || reader.skipSign(';');
    if (!reader.isWord('and', 'or') && !reader.isCommand('lor', 'vee', 'land')) return isComma;
    reader.take();
    return true;
  }

  private relation(): MathAnswer {
    if (this.reader.isCommand('approx') || this.reader.isSign('=')) this.reader.take();
    const sides = [this.side()];
    const signs: RelationSign[] = [];
    const turned: boolean[] = [];
    for (let found = this.relationSign(); found !== null; found = this.relationSign()) {
      signs.push(found[0]);
      turned.push(found[1]);
      sides.push(this.side());
    }
    const [only] = sides;
    if (signs.length === 0 && only) return only.answer;
    if (!turned.includes(true)) return { type: 'relation', sides, signs };
    if (signs.some((sign, place) => sign !== '=' && turned[place] === false))
      throw new ParseFailure('< and > together.');
    return { type: 'relation', sides: sides.toReversed(), signs: signs.toReversed() };
  }

  private relationSign(): (typeof RELATIONS)[string] | null {
    const { reader } = this;
    const token = reader.peek();
    if (token?.type !== 'sign' && token?.type !== 'command') return null;
    const isTwo = token.type === 'sign' && '<>!'.includes(token.text) && reader.isSign('=', 1);
    const text = isTwo ? `${token.text}=` : token.text;
    const found = Object.hasOwn(RELATIONS, text) ? RELATIONS[text] : undefined;
    if (!found) return null;
    reader.at += isTwo ? 2 : 1;
    return found;
  }

  private side(): Side {
    const { reader } = this;
    const start = reader.at;
    const end = this.endOfSide();
    const name = nameOf(reader.slice(start, end));
    if (name !== null && !isFormula(reader.slice(start, end)) && this.isRelationAt(end)) {
      reader.at = end;
      return { name, answer: { type: 'text', text: name } };
    }
    return { name, answer: this.union() };
  }

  private isRelationAt(place: number): boolean {
    const token = this.reader.peek(place - this.reader.at);
    return token !== undefined && token.type !== 'word' && Object.hasOwn(RELATIONS, token.text);
  }

  /** Where the next relation sign, separator or end stands outside of brackets. */
  private endOfSide(): number {
    const { reader } = this;
    let depth = 0;
    for (let ahead = 0; ; ahead++) {
      const token = reader.peek(ahead);
      if (!token) return reader.at + ahead;
      const isSign = token.type === 'sign';
      if (isSign && Object.hasOwn(OPEN, token.text)) depth++;
      else if (isSign && Object.values(OPEN).includes(token.text) && --depth < 0) return reader.at + ahead;
      else if (depth === 0 && isEnd(token)) return reader.at + ahead;
    }
  }

  private union(): MathAnswer {
    const union = this.unionOfItems();
    if (!this.reader.isCommand('setminus', 'backslash')) return union;
    this.reader.take();
    const difference = withoutPoints(union, this.item());
    if (difference === null) throw new ParseFailure('A difference of sets that is not read.');
    return difference;
  }

  private unionOfItems(): MathAnswer {
    const { reader } = this;
    const items = [this.item()];
    while (reader.isCommand('cup') || reader.isWord('union') || this.isUnionLetter()) {
      reader.take();
      items.push(this.item());
    }
    const [only] = items;
    if (items.length === 1 && only) return only;
    const sets = items.flatMap((item) => (item.type === 'set' ? [item.items] : []));
    return sets.length === items.length ? { type: 'set', items: sets.flat() } : { type: 'union', items };
  }

  private isUnionLetter(): boolean {
    const token = this.reader.peek();
    return token?.type === 'letter' && token.text === 'U' && token.isApart && isOpening(this.reader.peek(1));
  }

  private item(): MathAnswer {
    const { reader } = this;
    if (reader.isCommand('emptyset', 'varnothing')) {
      reader.take();
      return { type: 'set', items: [] };
    }
    if (reader.isCommand('begin')) return this.matrix();
    if (isOpening(reader.peek()) && reader.isCommandAt(1, 'begin')) return this.bracketedMatrix();
    const collection = this.isCollection() ? this.collection() : null;
    return collection ?? this.value();
  }

  /** Whether the bracket that opens here holds several items, or is a set, and nothing is computed with it. */
  private isCollection(): boolean {
    const { reader } = this;
    const open = reader.peek();
    if (open?.type === 'command' && open.text === 'langle') return true;
    if (!isOpening(open)) return false;
    let depth = 0;
    let commas = 0;
    for (let ahead = 0; ; ahead++) {
      const token = reader.peek(ahead);
      if (!token) return false;
      if (token.type !== 'sign') continue;
      if (Object.hasOwn(OPEN, token.text)) depth++;
      else if (depth === 1 && (token.text === ',' || token.text === ';')) commas++;
      else if (Object.values(OPEN).includes(token.text) && --depth === 0)
        return (commas > 0 || open?.text === '\\{') && this.isItemEnd(ahead + 1);
    }
  }

  private isItemEnd(ahead: number): boolean {
    const token = this.reader.peek(ahead);
    if (token === undefined || isEnd(token)) return true;
    if (token.type === 'sign') return [')', ']', '}', '\\}'].includes(token.text);
    return (
      (token.type === 'command' && (token.text === 'cup' || token.text === 'setminus')) ||
      (token.type === 'word' && token.text === 'union') ||
      (token.type === 'letter' && token.text === 'U')
    );
  }

  private collection(): MathAnswer {
    const { reader } = this;
    const open = reader.take().text;
    return reader.nested(() => {
      const isSet = open === '\\{' || open === '{';
      if (isSet && this.isBuilder()) return this.builtSet();
      const items = isSet && (reader.isSign('\\}') || reader.isSign('}')) ? [] : this.items();
      const close = reader.take().text;
      if (isSet && (close === '\\}' || close === '}')) return { type: 'set', items };
      if (open === 'langle' && close === 'rangle') return { type: 'tuple', open: '(', close: ')', items };
      if ((open === '(' || open === '[') && (close === ')' || close === ']'))
        return { type: 'tuple', open, close, items };
      throw new ParseFailure(`"${open}" is closed by "${close}".`);
    });
  }

  /** `x \mid` or `x \in \mathbb{R} :` behind the brace. */
  private isBuilder(): boolean {
    const { reader } = this;
    for (let ahead = 1; ahead < 8; ahead++) {
      const isBar = reader.isSign('|', ahead) || reader.isSign(':', ahead) || reader.isCommandAt(ahead, 'mid');
      if (isBar) return reader.peek()?.type === 'letter';
    }
    return false;
  }

  /** What is said of the elements stands for the set. */
  private builtSet(): MathAnswer {
    const { reader } = this;
    while (!reader.isSign('|') && !reader.isSign(':') && !reader.isCommand('mid')) reader.take();
    reader.take();
    const said = this.answer();
    reader.take();
    return said;
  }

  private bracketedMatrix(): MathAnswer {
    const open = this.reader.take().text;
    const matrix = this.matrix();
    this.reader.expectSign(OPEN[open] ?? '');
    return matrix;
  }

  private matrix(): MathAnswer {
    const { reader } = this;
    const kind = this.environment();
    if (!/^(?:[pbBvV]?matrix|smallmatrix|array)$/.test(kind)) throw new ParseFailure(`\\begin{${kind}} is not read.`);
    if (kind === 'array') this.environmentName();
    const rows: Expression[][] = [[]];
    for (;;) {
      rows.at(-1)?.push(this.expressions.sum());
      if (reader.skipSign('&')) continue;
      if (reader.isCommand('\\')) {
        reader.take();
        if (!reader.isCommand('end')) rows.push([]);
      }
      if (reader.isCommand('end')) break;
      if (rows.at(-1)?.length !== 0) throw new ParseFailure('A matrix is not closed.');
    }
    if (this.environment() !== kind) throw new ParseFailure('A matrix is closed by another name.');
    return { type: 'matrix', rows };
  }

  /** The name behind `\begin` or `\end`. */
  private environment(): string {
    this.reader.take();
    return this.environmentName();
  }

  private environmentName(): string {
    const { reader } = this;
    reader.expectSign('{');
    let name = '';
    while (!reader.isSign('}')) name += reader.take().text;
    reader.take();
    return name;
  }

  private value(): MathAnswer {
    const { reader } = this;
    while (reader.isWord(...HEDGES)) reader.take();
    const currency = reader.isWord('dollars', 'euros', 'gbp', 'yen', 'rupees') ? reader.take().text : null;
    const expression = this.expressions.sum();
    if (reader.isSign(':') || reader.isWord('to')) return this.ratio(expression);
    if (isReals(expression)) return REALS;
    if (reader.isCommand('pmod', 'bmod', 'mod')) return value(expression, this.modulus());
    const unit = currency ?? this.unit();
    if (unit !== null && expression.type === 'symbol') throw new ParseFailure(`Words behind ${expression.name}.`);
    return value(expression, unit);
  }

  /** `\pmod{20}`, as a unit: it may be left out, but not be another. */
  private modulus(): string {
    const { reader } = this;
    reader.take();
    let written = 'mod';
    for (let token = reader.peek(); token && isModulus(token); token = reader.peek()) {
      written += token.type === 'sign' ? '' : ` ${token.text}`;
      reader.take();
    }
    return written;
  }

  private ratio(first: Expression): MathAnswer {
    const { reader } = this;
    const parts = [first];
    while (reader.isSign(':') || reader.isWord('to')) {
      reader.take();
      parts.push(this.expressions.sum());
    }
    return { type: 'ratio', parts };
  }

  /** The words behind a value, as one text; null where there are none. */
  private unit(): string | null {
    const { reader } = this;
    const parts: string[] = [];
    for (let token = reader.peek(); token; token = reader.peek()) {
      if (!isUnitToken(token, parts.length > 0)) break;
      parts.push(token.text);
      if (parts.length > MOST_UNIT_TOKENS) throw new ParseFailure('Many words behind a number.');
      reader.take();
    }
    const written = parts.join(' ').replace(/[{}.]/g, '').replace(/-\s+/g, '-').trim();
    return written === '' ? null : written;
  }
}

const isModulus = ({ type, text }: PlacedToken): boolean =>
  type === 'number' || type === 'letter' || (type === 'sign' && '{}()'.includes(text));

function isEnd(token: PlacedToken): boolean {
  if (token.type === 'word') return token.text === 'and' || token.text === 'or';
  if (token.type === 'command') return Object.hasOwn(RELATIONS, token.text) || token.text === 'lor';
  return token.type === 'sign' && ',;=<>'.includes(token.text);
}
