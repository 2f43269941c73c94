/** The loop of a worker process: says that it is ready, then one round for each line `go`, and what it computed for `check`. */
import { createInterface } from 'node:readline';
import type { Checked, Round } from './rows.ts';

/** What a process of a contestant does. */
export interface Served {
  /** Answers the tokens of the round (operations, for plain products). */
  readonly round: () => Promise<number>;
  /** Numbers that every engine must reach from the same weights and tokens. */
  readonly check: () => Promise<readonly number[]>;
}

/** A round is `repeats` times the work. Ends with standard input. */
export const serve = async (name: string, { round, check }: Served, repeats: number): Promise<void> => {
  say({ ready: name });
  for await (const line of createInterface({ input: process.stdin }))
    say(line === 'check' ? ({ check: await check() } satisfies Checked) : await timed(round, repeats));
};

const say = (answer: object): void => console.log(JSON.stringify(answer));

const timed = async (round: () => Promise<number>, repeats: number): Promise<Round> => {
  const [started, before] = [performance.now(), process.cpuUsage()];
  let tokens = 0;
  for (let i = 0; i < repeats; i++) tokens += await round();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(before);
  return {
    tokens,
    seconds,
    cpuSeconds: (user + system) / 1e6,
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
  };
};
