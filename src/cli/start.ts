/** Starts a trainer and follows it to its end: what run, evaluate, sample and continue share. */
import { join } from 'node:path';
import { LaunchError, launchTrainer, type LaunchedRun, type LaunchOptions } from '../runs/launch.ts';
import { newRunFolder } from '../runs/runsRoot.ts';
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

export interface Order extends Omit<LaunchOptions, 'runtime' | 'trainer' | 'runFolder'> {
  readonly place: RunPlace;
}

/** The very folder, or a new one below a root that is named after the run and the time. */
export type RunPlace = { readonly folder: string } | { readonly root: string; readonly name: string };

/** Resolves with the exit code. `reporter` tells the run; `onLaunched` is called with its folder once it has begun. */
export async function startAndFollow(
  order: Order,
  console: Console,
  reporter: Reporter,
  onLaunched: (runFolder: string) => void = () => undefined,
): Promise<number> {
  const stopper = new Stopper(console, reporter);
  try {
    const { runFolder, lease } = await launch(order, join(console.programs, 'trainer.mjs'));
    stopper.launched(runFolder);
    onLaunched(runFolder);
    const outcome = await follow(runFolder, lease.attempt, reporter);
    reporter.end(outcome);
    return exitCode(outcome);
  } finally {
    stopper.release();
  }
}

const MOST_NAMES = 10;

/** Runs that start in the same second may choose the same name: then the later one takes the next. */
async function launch({ place, ...order }: Order, trainer: string): Promise<LaunchedRun> {
  for (let count = 1; ; count++) {
    const runFolder = 'folder' in place ? place.folder : newRunFolder(place.root, place.name, new Date());
    try {
      return await launchTrainer({ ...order, runFolder, runtime: ownRuntime(), trainer });
    } catch (error) {
      const isTaken = error instanceof LaunchError && error.error?.code === 'runFolderBusy';
      if (!isTaken || 'folder' in place || count === MOST_NAMES) throw error;
    }
  }
}

export const reporterFor = (isJson: boolean, console: Console): Reporter =>
  isJson ? new JsonReporter(console) : console.isTerminal ? new TerminalReporter(console) : new PlainReporter(console);

function exitCode({ state, error }: Outcome): number {
  if (state === 'finished') return EXIT.finished;
  if (state === 'stopped') return EXIT.stopped;
  return error ? exitCodeOf(error) : EXIT.failed;
}
