import { describe, expect, test } from 'vitest';
import { randomSource } from '../../../src/engine/random/randomSource.ts';
import { MinHash, sketchSimilarity } from '../../../src/engine/rows/minHash.ts';
import { NearDuplicates } from '../../../src/engine/rows/nearDuplicates.ts';
import { RowTable } from '../../../src/engine/rows/rowTable.ts';
import { jaccard, Shingles } from '../../../src/engine/rows/shingles.ts';
import { WordBuffer } from '../../../src/engine/rows/words.ts';

const WORDS = 160;
const N_GRAM = 5;

/** Texts of random words; copies have a number of words replaced, so that similarities lie on both sides of 0.8. */
function planted(originals: number, copies: number): string[] {
  const chance = randomSource(1, 'planted');
  let draw = 0;
  const word = (): string => `w${chance.integer(draw++, 5000)}`;
  const texts = Array.from({ length: originals }, () => Array.from({ length: WORDS }, word));
  for (let copy = 0; copy < copies; copy++) {
    const changed = [...(texts[copy % originals] ?? [])];
    for (let i = 0; i < 1 + (copy % 9); i++) changed[chance.integer(draw++, WORDS)] = word();
    texts.push(changed);
  }
  return texts.map((words) => words.join(' '));
}

/** The set of shingles in the plainest way: an independent count. */
const plainSet = (text: string): Set<string> => {
  const words = text.split(' ');
  return new Set(words.slice(0, words.length - N_GRAM + 1).map((_, at) => words.slice(at, at + N_GRAM).join(' ')));
};

function plainJaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const common = [...a].filter((shingle) => b.has(shingle)).length;
  return common / (a.size + b.size - common);
}

/** A table with nothing but the MinHash of each text. */
function tableOf(texts: readonly string[]): { table: RowTable; shinglesOf: (row: number) => Uint32Array } {
  const table = new RowTable();
  const [words, shingles, minHash] = [new WordBuffer(), new Shingles(N_GRAM), new MinHash()];
  const read = (text: string): void => shingles.read(words.hashes, 0, words.read(text));
  for (const text of texts) {
    read(text);
    const at = table.add({
      ...{ example: [0, 0], problem: [0, 0], tokens: 0, bytes: 0, line: 0, repetition: 0, difficulty: Number.NaN },
      ...{ language: 0, verdict: 'unknown', contamination: null },
    });
    minHash.write(shingles.distinct, shingles.count, table.words, at);
  }
  const shinglesOf = (row: number): Uint32Array => {
    read(texts[row] ?? '');
    return shingles.sorted();
  };
  return { table, shinglesOf };
}

describe('on a planted set', () => {
  const originals = 500;
  const texts = planted(originals, 1500);
  const { table, shinglesOf } = tableOf(texts);
  const sets = texts.map(plainSet);

  test('recall is at least 0.95 and precision at least 0.99 at a similarity of 0.8', () => {
    const near = new NearDuplicates({ table, threshold: 0.8, shinglesOf }, texts.length);
    /** Texts of other families have hardly a word run in common. */
    const kept = new Map<number, number[]>();
    const counts = { found: 0, rightly: 0, missed: 0 };
    for (let row = 0; row < texts.length; row++) {
      const found = near.find(row);
      const set = sets[row] ?? new Set();
      if (found !== null) {
        counts.found++;
        if (plainJaccard(set, sets[found] ?? new Set()) >= 0.8) counts.rightly++;
        continue;
      }
      const family = kept.get(row % originals) ?? [];
      if (family.some((other) => plainJaccard(set, sets[other] ?? new Set()) >= 0.8)) counts.missed++;
      kept.set(row % originals, [...family, row]);
    }
    expect(counts.found).toBeGreaterThan(500);
    expect(counts.rightly / counts.found).toBeGreaterThanOrEqual(0.99);
    expect(counts.rightly / (counts.rightly + counts.missed)).toBeGreaterThanOrEqual(0.95);
  });

  test('shingles and their similarity are what a plain count says', () => {
    for (let copy = 0; copy < 100; copy++) {
      const [a, b] = [shinglesOf(copy), shinglesOf(originals + copy)];
      expect(jaccard(a, b)).toBeCloseTo(plainJaccard(sets[copy] ?? new Set(), sets[originals + copy] ?? new Set()), 6);
    }
  });

  test('sketches estimate the similarity without bias', () => {
    let [bias, square] = [0, 0];
    for (let copy = 0; copy < 500; copy++) {
      const words = new Uint32Array(128);
      const minHash = new MinHash();
      [shinglesOf(copy), shinglesOf(originals + copy)].forEach((set, i) =>
        minHash.write(set, set.length, words, i * 64),
      );
      const error =
        sketchSimilarity(words, 0, 64) - plainJaccard(sets[copy] ?? new Set(), sets[originals + copy] ?? new Set());
      bias += error / 500;
      square += error ** 2 / 500;
    }
    expect(Math.abs(bias)).toBeLessThan(0.01);
    expect(Math.sqrt(square)).toBeLessThan(0.06);
  });
});

test('rows without words are never the same as another', () => {
  const { table, shinglesOf } = tableOf(['', '...', '']);
  const near = new NearDuplicates({ table, threshold: 0.8, shinglesOf }, 3);
  expect([0, 1, 2].map((row) => near.find(row))).toEqual([null, null, null]);
});
