/** Asks the trainer to set two evaluations side by side, problem by problem. */
import { ProgressLocation } from 'vscode';
import type { ComparisonReport } from '../protocol/comparison.ts';
import { askTrainer } from './askTrainer.ts';
import type { MeasuredStep } from './panelBenchmarks.ts';
import type { Parts } from './parts.ts';
import { tellFailure } from './tell.ts';
import { isTrusted } from './trust.ts';

const PATIENCE_MS = 10 * 60_000;

/** Null where it was cancelled, or could not be asked: then that was told. */
export async function compareRuns(
  parts: Parts,
  before: MeasuredStep,
  after: MeasuredStep,
  matters: number,
): Promise<ComparisonReport | null> {
  if (!(await isTrusted(parts.say))) return null;
  try {
    const printed = await askTrainer(parts, {
      args: [
        'compare',
        ...['--before', before.run.folder, '--before-step', String(before.step)],
        ...['--after', after.run.folder, '--after-step', String(after.step)],
        ...['--matters', String(matters)],
      ],
      title: parts.say('Comparing two evaluations'),
      location: ProgressLocation.Window,
      timeoutMs: PATIENCE_MS,
    });
    return printed === null ? null : (JSON.parse(printed) as ComparisonReport);
  } catch (error) {
    void tellFailure(parts, error);
    return null;
  }
}
