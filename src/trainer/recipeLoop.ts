/** Pulls a recipe: not pulling pauses it, ending the generator stops it, and between two pulls people are heard. */
import type { RunEvent } from '../protocol/events.ts';
import { EndNow, type Desk } from './commands.ts';

export interface LoopOptions {
  readonly desk: Desk;
  /** Takes in commands that have arrived. */
  readonly poll: () => void;
  readonly say: (event: RunEvent) => Promise<void>;
  /** Lets others have the device while the run is paused. */
  readonly onPaused?: () => void;
  /** Resolves when the run may compute again, or is to end. */
  readonly onResumed?: () => Promise<void>;
}

/** Resolves when the recipe has ended, with the reason. Rejects with whatever the recipe threw. */
export async function pullRecipe(
  recipe: AsyncGenerator<RunEvent, void>,
  { desk, poll, say, onPaused, onResumed }: LoopOptions,
): Promise<'completed' | 'stopped'> {
  let isSaidPaused = false;
  let reason: 'completed' | 'stopped' | null = null;
  try {
    for (;;) {
      await breathe();
      poll();
      if (desk.lost !== null) throw desk.lost;
      if (desk.isPaused !== isSaidPaused && (desk.isHolding || isSaidPaused)) {
        isSaidPaused = desk.isPaused;
        if (isSaidPaused) onPaused?.();
        else await onResumed?.();
        await say({ type: isSaidPaused ? 'run.paused' : 'run.resumed' });
      }
      if (desk.stopping === 'now') return 'stopped';
      if (desk.isHolding) {
        await desk.changed();
        continue;
      }
      const next = await recipe.next();
      if (next.done) break;
      desk.settle(next.value);
      // Said by the session, after everything else.
      if (next.value.type === 'run.finished') reason = next.value.reason;
      else await say(next.value);
    }
  } catch (error) {
    if (!(error instanceof EndNow)) throw error;
  } finally {
    await recipe.return();
  }
  return reason ?? (desk.stopping === 'no' ? 'completed' : 'stopped');
}

/** Lets the event loop turn once, so that signals and sockets are heard even if the recipe never waits. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
