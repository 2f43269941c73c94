/** What a verdict counts where the completion was cut. */
import type { Completion, Verdict } from '../../protocol/events.ts';

/** A completion that was cut has not given its answer, even if its last line looks like one. */
export const countedVerdict = (verdict: Verdict, finishReason: Completion['finishReason']): Verdict =>
  finishReason === 'length' && verdict === 'correct' ? 'wrong' : verdict;
