/** Asks a short-lived process of the trainer while a person sees how far it is and may cancel. */
import { type ProgressLocation, type ProgressOptions, window } from 'vscode';
import type { PreflightProgress } from '../protocol/preflight.ts';
import { runTrainerTool } from '../runs/launch.ts';
import { findTrainerRuntime } from './commands/launchRun.ts';
import { trainerEnvironment } from './gpuEnginePlace.ts';
import type { Parts } from './parts.ts';

export interface TrainerQuestion {
  readonly args: readonly string[];
  readonly title: string;
  readonly location: ProgressLocation;
  readonly timeoutMs: number;
  /** Another way to cancel. */
  readonly signal?: AbortSignal;
}

/** What the tool printed last; null when it was cancelled. Rejects as `runTrainerTool` does. */
export function askTrainer(parts: Parts, question: TrainerQuestion): Promise<string | null> {
  const { args, title, location, timeoutMs, signal } = question;
  const options: ProgressOptions = { location, title, cancellable: true };
  return Promise.resolve(
    window.withProgress(options, async (progress, cancelled) => {
      const abort = new AbortController();
      const cancelling = cancelled.onCancellationRequested(() => abort.abort());
      const onAbort = (): void => abort.abort();
      signal?.addEventListener('abort', onAbort);
      let done = 0;
      const onLine = (line: string): void => {
        const share = shareIn(line);
        if (share === null) return;
        progress.report({ increment: 100 * (share - done) });
        done = share;
      };
      try {
        if (signal?.aborted) return null;
        const runtime = await findTrainerRuntime();
        const env = trainerEnvironment(parts);
        const tool = { runtime, trainer: parts.trainer, args, env, signal: abort.signal, timeoutMs, onLine };
        return (await runTrainerTool(tool)).trimEnd().split('\n').at(-1) ?? '';
      } catch (error) {
        if (abort.signal.aborted) return null;
        throw error;
      } finally {
        cancelling.dispose();
        signal?.removeEventListener('abort', onAbort);
      }
    }),
  );
}

/** How much is done, 0 to 1; null for a line that tells none. */
function shareIn(line: string): number | null {
  if (!line.startsWith('{"type":"progress"')) return null;
  const { done, total } = JSON.parse(line) as PreflightProgress;
  return total > 0 ? Math.min(1, done / total) : null;
}
