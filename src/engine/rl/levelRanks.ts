/** The levels of problems in their order. */

/** Different levels, the easiest first: by the first number in their names where all have one, else by name. */
export function levelsInOrder(levels: Iterable<string>): string[] {
  const different = [...new Set(levels)];
  const numbers = new Map(different.map((level) => [level, numberIn(level)]));
  const byName = (a: string, b: string): number => (a < b ? -1 : 1);
  if ([...numbers.values()].some((number) => number === null)) return different.sort(byName);
  return different.sort((a, b) => (numbers.get(a) ?? 0) - (numbers.get(b) ?? 0) || byName(a, b));
}

const numberIn = (level: string): number | null => {
  const found = /-?\d+(?:\.\d+)?(?:e[-+]?\d+)?/i.exec(level);
  return found ? Number(found[0]) : null;
};
