/** Prompt and completion, or a text, that no template wraps: as TRL reads rows that are no conversations. */
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { ChatExample, LossOn } from './chatEncoder.ts';

/**
 * The begin token where the tokenizer has one, the prompt, the completion and the end token, which is always learned. Without
 * a prompt all is learned. Special tokens in either are text.
 */
export function plainExample(
  tokenizer: Tokenizer,
  { prompt, completion }: { readonly prompt: string; readonly completion: string },
  lossOn: LossOn,
): ChatExample {
  const before = plainPrompt(tokenizer, prompt);
  const tokens = [...before, ...tokenizer.encode(completion), tokenizer.endToken];
  const learnsAll = lossOn === 'all' || prompt === '';
  const lossMask = tokens.map((_, place) => (learnsAll || place >= before.length ? 1 : 0));
  return { tokens, lossMask, promptLength: before.length, findings: [] };
}

/** A prompt that no template wraps, as the model is asked it. */
export const plainPrompt = (tokenizer: Tokenizer, prompt: string): number[] => [
  ...tokenizer.beginTokens,
  ...tokenizer.encode(prompt),
];
