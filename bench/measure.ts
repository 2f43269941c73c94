/** Rounds of several engines, alternating. */
import type { Contestant } from './contestant.ts';

export interface Course {
  /** Each starts a process, so that none is there before it is measured. */
  readonly starts: readonly (() => Contestant)[];
  /** After the first, which warms up. */
  readonly rounds: number;
  /** Around the warming up of a contestant, while all others rest; calls `warmUp` once. */
  readonly during?: (start: () => Promise<Contestant>) => Promise<Contestant>;
}

/** Every engine does its n-th round before any does the next; one that is slow does one. Ends all of them. */
export const measure = async ({ starts, rounds, during = (start) => start() }: Course): Promise<Contestant[]> => {
  const contestants: Contestant[] = [];
  for (const start of starts) contestants.push(await during(() => warmedUp(start())));
  for (let round = 0; round < rounds; round++)
    for (const contestant of contestants) if (round === 0 || !contestant.isSlow) await contestant.round();
  for (const contestant of contestants) contestant.end();
  return contestants;
};

const warmedUp = async (contestant: Contestant): Promise<Contestant> => {
  await contestant.warmUp();
  return contestant;
};
