/** Texts that end a completion: where the first of them begins, and what may be shown while one may be on its way. */
import type { Tokenizer } from '../tokenizer/tokenizer.ts';

/** The text before the first of `stops` in it; all of it where there is none. */
export function beforeStop(text: string, stops: readonly string[]): string {
  const starts = stops.map((stop) => text.indexOf(stop)).filter((start) => start >= 0);
  return text.slice(0, Math.min(text.length, ...starts));
}

/** The text before everything at its end that a stop text may begin with. */
export function beforePossibleStop(text: string, stops: readonly string[]): string {
  const longest = Math.max(0, ...stops.map((stop) => stop.length - 1));
  for (let held = Math.min(longest, text.length); held > 0; held--) {
    const end = text.slice(text.length - held);
    if (stops.some((stop) => stop.startsWith(end))) return text.slice(0, text.length - held);
  }
  return text;
}

/** A character takes at most so many tokens (its bytes). */
const TOKENS_PER_CHARACTER = 4;

/** For `GenerationRequest.isStop`: looks at the end of the completion only, as it is asked after each token. */
export function stopTest(tokenizer: Tokenizer, stops: readonly string[]): (tokens: readonly number[]) => boolean {
  const reach = TOKENS_PER_CHARACTER * Math.max(0, ...stops.map(({ length }) => length));
  return (tokens) => {
    const end = reach === 0 ? '' : tokenizer.decode(tokens.slice(-reach));
    return stops.some((stop) => end.includes(stop));
  };
}
