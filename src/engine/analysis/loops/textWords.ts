/** A text as numbers, one for each word, number or row of one sign: equal ones have equal numbers. */

const WORD = /\p{L}+|\d+|([^\s\p{L}\d])\1*/gu;

/** At most the last `most` of them. */
export function textWords(text: string, most: number): number[] {
  const known = new Map<string, number>();
  const words = text.match(WORD) ?? [];
  return words.slice(-most).map((word) => {
    const id = known.get(word) ?? known.size;
    known.set(word, id);
    return id;
  });
}
