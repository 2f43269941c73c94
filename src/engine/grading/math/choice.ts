/** The letter of a choice: `B`, `(B)`, `B.`, `Option B`, `\textbf{(B)} 42`. */

const GOLD = /^\(?\s*([A-J])\s*\)?\.?$/;
const CHOICE =
  /^(?:(?:option|choice|answer|letter)\s+)?(?:\(\s*([A-Ja-j])\s*\)|\[\s*([A-Ja-j])\s*\]|([A-Ja-j])(?:\s*[).:]|$))\s*(.*)$/is;

/** Of a gold answer that `cleanText` gave; null if it is no choice. */
export const goldChoice = (cleaned: string): string | null => GOLD.exec(plain(cleaned))?.[1] ?? null;

export interface Choice {
  /** A capital. */
  readonly letter: string;
  /** What stands behind the letter. */
  readonly rest: string;
}

/** Of a prediction; null if it does not begin with a letter that stands for a choice. */
export function choiceIn(cleaned: string): Choice | null {
  const found = CHOICE.exec(plain(cleaned));
  const letter = found?.[1] ?? found?.[2] ?? found?.[3];
  return letter === undefined ? null : { letter: letter.toUpperCase(), rest: found?.[4]?.trim() ?? '' };
}

const plain = (cleaned: string): string =>
  cleaned.replace(/\\(?:text|textbf|textit|textrm|mathrm|mathbf|mbox|operatorname|rm|bf)\s*\{([^{}]*)\}/g, '$1').trim();
