/** 64 bits that tell texts apart; texts that differ in white space alone are the same. */

/** Two words of 32 bits. Among a million texts, a chance meeting has a probability of 3 in 10^8. Not made against malice. */
export function textHash(text: string): readonly [number, number] {
  let [a, b, isSpace] = [0x9e3779b9, 0x85ebca6b, true];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const wasSpace: boolean = isSpace;
    isSpace = code <= 32 || code === 0xa0 || code === 0x3000;
    if (isSpace) continue;
    const unit = wasSpace ? code | 0x10000 : code;
    a = Math.imul(a ^ unit, 0x01000193) ^ (a >>> 17);
    b = ((b << 5) - b + unit) | 0;
  }
  return [mixed(a), mixed(b)];
}

/** The hash of two texts one after the other. */
export const joined = ([a, b]: readonly [number, number], [c, d]: readonly [number, number]): [number, number] => [
  mixed(Math.imul(a, 0x9e3779b1) ^ c),
  mixed(Math.imul(b, 0x85ebca6b) ^ d),
];

function mixed(hash: number): number {
  let mix = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mix = Math.imul(mix ^ (mix >>> 13), 0xc2b2ae35);
  return (mix ^ (mix >>> 16)) >>> 0;
}
