/** Tokens that a tokenizer puts before a text that no template has written (`<bos>`), as the post-processor of tokenizer.json says. */
import { type JsonObject, objectAt } from './tokenizerFailure.ts';

/** Ids that are no tokens of the vocabulary are left out. Throws `TokenizerFailure` where an object is expected. */
export function beginTokens(postProcessor: unknown, vocabularySize: number): readonly number[] {
  if (postProcessor === null || postProcessor === undefined) return [];
  const step = objectAt(postProcessor, 'post_processor');
  if (step['type'] === 'Sequence') return listOf(step['processors']).flatMap((one) => beginTokens(one, vocabularySize));
  if (step['type'] !== 'TemplateProcessing') return [];
  const parts = listOf(step['single']).map((part) => objectAt(part, 'post_processor.single'));
  const text = parts.findIndex((part) => 'Sequence' in part);
  const known = objectAt(step['special_tokens'] ?? {}, 'post_processor.special_tokens');
  return parts.slice(0, Math.max(0, text)).flatMap((part) => idsOf(part, known, vocabularySize));
}

function idsOf(part: JsonObject, known: JsonObject, vocabularySize: number): number[] {
  const { id } = objectAt(part['SpecialToken'], 'post_processor.single');
  if (typeof id !== 'string' || !Object.hasOwn(known, id)) return [];
  return listOf(objectAt(known[id], 'post_processor.special_tokens')['ids']).filter(
    (one): one is number => typeof one === 'number' && Number.isInteger(one) && one >= 0 && one < vocabularySize,
  );
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
