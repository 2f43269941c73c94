/** The contract of a tokenizer, and the one for models made from scratch: a token per character and per reflection word. */
import { english, said, type Sentence } from '../../protocol/sentence.ts';
import type { Json } from '../../protocol/savedState.ts';

export interface Tokenizer {
  readonly vocabularySize: number;
  /** Fills the space behind a short sequence. Never sampled text. */
  readonly padToken: number;
  /** Ends a completion. */
  readonly endToken: number;
  /** The tokens of a text; special tokens never come out, whatever the text says. Throws `UnknownCharacter`. */
  encode(text: string): number[];
  /** The text of tokens; special tokens have none. */
  decode(tokens: Iterable<number>): string;
  /** What tokenizer.json of a checkpoint holds. */
  toJson(): Json;
}

/** The text has a character that the model was never given. */
export class UnknownCharacter extends Error {
  readonly character: string;
  readonly said: Sentence;

  constructor(character: string, known: string) {
    const told = said`The model does not know the character ${JSON.stringify(character)}. It knows words of its task and: ${JSON.stringify(known)}.`;
    super(english(told));
    this.said = told;
    this.name = 'UnknownCharacter';
    this.character = character;
  }
}
