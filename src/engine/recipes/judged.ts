/** A ladder's story with a verdict after each cell, so that it can be read, and acted on, before all is done. */
import type { LadderConfig } from '../../config/schema.ts';
import type { RunEvent } from '../../protocol/events.ts';
import { applyToLadder, type Ladder } from '../../protocol/ladder.ts';
import { MATTERS } from '../../protocol/verdict.ts';
import { ladderVerdict } from '../analysis/verdict/ladderVerdict.ts';
import { ladderFacts } from '../report/ladderFacts.ts';

export async function* judged(story: AsyncGenerator<RunEvent>, config: LadderConfig): AsyncGenerator<RunEvent> {
  let ladder: Ladder | null = null;
  let isNew = false;
  for await (const event of story) {
    const isCell = event.type === 'cell.finished' || event.type === 'training.failed';
    if (isNew && !isCell && ladder) yield* verdicts(ladder, config);
    isNew = isCell;
    if (isCell || event.type === 'ladder.planned' || event.type === 'cell.started')
      ladder = applyToLadder(ladder, event);
    yield event;
  }
}

function* verdicts(ladder: Ladder, config: LadderConfig): Generator<RunEvent> {
  const facts = ladderFacts(config, ladder);
  for (const { id } of ladder.plan.evaluations)
    yield { type: 'verdict.reached', verdict: ladderVerdict(ladder, { evaluation: id, facts, matters: MATTERS }) };
}
