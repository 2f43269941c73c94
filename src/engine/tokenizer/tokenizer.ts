/** The contract of a tokenizer: texts to tokens and back, whole or while they are written. */
import { SaidError } from '../../protocol/saidError.ts';
import { said } from '../../protocol/sentence.ts';
import type { Json } from '../../protocol/savedState.ts';

export interface Tokenizer {
  readonly vocabularySize: number;
  /** Fills the space behind a short sequence. Never sampled text. */
  readonly padToken: number;
  /** What a completion is ended with. */
  readonly endToken: number;
  /** All that end a completion, `endToken` first. */
  readonly endTokens: readonly number[];
  /** Stand before a text that no template has written. */
  readonly beginTokens: readonly number[];
  /** The tokens of a text; special tokens never come out, whatever the text says. Throws `UnknownCharacter`. */
  encode(text: string): number[];
  /** The text of tokens; special tokens have none. */
  decode(tokens: Iterable<number>): string;
  /** Decodes tokens as they come; all pieces together are what `decode` says. */
  stream(): TokenStream;
  /** What tokenizer.json of a checkpoint holds. */
  toJson(): Json;
}

/** The text of one completion while it is written: a character whose bytes are not all there yet is held back. */
export interface TokenStream {
  /** What is certain to stand behind the pieces before. */
  push(token: number): string;
  /** What was held back. */
  end(): string;
}

/** The text has a character that the model was never given. */
export class UnknownCharacter extends SaidError {
  override readonly name = 'UnknownCharacter';
  readonly character: string;

  constructor(character: string, known: string) {
    super(
      said`The model does not know the character ${JSON.stringify(character)}. It knows words of its task and: ${JSON.stringify(known)}.`,
    );
    this.character = character;
  }
}
