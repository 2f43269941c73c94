/** A tokenizer of a model folder that cannot be used: which rule its file breaks, and what to do. */
import { english, type Sentence } from '../../protocol/sentence.ts';

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
export class TokenizerFailure extends Error {
  readonly code = 'badCheckpoint';
  readonly rule: TokenizerRule;
  readonly said: Sentence;
  readonly remedy = REMEDY;

  constructor(rule: TokenizerRule, message: Sentence) {
    super(english(message));
    this.name = 'TokenizerFailure';
    this.rule = rule;
    this.said = message;
  }
}

/** Values of a file as they are shown in a sentence. */
export const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
};
