/** How long a text is for a model. */
import type { Json } from '../../protocol/savedState.ts';
import { characterTokenizerFrom } from './characterTokenizer.ts';
import { UnknownCharacter } from './tokenizer.ts';

export type CountTokens = (text: string) => number;

/**
 * Counts as the tokenizer of a tokenizer.json does; a character that it does not know is one token.
 * Null where there is none: then words and signs are counted. Throws a sentence for a kind of tokenizer that is not known.
 */
export function tokenCounter(tokenizer: Json | null): CountTokens | null {
  if (tokenizer === null) return null;
  const known = characterTokenizerFrom(tokenizer);
  return (text) => {
    try {
      return known.encode(text).length;
    } catch (error) {
      if (error instanceof UnknownCharacter) return Array.from(text).length;
      throw error;
    }
  };
}
