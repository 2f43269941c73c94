/** pass@k: the chance that at least one of k answers to a problem is right. */

/**
 * Unbiased, from n answers of which c are right (Chen et al. 2021, arXiv 2107.03374): 1 - C(n-c, k) / C(n, k).
 * Throws where k > n: fewer answers cannot tell.
 */
export function passAtK(n: number, c: number, k: number): number {
  if (!(Number.isInteger(k) && k >= 1 && k <= n)) throw new Error(`pass@${k} cannot be told from ${n} answers.`);
  let miss = 1;
  for (let i = 0; i < k; i++) miss *= Math.max(0, n - c - i) / (n - i);
  return 1 - miss;
}
