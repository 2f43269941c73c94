/** Normalizer and pre-tokenizer of a tokenizer.json: the steps that are known, in the words in which the library does them as Python does. */
import { said } from '../../protocol/sentence.ts';
import { shown } from '../../protocol/shown.ts';
import { isBoundedPattern } from './boundedPattern.ts';
import { type JsonObject, objectAt, TokenizerFailure } from './tokenizerFailure.ts';

const FORMS = ['NFC', 'NFD', 'NFKC', 'NFKD', 'Lowercase'];
/** Sequences within sequences end here. */
const DEEPEST = 4;
/** GPT-2's, which ByteLevel uses unless told otherwise; written out, as JavaScript's own \s is another. */
export const GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/** Null for none. Throws `TokenizerFailure`. */
export function normalizerOf(value: unknown, depth = 0): JsonObject | null {
  if (value === null || value === undefined) return null;
  const step = objectAt(value, 'normalizer');
  if (typeof step['type'] === 'string' && FORMS.includes(step['type'])) return { type: step['type'] };
  if (step['type'] === 'Sequence' && Array.isArray(step['normalizers']) && depth < DEEPEST)
    return { type: 'Sequence', normalizers: step['normalizers'].map((one) => normalizerOf(one, depth + 1)) };
  if (
    step['type'] === 'Replace' &&
    isText(step['pattern']) &&
    typeof step['content'] === 'string' &&
    step['content'].length <= 16
  )
    return { type: 'Replace', pattern: { String: step['pattern'].String }, content: step['content'] };
  if (step['type'] === 'Prepend') throw prefixSpace('normalizer', step);
  throw new TokenizerFailure(
    'unknownNormalizer',
    said`tokenizer.json: the normalizer ${shown(step)} is not known; known are ${FORMS.join(', ')}, Sequence and Replace of a text.`,
  );
}

const isText = (pattern: unknown): pattern is { readonly String: string } =>
  typeof pattern === 'object' &&
  pattern !== null &&
  'String' in pattern &&
  typeof pattern.String === 'string' &&
  pattern.String !== '';

/** Null for none. `normalizer` as `normalizerOf` gave it. Throws `TokenizerFailure`. */
export function preTokenizerOf(value: unknown, normalizer: JsonObject | null, depth = 0): JsonObject | null {
  if (value === null || value === undefined) return null;
  const step = objectAt(value, 'pre_tokenizer');
  if (step['type'] === 'Sequence' && Array.isArray(step['pretokenizers']) && depth < DEEPEST)
    return sequence(step['pretokenizers'].map((one) => preTokenizerOf(one, normalizer, depth + 1)));
  if (step['type'] === 'ByteLevel') return byteLevel(step);
  if (step['type'] === 'Digits') return split(step['individual_digits'] === true ? '\\p{N}' : '\\p{N}+');
  if (step['type'] === 'Split') return splitOf(step, normalizer);
  if (step['type'] === 'Metaspace') throw prefixSpace('pre_tokenizer', step);
  throw new TokenizerFailure(
    'unknownPreTokenizer',
    said`tokenizer.json: the pre_tokenizer ${shown(step)} is not known; known are Sequence, Split, Digits and ByteLevel.`,
  );
}

const sequence = (steps: readonly (JsonObject | null)[]): JsonObject => ({
  type: 'Sequence',
  pretokenizers: steps.filter((step) => step !== null),
});

const split = (Regex: string): JsonObject => ({
  type: 'Split',
  pattern: { Regex },
  behavior: 'Isolated',
  invert: false,
});

function byteLevel(step: JsonObject): JsonObject {
  if (step['add_prefix_space'] === true) throw prefixSpace('pre_tokenizer', step);
  const bytes = { type: 'ByteLevel', add_prefix_space: false, use_regex: false };
  return step['use_regex'] === false ? bytes : sequence([split(GPT2), bytes]);
}

function splitOf(step: JsonObject, normalizer: JsonObject | null): JsonObject | null {
  const { pattern, behavior, invert } = step;
  if (isText(pattern) && isReplacedAway(pattern.String, normalizer)) return null;
  const { Regex } = objectAt(pattern, 'pre_tokenizer.pattern');
  // Inverted and removed is how GPT-2's successors say isolated, for their patterns match every text whole.
  const isIsolated = (behavior === 'Isolated' && invert !== true) || (behavior === 'Removed' && invert === true);
  if (typeof Regex !== 'string' || !isIsolated)
    throw new TokenizerFailure(
      'unknownPreTokenizer',
      said`tokenizer.json: the pre_tokenizer ${shown(step)} is not known; a Split is read with a Regex whose matches are "Isolated".`,
    );
  if (!isBoundedPattern(Regex))
    throw new TokenizerFailure(
      'unboundedPattern',
      said`tokenizer.json: the pattern ${shown(Regex)} of the pre_tokenizer could take forever on some texts, or is not known to end.`,
    );
  return behavior === 'Isolated'
    ? split(Regex)
    : { type: 'Split', pattern: { Regex }, behavior: 'Removed', invert: true };
}

/** Gemma splits at spaces, of which its normalizer has left none. */
const isReplacedAway = (text: string, normalizer: JsonObject | null): boolean =>
  normalizer?.['type'] === 'Replace' && isText(normalizer['pattern']) && text.includes(normalizer['pattern'].String);

const prefixSpace = (place: string, step: JsonObject): TokenizerFailure =>
  new TokenizerFailure(
    'prefixSpace',
    said`tokenizer.json: the ${place} ${shown(step)} puts a space before texts, so that prompt and completion cannot be read apart; no family of this version does.`,
  );
