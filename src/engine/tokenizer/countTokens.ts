/** How long a text is for a model. */
import type { Json } from '../../protocol/savedState.ts';
import { BpeTokenizer } from './bpeTokenizer.ts';
import { characterTokenizerFrom } from './characterTokenizer.ts';
import { type Tokenizer, UnknownCharacter } from './tokenizer.ts';

export type CountTokens = (text: string) => number;

/**
 * Counts as the tokenizer of a tokenizer.json does; a character that it does not know is one token.
 * Null where there is none: then words and signs are counted. Throws a sentence for a kind of tokenizer that is not known.
 */
export function tokenCounter(tokenizer: Json | null): CountTokens | null {
  if (tokenizer === null) return null;
  const known = isOfWholeWords(tokenizer) ? characterTokenizerFrom(tokenizer) : bpeTokenizerFrom(tokenizer);
  return (text) => {
    try {
      return known.encode(text).length;
    } catch (error) {
      if (error instanceof UnknownCharacter) return Array.from(text).length;
      throw error;
    }
  };
}

/** Ours are written as WordLevel. */
export const isOfWholeWords = (json: Json): boolean =>
  typeof json === 'object' &&
  json !== null &&
  'model' in json &&
  typeof json.model === 'object' &&
  json.model !== null &&
  'type' in json.model &&
  json.model.type === 'WordLevel';

/** Which token ends a completion is in another file, and nothing to a count. */
const bpeTokenizerFrom = (tokenizer: Json): Tokenizer =>
  new BpeTokenizer({
    tokenizer,
    tokenizerConfig: null,
    specialTokensMap: null,
    generationConfig: { eos_token_id: 0 },
    config: null,
  });
