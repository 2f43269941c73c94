/** Finds added tokens (`<|im_end|>`, `<think>`) in a text: the first from the left, and the longest of those that begin there. */

/** A token that is looked for in the text itself, before the model cuts what is between. Spelled as in tokenizer.json. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Text may not become it: only templates and the engine write it. */
  readonly special: boolean;
  /** Swallows white space before it, or behind it. */
  readonly lstrip: boolean;
  readonly rstrip: boolean;
}

/** Part of a text: an added token, or what lies between. Never empty. */
export type TextPart = { readonly token: AddedToken } | { readonly text: string };

interface Node {
  readonly next: Map<string, Node>;
  token: AddedToken | null;
}

/** Reads texts for a fixed set of tokens. */
export class AddedTokenFinder {
  private readonly root: Node = { next: new Map(), token: null };

  constructor(tokens: readonly AddedToken[]) {
    for (const token of tokens) this.add(token);
  }

  /** The parts of a text from left to right. */
  split(text: string): TextPart[] {
    const parts: TextPart[] = [];
    let start = 0;
    for (let at = 0; at < text.length;) {
      const token = this.longestAt(text, at);
      if (!token) {
        at++;
        continue;
      }
      pushText(parts, token.lstrip ? text.slice(start, at).trimEnd() : text.slice(start, at));
      parts.push({ token });
      at += token.content.length;
      if (token.rstrip) while (/\s/.test(text.charAt(at))) at++;
      start = at;
    }
    pushText(parts, text.slice(start));
    return parts;
  }

  private add(token: AddedToken): void {
    let node = this.root;
    for (let at = 0; at < token.content.length; at++) {
      const unit = token.content.charAt(at);
      const next = node.next.get(unit) ?? { next: new Map(), token: null };
      node.next.set(unit, next);
      node = next;
    }
    node.token = token;
  }

  private longestAt(text: string, start: number): AddedToken | null {
    let found: AddedToken | null = null;
    let node = this.root.next.get(text.charAt(start));
    for (let at = start + 1; node; at++) {
      found = node.token ?? found;
      node = at < text.length ? node.next.get(text.charAt(at)) : undefined;
    }
    return found;
  }
}

function pushText(parts: TextPart[], text: string): void {
  if (text !== '') parts.push({ text });
}
