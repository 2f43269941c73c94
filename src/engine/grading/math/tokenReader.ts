/** A place in a list of tokens, moved by looking and taking. */
import { ParseFailure, type PlacedToken } from './mathTokens.ts';

const DEEPEST = 250;

export class TokenReader {
  at = 0;
  private readonly tokens: PlacedToken[];
  private depth = 0;

  constructor(tokens: readonly PlacedToken[]) {
    this.tokens = [...tokens];
  }

  get isAtEnd(): boolean {
    return this.at >= this.tokens.length;
  }

  peek(ahead = 0): PlacedToken | undefined {
    return this.tokens[this.at + ahead];
  }

  slice(start: number, end: number): readonly PlacedToken[] {
    return this.tokens.slice(start, end);
  }

  get length(): number {
    return this.tokens.length;
  }

  /** Throws `ParseFailure` at the end. */
  take(): PlacedToken {
    const token = this.tokens[this.at];
    if (!token) throw new ParseFailure('It ends too early.');
    this.at++;
    return token;
  }

  /** Puts another token in the place of the next one. */
  replace(token: PlacedToken): void {
    this.tokens[this.at] = token;
  }

  isSign(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token?.type === 'sign' && token.text === text;
  }

  isCommand(...names: readonly string[]): boolean {
    return this.isCommandAt(0, ...names);
  }

  isCommandAt(ahead: number, ...names: readonly string[]): boolean {
    const token = this.peek(ahead);
    return token?.type === 'command' && names.includes(token.text);
  }

  isWord(...words: readonly string[]): boolean {
    const token = this.peek();
    return token?.type === 'word' && words.includes(token.text.toLowerCase());
  }

  /** Takes the sign if it is next. */
  skipSign(text: string): boolean {
    if (!this.isSign(text)) return false;
    this.at++;
    return true;
  }

  /** Throws `ParseFailure` if another token is next. */
  expectSign(text: string): void {
    if (!this.skipSign(text)) throw new ParseFailure(`"${text}" is missing.`);
  }

  /** Counts how deep readers call each other. Throws `ParseFailure`. */
  nested<T>(read: () => T): T {
    if (++this.depth > DEEPEST) throw new ParseFailure(`Nested deeper than ${DEEPEST} levels.`);
    try {
      return read();
    } finally {
      this.depth--;
    }
  }
}
