/** Asks a short-lived process of the trainer: what `preflight`, `preview` and their like have in common. */
import { join } from 'node:path';
import type { PreflightProgress } from '../protocol/preflight.ts';
import { runTrainerTool } from '../runs/launch.ts';
import { ownRuntime } from '../runs/runtime.ts';
import type { Console } from './console.ts';
import { percent } from './format.ts';

/** Looking at all rows of a large file takes its time. */
const PATIENCE_MS = 60 * 60_000;

/** What the tool printed last. A terminal sees how far it is. */
export async function askTrainer(args: readonly string[], console: Console): Promise<string> {
  const trainer = join(console.programs, 'trainer.mjs');
  let isShown = false;
  const onLine = (line: string): void => {
    const progress = progressIn(line);
    if (progress === null || !console.isTerminal || progress.total === 0) return;
    console.err(`\r${percent(progress.done / progress.total)} `);
    isShown = true;
  };
  try {
    const printed = await runTrainerTool({ runtime: ownRuntime(), trainer, args, onLine, timeoutMs: PATIENCE_MS });
    return printed.trimEnd().split('\n').at(-1) ?? '';
  } finally {
    if (isShown) console.err('\r\u001b[K');
  }
}

function progressIn(line: string): PreflightProgress | null {
  return line.startsWith('{"type":"progress"') ? (JSON.parse(line) as PreflightProgress) : null;
}
