/** Words to people, in their language: the English sentence is the key, as in VS Code's l10n bundles. */

export type Strings = Readonly<Record<string, string>>;

/** The sentence in the language of `strings` (English if it has none), with `{0}`, `{1}` … replaced by the arguments. */
export function translate(strings: Strings, sentence: string, ...args: readonly (string | number)[]): string {
  const known = Object.hasOwn(strings, sentence) ? (strings[sentence] ?? sentence) : sentence;
  return known.replace(/\{(\d+)\}/g, (whole, index: string) => String(args[Number(index)] ?? whole));
}
