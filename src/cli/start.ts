/** Starts a trainer and follows it to its end: what run, evaluate, sample and continue share. */
import { join } from 'node:path';
import { launchTrainer, type LaunchOptions } from '../runs/launch.ts';
import { ownRuntime } from '../runs/runtime.ts';
import { EXIT, type Console } from './console.ts';
import { follow } from './follow.ts';
import { JsonReporter } from './reporters/json.ts';
import { PlainReporter } from './reporters/plain.ts';
import type { Reporter } from './reporters/reporter.ts';
import { TerminalReporter } from './reporters/terminal.ts';
import { exitCodeOf } from './refusing.ts';
import { Stopper } from './stopping.ts';
import type { Outcome } from './summary.ts';

export type Order = Omit<LaunchOptions, 'runtime' | 'trainer'>;

/** Resolves with the exit code. `reporter` tells the run; `onLaunched` is called once it has begun. */
export async function startAndFollow(
  order: Order,
  console: Console,
  reporter: Reporter,
  onLaunched: () => void = () => undefined,
): Promise<number> {
  const stopper = new Stopper(order.runFolder, console, reporter);
  const trainer = join(console.programs, 'trainer.mjs');
  try {
    const { lease } = await launchTrainer({ ...order, runtime: ownRuntime(), trainer });
    stopper.launched();
    onLaunched();
    const outcome = await follow(order.runFolder, lease.attempt, reporter);
    reporter.end(outcome);
    return exitCode(outcome);
  } finally {
    stopper.release();
  }
}

export const reporterFor = (isJson: boolean, console: Console): Reporter =>
  isJson ? new JsonReporter(console) : console.isTerminal ? new TerminalReporter(console) : new PlainReporter(console);

function exitCode({ state, error }: Outcome): number {
  if (state === 'finished') return EXIT.finished;
  if (state === 'stopped') return EXIT.stopped;
  return error ? exitCodeOf(error) : EXIT.failed;
}
