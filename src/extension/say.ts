/** The words of the extension in the language of the editor. */
import { translate, type Strings } from '../protocol/translate.ts';

/** An English sentence in, the person's language out; `{0}` is the first argument. */
export type Say = (sentence: string, ...args: readonly (string | number)[]) => string;

export const sayIn =
  (strings: Strings): Say =>
  (sentence, ...args) =>
    translate(strings, sentence, ...args);
