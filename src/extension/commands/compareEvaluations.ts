/** Compare Evaluations…: two steps of a run, or of two runs, side by side in the panel of the later one. */
import { window } from 'vscode';
import type { Parts } from '../parts.ts';
import { comparableWith, evaluationItems, type MeasuredAt, type PickItem } from '../pickItems.ts';
import { runIn } from './ask.ts';

/** In shares; what is asked first can be changed in the panel. */
const MATTERS = 0.05;

/** The argument is the run whose evaluations are offered first. */
export async function compareEvaluations(parts: Parts, argument?: unknown): Promise<void> {
  const { say, registry, panels, selection, measured } = parts;
  const first = runIn(parts, argument) ?? selection.run;
  const runs = [...registry.runs].sort((a, b) => Number(b === first) - Number(a === first));
  const items = evaluationItems(await measured.of(runs), say);
  const offered = items.filter(({ value }) => comparableWith(value, items).length > 0);
  if (offered.length === 0) {
    const none = say(
      'There are no two evaluations of one benchmark yet. Measure a checkpoint with Evaluate Checkpoint….',
    );
    void window.showInformationMessage(none);
    return;
  }
  const before = await ask(offered, say('Compare Evaluations (1/2): which one is A, the one before?'));
  if (before === null) return;
  const after = await ask(
    comparableWith(before, items),
    say('Compare Evaluations (2/2): which one is B, the one after?'),
  );
  const run = after && registry.find(after.run);
  if (!after || !run) return;
  const own = (at: MeasuredAt): string | null => (at.run === run.id ? null : at.run);
  selection.choose(run);
  panels.show(run).compare({
    before: { run: own(before), step: before.step },
    after: { run: null, step: after.step },
    matters: MATTERS,
  });
}

async function ask(items: readonly PickItem<MeasuredAt>[], title: string): Promise<MeasuredAt | null> {
  const options = { title, matchOnDescription: true, matchOnDetail: true };
  return (await window.showQuickPick(items, options))?.value ?? null;
}
