/** A ladder under way as its panel sees it: a made ladder, told by events up to a cell. */
import { ladderVerdict } from '../../src/engine/analysis/verdict/ladderVerdict.ts';
import type { RunEvent, Score } from '../../src/protocol/events.ts';
import { trainingName, type CellResult } from '../../src/protocol/ladder.ts';
import { apply, newRun, type RunState } from '../../src/protocol/state.ts';
import type { LadderVerdict } from '../../src/protocol/verdict.ts';
import { stamp } from './goldenRun.ts';
import { madeLadder } from './madeLadder.ts';

const NOTHING_KNOWN = {
  ...{ ends: null, padding: null, lengths: null, answers: null, packing: null, templates: null, overlap: null },
};

/** Falls at 32 long traces, recovers at 512; short ones do not fall. Two seeds. */
export const LADDER = madeLadder({
  truths: [
    { stage: 'base', size: 0, accuracy: 0.6 },
    { stage: 'sft', size: 32, accuracy: 0.3 },
    { stage: 'short', size: 32, accuracy: 0.7 },
    { stage: 'sft', size: 512, accuracy: 0.62 },
    { stage: 'short', size: 512, accuracy: 0.64 },
  ],
  ...{ seeds: 2, apart: 0.01, problems: 300, draw: 4 },
});

export const LADDER_VERDICT: LadderVerdict = ladderVerdict(LADDER, {
  evaluation: 'made',
  facts: { ...NOTHING_KNOWN, overlap: { examples: 512, shared: 0, problems: 512, contained: 0 } },
  matters: 0.05,
});

const STARTED: RunEvent = {
  ...{ type: 'run.started', recipe: 'ladder', name: 'made', task: 'repetition', parameters: 1000, executor: null },
  ...{ runtime: { version: '', foundBy: 'cli' }, totalSteps: 100, evaluationSteps: [] },
};

const accuracyOf = ({ outcomes: { verdicts } }: CellResult): Score => {
  const value = verdicts.filter((verdict) => verdict === 'correct').length / verdicts.length;
  return { name: 'accuracy', value, unit: 'share', n: verdicts.length, k: 1, interval: null };
};

/** The first so many cells are finished, the next one is under way; with all of them there is a verdict. */
export function ladderRun(finished = LADDER.cells.length): RunState {
  const { plan, cells } = LADDER;
  const [next] = cells.slice(finished);
  const events: RunEvent[] = [
    STARTED,
    { type: 'ladder.planned', plan },
    ...cells
      .slice(0, finished)
      .flatMap(({ result }): RunEvent[] =>
        result ? [{ type: 'cell.finished', result: { ...result, scores: [accuracyOf(result)] }, seconds: 1 }] : [],
      ),
    ...(next ? [{ type: 'cell.started', training: trainingName(next.key) } as const] : []),
    ...(next ? [] : [{ type: 'verdict.reached', verdict: LADDER_VERDICT } as const]),
  ];
  const run = newRun('ladder');
  for (const stamped of stamp(run, events)) apply(run, stamped);
  return run;
}
