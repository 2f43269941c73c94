/** Damages bytes in the ways that files are damaged, and in the ways that people damage them. */
import { randomSource } from '../../src/engine/random/randomSource.ts';
import { Draws } from '../../src/engine/random/draws.ts';

const EXTREMES = [0x00, 0x01, 0x7f, 0x80, 0xff] as const;
/** What breaks texts: quotes, braces, line breaks, halves of characters, a mark. */
const SPLINTERS = [
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  '\n',
  '\r',
  '\u0000',
  '\\ud800',
  '\uFEFF',
  '9'.repeat(40),
  'null',
  ',',
  '{"__proto__":',
];

type Mutation = (bytes: Buffer, draws: Draws) => Buffer;

const place = (bytes: Buffer, draws: Draws): number => draws.integer(0, Math.max(0, bytes.length - 1));

const mutations: readonly Mutation[] = [
  (bytes, draws) => changed(bytes, place(bytes, draws), (byte) => byte ^ (1 << draws.integer(0, 7))),
  (bytes, draws) => changed(bytes, place(bytes, draws), () => draws.pick(EXTREMES)),
  (bytes, draws) => bytes.subarray(0, place(bytes, draws)),
  (bytes, draws) => bytes.subarray(place(bytes, draws)),
  (bytes, draws) => {
    const at = place(bytes, draws);
    return Buffer.concat([bytes.subarray(0, at), Buffer.from(draws.pick(SPLINTERS)), bytes.subarray(at)]);
  },
  (bytes, draws) => {
    const [from, to] = [place(bytes, draws), place(bytes, draws)];
    const piece = bytes.subarray(from, Math.min(bytes.length, from + draws.integer(1, 64)));
    return Buffer.concat([bytes.subarray(0, to), piece, bytes.subarray(to)]);
  },
  (bytes, draws) => {
    const at = place(bytes, draws);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + draws.integer(1, 16))]);
  },
  // Counts and lengths are varints: a run of high bytes makes them huge.
  (bytes, draws) => {
    const at = place(bytes, draws);
    const high = Buffer.alloc(draws.integer(1, 9), 0xff);
    return Buffer.concat([bytes.subarray(0, at), high, bytes.subarray(at + high.length)]);
  },
  // The footer says where everything lies.
  (bytes, draws) => changed(bytes, Math.max(0, bytes.length - draws.integer(1, 600)), () => draws.integer(0, 255)),
];

function changed(bytes: Buffer, at: number, change: (byte: number) => number): Buffer {
  const copy = Buffer.from(bytes);
  if (copy.length > 0) copy[at] = change(copy[at] ?? 0) & 255;
  return copy;
}

/** One to four mutations, chosen by seed and number. */
export function mutant(original: Buffer, seed: number, number: number): Buffer {
  const draws = new Draws(randomSource(seed, 'fuzz', number));
  let bytes = original;
  for (let count = draws.integer(1, 4); count > 0; count--) bytes = draws.pick(mutations)(bytes, draws);
  return bytes;
}
