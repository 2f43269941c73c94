/** Finds the stretches of a text that say of some sides that they are equal, in signs and in words. */
import { integer } from '../../grading/rational.ts';
import { isOperandEnd, type Relation, type TraceToken } from './traceToken.ts';
import {
  ABOUT,
  DASH_WORDS,
  FUNCTIONS,
  numberOfWord,
  RELATION_CORE,
  RELATION_FILLER,
  WORD_FORMS,
  WORD_OPERATORS,
} from './words.ts';

/** `sides[i]` and `sides[i + 1]` stand in `relations[i]`; there are at least two sides. */
export interface Statement {
  readonly sides: readonly (readonly TraceToken[])[];
  readonly relations: readonly { readonly name: Relation; readonly isWord: boolean }[];
  /** Places in the list of tokens: the first of the statement, and the first behind it. */
  readonly from: number;
  readonly to: number;
}

export function statementsIn(tokens: readonly TraceToken[]): Statement[] {
  return new StatementReader(tokens).all();
}

const MOST_LABELS = 3;
const MOST_RELATION_WORDS = 8;

class StatementReader {
  private readonly tokens: readonly TraceToken[];
  private readonly statements: Statement[] = [];
  private at = 0;
  private from = 0;
  private sides: TraceToken[][] = [[]];
  private relations: { name: Relation; isWord: boolean }[] = [];

  constructor(tokens: readonly TraceToken[]) {
    this.tokens = tokens;
  }

  all(): Statement[] {
    while (this.at < this.tokens.length) this.step();
    this.flush();
    return this.statements;
  }

  private get side(): TraceToken[] {
    return this.sides.at(-1) ?? [];
  }

  private get isAfterOperand(): boolean {
    return isOperandEnd(this.side.at(-1));
  }

  private step(): void {
    const token = this.tokens[this.at];
    if (token === undefined) return;
    switch (token.kind) {
      case 'number':
      case 'open':
      case 'close':
      case 'prefix':
      case 'postfix':
      case 'symbol':
      case 'label':
        return this.push(token);
      case 'operator':
        return this.operator(token);
      case 'relation':
        return this.relation(token.name, false, this.at + 1);
      case 'word':
        return this.word(token, token.text);
      case 'break':
        return this.lineOrMark(token.sign);
      default:
        return token satisfies never;
    }
  }

  private push(token: TraceToken): void {
    if (this.sides.length === 1 && this.side.length === 0) this.from = this.at;
    this.side.push(token);
    this.at++;
  }

  /** In place of `count` tokens, as an operand without a value. */
  private pushSymbol(count: number): void {
    const token = this.tokens[this.at];
    if (token === undefined) return;
    this.push({ start: token.start, end: token.end, isApart: token.isApart, kind: 'symbol' });
    this.at += count - 1;
  }

  /** What ends here is a statement if it relates sides. */
  private flush(): void {
    const { sides, relations, from, at } = this;
    if (relations.length > 0) this.statements.push({ sides, relations, from, to: at });
    this.sides = [[]];
    this.relations = [];
  }

  private drop(): void {
    this.flush();
    this.at++;
  }

  /** Behind a word, an operator has that word as its left operand; a sign may stand before a number. */
  private operator(token: TraceToken & { kind: 'operator' }): void {
    const [before, next] = [this.tokens[this.at - 1], this.tokens[this.at + 1]];
    const isSign = token.operator === '-' && next?.isApart === false;
    if (this.side.length === 0 && before?.kind === 'word' && !isSign) this.pushSymbol(0);
    this.push(token);
  }

  private relation(name: Relation, isWord: boolean, next: number): void {
    const last = this.relations.at(-1);
    if (this.side.length > 0) {
      this.relations.push({ name, isWord });
      this.sides.push([]);
    } else if (last) last.name = last.name === 'other' || name === 'other' ? 'other' : 'about';
    this.at = next;
  }

  private word(token: TraceToken, text: string): void {
    if (this.numberWord(token, text)) return;
    if (this.isAfterOperand) return this.wordAfterOperand(text);
    const isAfterRelation = this.side.length === 0 && this.relations.length > 0;
    if (isAfterRelation && ABOUT.has(text)) return this.relation('about', false, this.at + 1);
    if (isAfterRelation && RELATION_FILLER.has(text)) return void this.at++;
    if (this.side.at(-1)?.kind === 'operator') return this.wordAsOperand(text);
    if (this.form(text)) return;
    this.flush();
    const words = this.functionWords(text);
    if (words > 0) this.pushSymbol(words);
    else this.at++;
  }

  private wordAt(index: number): string | null {
    const token = this.tokens[index];
    return token?.kind === 'word' ? token.text : null;
  }

  private startsOperand(index: number): boolean {
    const token = this.tokens[index];
    if (token?.kind === 'word') return numberOfWord(token.text) !== null;
    return token?.kind === 'number' || token?.kind === 'open' || token?.kind === 'prefix' || token?.kind === 'symbol';
  }

  /** `twenty-one`, `two hundred`. */
  private numberWord({ start, end, isApart }: TraceToken, text: string): boolean {
    const value = numberOfWord(text);
    if (value === null) return false;
    const scale = { hundred: 100, thousand: 1000 }[this.wordAt(this.at + 1) ?? ''] ?? 1;
    this.push({ start, end, isApart, kind: 'number', value: integer(BigInt(value * scale)), places: null });
    if (scale > 1) this.at++;
    return true;
  }

  private wordAfterOperand(text: string): void {
    const pair = `${text} ${this.wordAt(this.at + 1) ?? ''}`;
    for (const [name, count] of [
      [text, 1],
      [pair, 2],
    ] as const) {
      const operator = WORD_OPERATORS.get(name);
      if (operator !== undefined && this.startsOperand(this.at + count)) return this.wordOperator(operator, count);
    }
    if (text === 'of' && this.isShare()) return this.wordOperator('*', this.wordAt(this.at + 1) === 'the' ? 2 : 1);
    const isLink = FUNCTIONS.has(text) || (text === 'and' && this.side[0]?.kind === 'symbol');
    if (isLink && this.startsOperand(this.at + 1)) return this.pushSymbol(1);
    if (text === 'squared' || text === 'cubed' || text === 'percent') return this.wordPostfix(text);
    const relation = this.hasOperation() ? this.wordRelation(this.at) : null;
    if (relation) return this.relation(relation.name, true, relation.next);
    const labels = this.labels();
    if (labels === 0) return this.drop();
    for (let i = 0; i < labels; i++) this.label();
  }

  private wordOperator(operator: (TraceToken & { kind: 'operator' })['operator'], count: number): void {
    const token = this.tokens[this.at];
    if (token === undefined) return;
    this.push({ start: token.start, end: token.end, isApart: true, kind: 'operator', operator, isWord: true });
    this.at += count - 1;
  }

  private wordPostfix(name: 'squared' | 'cubed' | 'percent'): void {
    const token = this.tokens[this.at];
    if (token) this.push({ start: token.start, end: token.end, isApart: false, kind: 'postfix', name });
  }

  /** `20% of 50`, `1/3 of the 9`. */
  private isShare(): boolean {
    const [slash, last] = this.side.slice(-2);
    const isFraction = slash?.kind === 'operator' && slash.operator === '/';
    const isShare = isFraction || last?.kind === 'close' || (last?.kind === 'postfix' && last.name === 'percent');
    return isShare && this.startsOperand(this.at + (this.wordAt(this.at + 1) === 'the' ? 2 : 1));
  }

  private hasOperation(): boolean {
    return this.side.some(({ kind }) => kind === 'operator' || kind === 'prefix' || kind === 'postfix');
  }

  /** A relation in words from here to a number. */
  private wordRelation(from: number): { readonly name: Relation; readonly next: number } | null {
    let isCore = false;
    let isAbout = false;
    for (let i = from; i < from + MOST_RELATION_WORDS; i++) {
      const text = this.wordAt(i);
      if (text === null || numberOfWord(text) !== null)
        return isCore && this.startsValue(i) ? { name: isAbout ? 'about' : 'equal', next: i } : null;
      if (text === 'and' ? !this.isConclusion(i + 1) : !isRelationWord(text)) return null;
      isCore ||= RELATION_CORE.has(text);
      isAbout ||= ABOUT.has(text);
    }
    return null;
  }

  private isConclusion(index: number): boolean {
    return ['we', 'you', 'i', 'get', 'that'].includes(this.wordAt(index) ?? '');
  }

  private startsValue(index: number): boolean {
    const token = this.tokens[index];
    const isSign = token?.kind === 'operator' && token.operator === '-';
    return this.startsOperand(index) || (isSign && this.startsOperand(index + 1));
  }

  /** How many words from here are what is counted: only where the formula goes on behind them. */
  private labels(): number {
    for (let count = 1; count <= MOST_LABELS; count++) {
      const next = this.tokens[this.at + count];
      const isGoingOn = next?.kind === 'operator' || next?.kind === 'relation' || next?.kind === 'close';
      if (isGoingOn || (next?.kind === 'word' && this.goesOnInWords(next.text, this.at + count))) return count;
      if (next?.kind !== 'word') return 0;
    }
    return 0;
  }

  private goesOnInWords(text: string, index: number): boolean {
    if (this.hasOperation() && this.wordRelation(index) !== null) return true;
    const pair = `${text} ${this.wordAt(index + 1) ?? ''}`;
    return (
      (WORD_OPERATORS.has(text) && this.startsOperand(index + 1)) ||
      (WORD_OPERATORS.has(pair) && this.startsOperand(index + 2))
    );
  }

  private label(): void {
    const token = this.tokens[this.at];
    if (token?.kind === 'word') this.push({ ...token, kind: 'label' });
  }

  /** Behind an operator a word is an unknown operand, or the operator was a dash. */
  private wordAsOperand(text: string): void {
    const last = this.side.at(-1);
    const isDash = last?.kind === 'operator' && last.operator === '-' && last.isApart && DASH_WORDS.has(text);
    if (!isDash) return this.pushSymbol(1);
    this.side.pop();
    this.drop();
  }

  /** `the sum of 3 and 4`: as if it were written in signs. */
  private form(text: string): boolean {
    const pair = `${text} ${this.wordAt(this.at + 1) ?? ''}`;
    const [form, length] = WORD_FORMS.has(pair) ? [WORD_FORMS.get(pair), 2] : [WORD_FORMS.get(text), 1];
    const [a, b] = [this.tokens[this.at + length], this.tokens[this.at + length + 2]];
    const link = this.wordAt(this.at + length + 1);
    if (!form || a?.kind !== 'number' || b?.kind !== 'number' || !form.link.split('|').includes(link ?? ''))
      return false;
    if (this.relations.length === 0) this.flush();
    const [first, second] = form.isReverse ? [b, a] : [a, b];
    const sign = {
      start: a.start,
      end: b.end,
      isApart: true,
      kind: 'operator',
      operator: form.operator,
      isWord: true,
    } as const;
    const start = this.at;
    for (const token of [first, sign, second]) this.push(token);
    this.at = start + length + 3;
    return true;
  }

  /** How many words from here are a function of what follows; 0 for none. */
  private functionWords(text: string): number {
    const next = this.tokens[this.at + 1];
    if (next?.kind === 'open' && !next.isApart) return 1;
    const words = this.wordAt(this.at + 1) === 'of' ? 2 : 1;
    return FUNCTIONS.has(text) && this.startsOperand(this.at + words) ? words : 0;
  }

  private lineOrMark(sign: string): void {
    const next = this.tokens[this.at + 1];
    const isOpen = this.side.length === 0 && this.relations.length > 0;
    if (sign === '\n' && (next?.kind === 'relation' || isOpen || this.side.at(-1)?.kind === 'operator'))
      return void this.at++;
    if (sign === '\n\n' && isOpen) return void this.at++;
    if (sign === '::' && this.relations.length > 0) this.pushSymbol(0);
    if (sign !== ',' || !this.isAfterOperand || !this.hasOperation()) return this.drop();
    const relation = this.isClause(this.at + 1) ? this.wordRelation(this.at + 1) : null;
    if (relation) return this.relation(relation.name, true, relation.next);
    this.drop();
  }

  /** `, which is 19`. */
  private isClause(index: number): boolean {
    return [
      'which',
      'that',
      'this',
      'so',
      'giving',
      'making',
      'we',
      'it',
      'for',
      'and',
      'yielding',
      'leaving',
    ].includes(this.wordAt(index) ?? '');
  }
}

const isRelationWord = (text: string): boolean =>
  RELATION_CORE.has(text) || RELATION_FILLER.has(text) || ABOUT.has(text);
