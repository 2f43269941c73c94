/**
 * tokenizer.json of a byte-pair tokenizer, checked before the library may read it: only parts that are known, run in bounded
 * time and come out as in the Python library. Layout: huggingface/tokenizers 0.23.
 */
import { said } from '../../protocol/sentence.ts';
import { shown } from '../../protocol/shown.ts';
import type { AddedToken } from './addedTokens.ts';
import { normalizerOf, preTokenizerOf } from './bpeSteps.ts';
import { type JsonObject, objectAt, TokenizerFailure } from './tokenizerFailure.ts';
import { byteNames } from './tokenText.ts';

export interface BpeFile {
  readonly vocab: JsonObject;
  /** Pieces with the same id as in `vocab`, and those beyond it. */
  readonly added: readonly AddedToken[];
  /** 1 + the highest id. */
  readonly vocabularySize: number;
  readonly unknownToken: string | null;
  readonly decoder: 'byteLevel' | 'byteFallback';
  readonly postProcessor: unknown;
  /** What the library is given: without added tokens, post-processor and decoder, which are ours. */
  readonly library: JsonObject;
}

const MOST_TOKENS = 1_000_000;
const MOST_MERGES = 2_000_000;
const LONGEST_PIECE = 2_000;

/** Throws `TokenizerFailure`. */
export function readBpeFile(json: unknown): BpeFile {
  const file = objectAt(json, 'tokenizer.json');
  const model = objectAt(file['model'], 'model');
  if (model['type'] !== 'BPE' && !(model['type'] === undefined && 'merges' in model))
    throw new TokenizerFailure(
      'unknownModel',
      said`tokenizer.json: model.type is ${shown(model['type'])}; this version reads "BPE".`,
    );
  checkOptions(model);
  const vocab = objectAt(model['vocab'], 'model.vocab');
  const ids = checkVocabulary(vocab);
  const merges = checkedMerges(model['merges'], vocab);
  const added = addedTokens(file['added_tokens'], vocab, ids);
  const normalizer = normalizerOf(file['normalizer']);
  const pre_tokenizer = preTokenizerOf(file['pre_tokenizer'], normalizer);
  const decoder = decoderOf(file['decoder'], model['byte_fallback'] === true);
  checkBytes(decoder, vocab, pre_tokenizer);
  return {
    vocab,
    added,
    vocabularySize: 1 + added.reduce((most, { id }) => Math.max(most, id), ids.size - 1),
    unknownToken: typeof model['unk_token'] === 'string' ? model['unk_token'] : null,
    decoder,
    postProcessor: file['post_processor'],
    library: {
      model: { ...model, type: 'BPE', vocab, merges },
      normalizer,
      pre_tokenizer,
      added_tokens: [],
      post_processor: null,
      decoder: null,
    },
  };
}

/** Options that would change what comes out, and that the library does not read as Python does. */
const UNUSED = ['continuing_subword_prefix', 'end_of_word_suffix', 'dropout'];

function checkOptions(model: JsonObject): void {
  for (const name of UNUSED) {
    const value = model[name] ?? null;
    if (value !== null && value !== '' && value !== 0)
      throw new TokenizerFailure(
        'unknownOption',
        said`tokenizer.json: model.${name} is ${shown(value)}; this version reads tokenizers without it.`,
      );
  }
}

/** Ids that are taken. Real files hold 0 … n - 1, each once. */
function checkVocabulary(vocab: JsonObject): Set<number> {
  const ids = new Set<number>();
  for (const piece in vocab) {
    const id = vocab[piece];
    if (!isId(id) || piece === '' || piece.length > LONGEST_PIECE)
      throw new TokenizerFailure(
        'badVocabulary',
        said`tokenizer.json: model.vocab gives ${shown(piece)} the id ${shown(id)}; ids are whole numbers under ${MOST_TOKENS}, pieces 1 to ${LONGEST_PIECE} characters.`,
      );
    if (ids.has(id))
      throw new TokenizerFailure(
        'doubledId',
        said`tokenizer.json: the id ${id} is given twice, the second time to ${shown(piece)}.`,
      );
    ids.add(id);
  }
  if (ids.size === 0 || ids.size > MOST_TOKENS)
    throw new TokenizerFailure(
      'tooManyTokens',
      said`tokenizer.json: model.vocab has ${ids.size} pieces; 1 to ${MOST_TOKENS} are read.`,
    );
  return ids;
}

const isId = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < MOST_TOKENS;

/** As pairs. Both halves and the whole must be pieces, as the Python library demands. */
function checkedMerges(merges: unknown, vocab: JsonObject): (readonly [string, string])[] {
  if (!Array.isArray(merges) || merges.length > MOST_MERGES)
    throw new TokenizerFailure(
      'badMerge',
      said`tokenizer.json: model.merges is ${shown(Array.isArray(merges) ? merges.length : merges)}, expected a list of at most ${MOST_MERGES}.`,
    );
  return merges.map((merge: unknown, place) => {
    const pair = typeof merge === 'string' ? merge.split(' ') : merge;
    if (isPair(pair) && [pair[0], pair[1], pair[0] + pair[1]].every((piece) => Object.hasOwn(vocab, piece)))
      return pair;
    throw new TokenizerFailure(
      'badMerge',
      said`tokenizer.json: merge ${place} is ${shown(merge)}; both halves and the whole must be pieces of the vocabulary.`,
    );
  });
}

const isPair = (value: unknown): value is readonly [string, string] =>
  Array.isArray(value) && value.length === 2 && value.every((one) => typeof one === 'string');

/** Adds their ids to `ids`. */
function addedTokens(value: unknown, vocab: JsonObject, ids: Set<number>): AddedToken[] {
  const list: unknown = value ?? [];
  if (!Array.isArray(list) || list.length > MOST_TOKENS)
    throw new TokenizerFailure('badAddedToken', said`tokenizer.json: added_tokens is ${shown(list)}, expected a list.`);
  const seen = new Set<string>();
  const inVocabulary = new Set(ids);
  return list.map((entry: unknown, place) => {
    const { content, id, ...options } = objectAt(entry, `added_tokens[${place}]`);
    if (
      typeof content !== 'string' ||
      content === '' ||
      content.length > LONGEST_PIECE ||
      !isId(id) ||
      seen.has(content)
    )
      throw badToken(place, entry);
    const own = Object.hasOwn(vocab, content) ? vocab[content] : undefined;
    if (own === undefined ? ids.has(id) : own !== id || !inVocabulary.has(id))
      throw new TokenizerFailure(
        'doubledId',
        said`tokenizer.json: the id ${id} is given twice, the second time to ${shown(content)}.`,
      );
    if (options['single_word'] === true) throw badToken(place, entry);
    ids.add(id);
    seen.add(content);
    const is = (name: string): boolean => options[name] === true;
    return { id, content, special: is('special'), lstrip: is('lstrip'), rstrip: is('rstrip') };
  });
}

const badToken = (place: number, entry: unknown): TokenizerFailure =>
  new TokenizerFailure(
    'badAddedToken',
    said`tokenizer.json: added_tokens[${place}] is ${shown(entry)}; expected content (once, not empty), id, and no single_word.`,
  );

/** The library drops what has no piece: no text may be lost that way. */
function checkBytes(decoder: BpeFile['decoder'], vocab: JsonObject, preTokenizer: JsonObject | null): void {
  const lacking = byteNames[decoder].find((name) => !Object.hasOwn(vocab, name));
  if (lacking !== undefined)
    throw new TokenizerFailure(
      'badVocabulary',
      said`tokenizer.json: model.vocab has no piece ${shown(lacking)}, without which some texts cannot be read.`,
    );
  if ((decoder === 'byteLevel') !== JSON.stringify(preTokenizer).includes('"ByteLevel"'))
    throw new TokenizerFailure(
      'unknownPreTokenizer',
      said`tokenizer.json: pre_tokenizer and decoder do not fit each other; ByteLevel must be in both or in none.`,
    );
}

function decoderOf(value: unknown, byteFallback: boolean): BpeFile['decoder'] {
  const decoder = objectAt(value, 'decoder');
  if (decoder['type'] === 'ByteLevel' && !byteFallback) return 'byteLevel';
  const steps = decoder['type'] === 'Sequence' && Array.isArray(decoder['decoders']) ? decoder['decoders'] : [];
  const kinds = steps.map((step: unknown) => objectAt(step, 'decoder')['type']).join();
  if (kinds === 'ByteLevel' && !byteFallback) return 'byteLevel';
  if (kinds === 'Replace,ByteFallback,Fuse' && isSpaceMark(steps[0])) return 'byteFallback';
  throw new TokenizerFailure(
    'unknownDecoder',
    said`tokenizer.json: decoder is ${shown(value)}; this version reads ByteLevel, and Replace "▁" with ByteFallback and Fuse.`,
  );
}

function isSpaceMark(step: unknown): boolean {
  const { pattern, content } = objectAt(step, 'decoder');
  return content === ' ' && objectAt(pattern, 'decoder.pattern')['String'] === '▁';
}
