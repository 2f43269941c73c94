/** Which characters a model can read, told from its tokenizer.json: known before a run is started to ask it. */
import { displayText } from '../protocol/displayText.ts';
import { translate, type Strings } from '../protocol/translate.ts';

/** How a text falls into tokens: whole words of the vocabulary where no letter stands beside them, else single characters. */
export const splitPattern = (words: readonly string[]): string =>
  words.length > 0 ? `(?<![A-Za-z])(?:${words.join('|')})(?![A-Za-z])|[\\s\\S]` : '[\\s\\S]';

/**
 * A sentence about the first character of the prompt that the model was never given; null where there is none,
 * and for tokenizers of another kind, which take every text.
 */
export function promptProblem(prompt: string, tokenizer: unknown, strings: Strings): string | null {
  const pieces = piecesOf(tokenizer);
  const words = pieces.filter((piece) => /^[A-Za-z]{2,}$/.test(piece));
  const known = new Set(pieces);
  const unknown = prompt.match(new RegExp(splitPattern(words), 'gu'))?.find((piece) => !known.has(piece));
  if (pieces.length === 0 || unknown === undefined) return null;
  const characters = pieces.filter((piece) => Array.from(piece).length === 1).join('');
  return translate(
    strings,
    'The model does not know the character {0}. It knows words of its task and: {1}',
    `"${displayText(unknown.replace('\n', '⏎'))}"`,
    displayText(characters.replaceAll('\n', '⏎')),
  );
}

/** What a tokenizer of characters and words knows, by id and without its special tokens; empty for any other. */
function piecesOf(tokenizer: unknown): readonly string[] {
  const model = memberOf(tokenizer, 'model');
  const vocabulary = memberOf(model, 'vocab');
  if (memberOf(model, 'type') !== 'WordLevel' || typeof vocabulary !== 'object' || vocabulary === null) return [];
  const special = memberOf(tokenizer, 'added_tokens');
  const names = new Set(Array.isArray(special) ? special.map((token) => memberOf(token, 'content')) : []);
  return Object.entries(vocabulary)
    .sort(([, a], [, b]) => Number(a) - Number(b))
    .flatMap(([piece]) => (names.has(piece) ? [] : [piece]));
}

const memberOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, key)?.value : undefined;
