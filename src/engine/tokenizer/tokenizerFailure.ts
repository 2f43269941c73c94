/** A tokenizer of a model folder that cannot be used: which rule its file breaks, and what to do. */
import { SaidError } from '../../protocol/saidError.ts';
import { shown } from '../../protocol/shown.ts';
import { said, type Sentence } from '../../protocol/sentence.ts';

/** The rule that the files of a tokenizer break. */
export type TokenizerRule =
  | 'notAnObject'
  | 'unknownModel'
  | 'unknownOption'
  | 'badVocabulary'
  | 'doubledId'
  | 'tooManyTokens'
  | 'badMerge'
  | 'badAddedToken'
  | 'unknownNormalizer'
  | 'unknownPreTokenizer'
  | 'unboundedPattern'
  | 'unknownDecoder'
  | 'prefixSpace'
  | 'noEndToken'
  | 'unknownToken'
  /** A special token comes out of ordinary text: such a tokenizer lets data forge turns. */
  | 'forgedToken';

const REMEDY =
  'Use a model of the families qwen2, qwen3, llama or gemma3_text with the tokenizer files it was published with, or fetch them again.';

/** Expected: the message names the file, the place in it and the value. */
export class TokenizerFailure extends SaidError {
  override readonly name = 'TokenizerFailure';
  readonly code = 'badCheckpoint';
  declare readonly said: Sentence;
  declare readonly remedy: string;
  readonly rule: TokenizerRule;

  constructor(rule: TokenizerRule, message: Sentence) {
    super(message, REMEDY);
    this.rule = rule;
  }
}

export type JsonObject = { readonly [key: string]: unknown };

/** The value as an object. Throws `TokenizerFailure` where it is none; `place` is its path in tokenizer.json. */
export function objectAt(value: unknown, place: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new TokenizerFailure('notAnObject', said`tokenizer.json: ${place} is ${shown(value)}, expected an object.`);
}
