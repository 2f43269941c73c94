/** Our own tokenizer of characters and words as llama.cpp can have it: merges that make each word of its letters, and nothing else. */
import { DataFailure } from '../../data/dataFailure.ts';
import { characterTokenizerFrom, SPECIAL, vocabularyOf } from '../../engine/tokenizer/characterTokenizer.ts';
import { byteNames } from '../../engine/tokenizer/tokenText.ts';
import type { Json } from '../../protocol/savedState.ts';
import { said } from '../../protocol/sentence.ts';
import { type GgufVocabulary, TOKEN_TYPES } from './ggufTokenizer.ts';

/** Throws `DataFailure` for a vocabulary whose texts llama.cpp would cut otherwise. */
export function characterVocabulary(json: Json): GgufVocabulary {
  const { characters, words } = vocabularyOf(json);
  const merges = [...new Set(words.flatMap(mergesOf))];
  const unfit =
    Array.from(characters).find((one) => !isSafe(one, words.length > 0)) ?? words.find((one) => !isMade(one, merges));
  if (unfit !== undefined)
    throw new DataFailure(
      'badConfig',
      said`The model cannot become a GGUF file: llama.cpp would not read ${JSON.stringify(unfit)} as the one token that it is here.`,
      'Export it as a folder of Hugging Face instead.',
    );
  const { padToken, endToken } = characterTokenizerFrom(json);
  const pieces = [...Array.from(characters, byteName), ...words];
  return {
    model: 'gpt2',
    pre: 'gpt-2',
    pieces: [
      ...SPECIAL.map((name) => [name, TOKEN_TYPES.control] as const),
      ...pieces.map((piece) => [piece, TOKEN_TYPES.normal] as const),
    ],
    merges,
    special: { eos: endToken, padding: padToken },
    beginsWithBos: false,
    template: null,
  };
}

/** As the byte-level model names it; of one byte. */
const byteName = (character: string): string => byteNames.byteLevel[character.charCodeAt(0)] ?? character;

/** One byte; beside words no letter, which merges could join to them, and no apostrophe, at which texts are cut. */
const isSafe = (character: string, hasWords: boolean): boolean =>
  character.charCodeAt(0) < 128 && !(hasWords && /[A-Za-z']/.test(character));

/** The first letter and the second, both and the third … */
const mergesOf = (word: string): readonly string[] =>
  Array.from(word)
    .slice(1)
    .map((letter, place) => `${word.slice(0, place + 1)} ${letter}`);

/** Whether the merges, the earliest in the list first, make one piece of the word. */
function isMade(word: string, merges: readonly string[]): boolean {
  const pieces = Array.from(word);
  for (;;) {
    const ranks = pieces.slice(1).map((piece, place) => merges.indexOf(`${pieces[place]} ${piece}`));
    const best = Math.min(...ranks.filter((rank) => rank >= 0));
    if (best === Infinity) return pieces.length === 1;
    const at = ranks.indexOf(best);
    pieces.splice(at, 2, `${pieces[at]}${pieces[at + 1]}`);
  }
}
