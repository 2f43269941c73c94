/** Sentences that a run says and someone else reads: the English template and its values, so that each reader hears them in their language. */
import { translate, type Strings } from './translate.ts';

export interface Sentence {
  /** English, with `{0}`, `{1}` … for the values: the key of its translation. */
  readonly text: string;
  readonly args: readonly Argument[];
}

/** A sentence as a value is translated with the one around it; texts and numbers stay as they are. */
export type Argument = string | number | Sentence;

/** A sentence without values is its own template. */
export type Told = string | Sentence;

/** `said\`The weight ${name} is missing.\``. */
export const said = (parts: TemplateStringsArray, ...args: readonly Argument[]): Sentence => ({
  text: parts.reduce((text, part, index) => `${text}{${index - 1}}${part}`),
  args,
});

/** Words of ours within a sentence, translated where they stand in a bundle. */
export const phrase = (text: string): Sentence => ({ text, args: [] });

/** What an error says, as a value of another sentence; in translation where it is one of ours. */
export function saidBy(error: unknown): Sentence {
  const sentence = error instanceof Error && 'said' in error ? error.said : undefined;
  return isSentence(sentence) ? sentence : phrase(error instanceof Error ? error.message : String(error));
}

/** Several sentences, one after the other. */
export function saidTogether(sentences: readonly Told[]): Sentence {
  const args = sentences.filter((one) => one !== '').map((one) => (typeof one === 'string' ? phrase(one) : one));
  return { text: args.map((_, index) => `{${index}}`).join(' '), args };
}

/** What stands in events beside the template: readers without translations, programs and old versions take it as it is. */
export const english = (told: Told): string => (typeof told === 'string' ? told : translated({}, told.text, told));

/** The template of a sentence with values; undefined for a plain one, which is its own. */
export const templateOf = (told: Told | undefined): Sentence | undefined =>
  typeof told === 'object' ? told : undefined;

/**
 * A `message` (English, whole) in the language of `strings`. Its `template` is absent in runs of older versions and for
 * plain sentences; what does not read as one counts as absent.
 */
export const translated = (strings: Strings, message: string, template?: unknown): string =>
  saidIn((sentence, ...args) => translate(strings, sentence, ...args), message, template);

/** The same by a function that translates. */
export function saidIn(
  say: (sentence: string, ...args: readonly (string | number)[]) => string,
  message: string,
  template?: unknown,
): string {
  if (!isSentence(template)) return say(message);
  const args = template.args.map((arg) => (typeof arg === 'object' ? saidIn(say, arg.text, arg) : arg));
  return say(template.text, ...args);
}

/** Deeper than any sentence of ours within sentences. */
const DEEPEST = 6;

function isSentence(value: unknown, depth = 0): value is Sentence {
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return false;
  if (!('text' in value) || typeof value.text !== 'string' || !('args' in value) || !Array.isArray(value.args))
    return false;
  return value.args.every((arg) => typeof arg === 'string' || typeof arg === 'number' || isSentence(arg, depth + 1));
}
