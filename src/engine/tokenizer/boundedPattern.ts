/**
 * Whether a pattern of a tokenizer.json ends in time on any text. A pattern is foreign code that runs on data, so only shapes
 * are run whose search from one place takes time linear in the text: quantifiers on single characters and classes (a group may
 * only be optional), no references back, no look behind, at most two unbounded quantifiers in an alternative, nothing that must
 * match behind the second, and nothing that must match behind a loop that runs over words and the space between them: so what
 * is searched in vain is at most a word, a run of spaces or of signs. The patterns of GPT-2, GPT-4o, Llama 3, Qwen, DeepSeek and Gemma have this shape.
 */

const LONGEST = 2_000;
/** A count of repetitions up to here is no loop. */
const FEW = 16;
const ESCAPE =
  /^\\(?:[pP]\{[^{}]{1,40}\}|[pP][A-Z]|x\{[0-9A-Fa-f]{1,6}\}|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|[^\dkgGKxupP])/;
const GROUP = /^\((?:\?(?:i:|:|!|=))?/;
const QUANTIFIER = /^(?:[*+?]|\{\d{1,4}(?:,\d{0,4})?\})[?+]?/;

/** The source is that of the file, in the words of Oniguruma. */
export function isBoundedPattern(source: string): boolean {
  if (source.length > LONGEST) return false;
  const reader = new Reader(source);
  return reader.alternatives(0) !== null && reader.isAtEnd;
}

/** What an alternative holds: how many endless loops, and whether one of them runs on through whole texts. */
interface Shape {
  readonly loops: number;
  readonly isBroad: boolean;
}

const ONE: Shape = { loops: 0, isBroad: false };

class Reader {
  private readonly source: string;
  private at = 0;

  constructor(source: string) {
    this.source = source;
  }

  get isAtEnd(): boolean {
    return this.at === this.source.length;
  }

  /** The worst of the alternatives up to a closing bracket or the end; null where one is refused. */
  alternatives(depth: number): Shape | null {
    let worst = ONE;
    for (;;) {
      const one = this.alternative(depth);
      if (one === null) return null;
      worst = { loops: Math.max(worst.loops, one.loops), isBroad: worst.isBroad || one.isBroad };
      if (this.source[this.at] !== '|') return worst;
      this.at++;
    }
  }

  private alternative(depth: number): Shape | null {
    let loops = 0;
    let isBroad = false;
    while (!this.isAtEnd && !'|)'.includes(this.source[this.at] ?? '')) {
      const part = this.part(depth);
      if (part === null || ((loops >= 2 || isBroad) && part.isNeeded)) return null;
      loops += part.loops;
      isBroad ||= part.isBroad;
      if (loops > 2) return null;
    }
    return { loops, isBroad };
  }

  /** One character, class or group with its quantifier. */
  private part(depth: number): (Shape & { readonly isNeeded: boolean }) | null {
    const start = this.at;
    const isGroup = this.source[start] === '(';
    const inner = isGroup ? this.group(depth) : this.atom();
    if (inner === null) return null;
    const atom = this.source.slice(start, this.at);
    const quantifier = this.take(QUANTIFIER);
    const most = mostOf(quantifier);
    if (isGroup && most > 1) return null;
    if (isGroup && inner.loops > 0 && quantifier !== '') return null;
    const isLoop = most > FEW;
    return {
      loops: inner.loops + (isLoop ? 1 : 0),
      isBroad: inner.isBroad || (isLoop && isBroadAtom(atom)),
      isNeeded: !/^(?:[*?]|\{0)/.test(quantifier),
    };
  }

  private group(depth: number): Shape | null {
    const opening = this.take(GROUP);
    if (depth > 8 || /^\?/.test(this.source.slice(this.at))) return null;
    const inner = this.alternatives(depth + 1);
    if (inner === null || this.source[this.at] !== ')') return null;
    this.at++;
    const looks = opening.endsWith('!') || opening.endsWith('=');
    return looks && inner.loops > 0 ? null : inner;
  }

  private atom(): Shape | null {
    const first = this.source[this.at] ?? '';
    if ('*+?{'.includes(first)) return null;
    if (first === '[') return this.characterClass();
    if (first === '\\') return this.take(ESCAPE) === '' ? null : ONE;
    this.at += String.fromCodePoint(this.source.codePointAt(this.at) ?? 0).length;
    return ONE;
  }

  /** A flat class; classes within classes and intersections are refused. */
  private characterClass(): Shape | null {
    const start = this.at++;
    if (this.source[this.at] === '^') this.at++;
    for (let first = true; !this.isAtEnd; first = false) {
      const next = this.source[this.at] ?? '';
      if (next === ']' && !first) {
        this.at++;
        return ONE;
      }
      if (next === '[' || this.source.startsWith('&&', this.at) || this.at - start > 500) return null;
      if (next !== '\\') this.at++;
      else if (this.take(ESCAPE) === '') return null;
    }
    return null;
  }

  private take(pattern: RegExp): string {
    const found = pattern.exec(this.source.slice(this.at))?.[0] ?? '';
    this.at += found.length;
    return found;
  }
}

/** Whether a character or class is found in words as well as between them; what JavaScript cannot read counts as such. */
function isBroadAtom(atom: string): boolean {
  try {
    const pattern = new RegExp(`^(?:${atom})$`, 'u');
    return [' ', 'a', '.'].filter((character) => pattern.test(character)).length > 1;
  } catch {
    return true;
  }
}

function mostOf(quantifier: string): number {
  if (quantifier === '') return 1;
  if (quantifier.startsWith('?')) return 1;
  if (!quantifier.startsWith('{')) return Infinity;
  const [least = '0', most] = quantifier.slice(1, quantifier.indexOf('}')).split(',');
  return most === undefined ? Number(least) : most === '' ? Infinity : Number(most);
}
