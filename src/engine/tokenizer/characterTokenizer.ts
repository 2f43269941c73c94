/** One token per character, and one per whole word of a short list; written as a Hugging Face tokenizer.json that their library reads too. */
import { splitPattern } from '../../config/promptCharacters.ts';
import { type Tokenizer, UnknownCharacter } from './tokenizer.ts';
import type { Json } from '../../protocol/savedState.ts';

const PAD = '<pad>';
const END = '<end>';
/** With the ids 0 and 1. */
export const SPECIAL = [PAD, END] as const;

/** tokenizer_config.json beside the tokenizer.json of such a tokenizer, as transformers reads it. */
export const characterTokenizerConfig = {
  tokenizer_class: 'PreTrainedTokenizerFast',
  pad_token: PAD,
  eos_token: END,
  clean_up_tokenization_spaces: false,
} as const;

/** What a text may be made of. `words` are letters only, and count as words only between non-letters. */
export interface Vocabulary {
  readonly characters: string;
  readonly words: readonly string[];
}

/** Tokens in the order: pad, end, characters, words. Throws where an entry is doubled or a word is not made of letters. */
export function characterTokenizer({ characters, words }: Vocabulary): Tokenizer {
  const pieces = [...Array.from(characters), ...words];
  for (const word of words)
    if (!/^[A-Za-z]{2,}$/.test(word))
      throw new Error(`The word "${word}" of a vocabulary needs two or more letters a-z.`);
  const ids = new Map(pieces.map((piece, i) => [piece, i + SPECIAL.length]));
  if (ids.size !== pieces.length) throw new Error(`The vocabulary names a piece twice: ${pieces.join(' ')}.`);
  const pattern = new RegExp(splitPattern(words), 'gu');
  const textOf = (token: number): string => pieces[token - SPECIAL.length] ?? '';
  return {
    vocabularySize: SPECIAL.length + pieces.length,
    padToken: 0,
    endToken: 1,
    endTokens: [1],
    beginTokens: [],
    encode: (text) =>
      (text.match(pattern) ?? []).map((piece) => {
        const id = ids.get(piece);
        if (id === undefined) throw new UnknownCharacter(piece, characters);
        return id;
      }),
    decode: (tokens) => Array.from(tokens, textOf).join(''),
    stream: () => ({ push: textOf, end: () => '' }),
    toJson: () => tokenizerJson(pieces, words),
  };
}

/** The tokenizer that `toJson` wrote. Throws as `vocabularyOf` does. */
export const characterTokenizerFrom = (json: Json): Tokenizer => characterTokenizer(vocabularyOf(json));

/** What `toJson` wrote a tokenizer of. Throws a sentence naming what is not as written there. */
export function vocabularyOf(json: Json): Vocabulary {
  const { model } = record(json, 'tokenizer.json');
  const { type, vocab } = record(model, 'model');
  if (type !== 'WordLevel') throw new Error(`tokenizer.json: model.type is ${JSON.stringify(type)}, not "WordLevel".`);
  const entries = Object.entries(record(vocab, 'model.vocab')).sort(([, a], [, b]) => Number(a) - Number(b));
  entries.forEach(([piece, id], place) => {
    if (id !== place)
      throw new Error(`tokenizer.json: "${piece}" has the id ${JSON.stringify(id)}, expected ${place}.`);
    if (place < SPECIAL.length && piece !== SPECIAL[place])
      throw new Error(`tokenizer.json: id ${place} is "${piece}", expected "${SPECIAL[place]}".`);
  });
  const pieces = entries.slice(SPECIAL.length).map(([piece]) => piece);
  return {
    characters: pieces.filter((piece) => Array.from(piece).length === 1).join(''),
    words: pieces.filter((piece) => Array.from(piece).length > 1),
  };
}

function tokenizerJson(pieces: readonly string[], words: readonly string[]): Json {
  const special = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL.map((content, id) => ({ id, content, ...special })),
    normalizer: null,
    pre_tokenizer: {
      type: 'Split',
      pattern: { Regex: splitPattern(words) },
      behavior: 'Isolated',
      invert: false,
    },
    post_processor: null,
    decoder: { type: 'Fuse' },
    model: {
      type: 'WordLevel',
      vocab: Object.fromEntries([...SPECIAL, ...pieces].map((piece, id) => [piece, id])),
      unk_token: PAD,
    },
  };
}

function record(value: Json | undefined, name: string): { readonly [key: string]: Json } {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`tokenizer.json: ${name} is ${JSON.stringify(value)}, expected an object.`);
  return value as { readonly [key: string]: Json };
}
