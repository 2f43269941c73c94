/** Whether a text goes round in circles at its end. */

/** Lengths of ends that are looked at, longest first, in UTF-16 units. */
const ENDS = [400, 160, 64] as const;
const LEAST_ROUNDS = 4;

/** True where an end of the text is one piece said four times or more. */
export const isLooping = (text: string): boolean =>
  ENDS.some((length) => text.length >= length && periodOf(text.slice(-length)) * LEAST_ROUNDS <= length);

/** The shortest p with text[i] = text[i + p] for all i (Knuth, Morris and Pratt's failure function). */
function periodOf(text: string): number {
  const border = new Uint16Array(text.length);
  for (let i = 1, matched = 0; i < text.length; i++) {
    while (matched > 0 && text[i] !== text[matched]) matched = border[matched - 1] ?? 0;
    if (text[i] === text[matched]) matched++;
    border[i] = matched;
  }
  return text.length - (border.at(-1) ?? 0);
}
