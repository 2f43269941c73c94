/**
 * From tokens back to text, byte for byte: a byte-level model writes every byte as a character of its own, one with byte
 * fallback writes what its vocabulary lacks as `<0xE2>`. Whole or streamed, the same text comes out.
 */
import type { TokenStream } from './tokenizer.ts';

// Every JavaScript host has it; the engine's types know no host.
declare const TextDecoder: new (
  label: string,
  options: { readonly ignoreBOM: boolean; readonly fatal?: boolean },
) => { decode(bytes?: Uint8Array, options?: { readonly stream: boolean }): string };

/** How a token's name stands for its text. `none`: tokens without text, such as special ones, give null. */
export interface TokenNames {
  readonly kind: 'byteLevel' | 'byteFallback';
  /** The name in the vocabulary, or null for a token without text. */
  nameOf(token: number): string | null;
  /** Whether the name is its text as it stands, as with added tokens. */
  isLiteral(token: number): boolean;
}

export function tokenStream(names: TokenNames): TokenStream {
  return names.kind === 'byteLevel' ? new ByteLevelStream(names) : new ByteFallbackStream(names);
}

export function textOf(names: TokenNames, tokens: Iterable<number>): string {
  const stream = tokenStream(names);
  let text = '';
  for (const token of tokens) text += stream.push(token);
  return text + stream.end();
}

class ByteLevelStream implements TokenStream {
  private readonly names: TokenNames;
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  constructor(names: TokenNames) {
    this.names = names;
  }

  push(token: number): string {
    const name = this.names.nameOf(token);
    if (name === null) return '';
    if (this.names.isLiteral(token)) return this.end() + name;
    const bytes = Array.from(name, (character) => BYTE_OF.get(character));
    // As the Python library: a name with a character that stands for no byte is its own text.
    return bytes.every((byte) => byte !== undefined)
      ? this.decoder.decode(Uint8Array.from(bytes), { stream: true })
      : this.end() + name;
  }

  end(): string {
    return this.decoder.decode();
  }
}

const BYTE_NAME = /^<0x([0-9A-F]{2})>$/;

/** A run of byte tokens is text only as a whole, and where it is no UTF-8, each of its bytes is shown as �. */
class ByteFallbackStream implements TokenStream {
  private readonly names: TokenNames;
  private held: number[] = [];

  constructor(names: TokenNames) {
    this.names = names;
  }

  push(token: number): string {
    const name = this.names.nameOf(token);
    if (name === null) return '';
    const byte = this.names.isLiteral(token) ? undefined : BYTE_NAME.exec(name)?.[1];
    if (byte === undefined) return this.end() + name.replaceAll('▁', ' ');
    this.held.push(Number.parseInt(byte, 16));
    return '';
  }

  end(): string {
    const bytes = Uint8Array.from(this.held);
    this.held = [];
    try {
      return new TextDecoder('utf-8', { ignoreBOM: true, fatal: true }).decode(bytes);
    } catch {
      return '�'.repeat(bytes.length); // what the Python library shows for them
    }
  }
}

/** The characters that stand for bytes, as GPT-2 chose them: printable ones for themselves, the others from U+0100 on. */
const BYTE_OF: ReadonlyMap<string, number> = new Map(byteCharacters());

/** What a vocabulary must have so that no byte of a text is lost. */
export const byteNames: Readonly<Record<TokenNames['kind'], readonly string[]>> = {
  byteLevel: [...BYTE_OF.keys()],
  byteFallback: Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`),
};

function* byteCharacters(): Generator<[string, number]> {
  let moved = 0;
  for (let byte = 0; byte < 256; byte++) {
    const isPrintable = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    yield [String.fromCharCode(isPrintable ? byte : 0x100 + moved++), byte];
  }
}
