/** Colours for terminals that want them. */

export interface Paint {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly crossed: (text: string) => string;
}

const wrap = (open: number, close: number) => (text: string) => `\u001b[${open}m${text}\u001b[${close}m`;
const plain = (text: string): string => text;

export function paint(hasColor: boolean): Paint {
  if (!hasColor) return { good: plain, bad: plain, warn: plain, dim: plain, strong: plain, crossed: plain };
  return {
    good: wrap(32, 39),
    bad: wrap(31, 39),
    warn: wrap(33, 39),
    dim: wrap(2, 22),
    strong: wrap(1, 22),
    crossed: wrap(9, 29),
  };
}
