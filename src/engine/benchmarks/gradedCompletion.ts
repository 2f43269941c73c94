/** A completion of a benchmark with what its grader says of it. */
import type { Completion, Verdict } from '../../protocol/events.ts';
import type { GraderName, GradeRecord } from '../../protocol/grading.ts';
import { THINK, THINK_END } from '../chat/thinking.ts';
import { countedVerdict } from '../grading/countedVerdict.ts';

/** All that the model has said: where the prompt has begun its chain of thought, with that beginning. */
export const wholePrediction = ({ text }: Pick<Completion, 'text'>, isTraceBegun: boolean): string =>
  isTraceBegun ? THINK + text : text;

/** `record` is of `wholePrediction`. */
export function gradedCompletion(
  completion: Completion,
  record: GradeRecord,
  { grader, isTraceBegun }: { readonly grader: GraderName; readonly isTraceBegun: boolean },
): Completion {
  const prediction = wholePrediction(completion, isTraceBegun);
  const isOpen = prediction.includes(THINK) && !prediction.includes(THINK_END);
  const { isGivenUp: _, isTraceOpen: __, ...rest } = completion;
  return {
    ...rest,
    ...(isOpen && { trace: prediction.slice(prediction.indexOf(THINK) + THINK.length).trim(), isTraceOpen: true }),
    answer: record.answer,
    verdict: countedVerdict(verdictOf(record), completion.finishReason),
    verifier: `${grader} ${record.version}`,
    rule: record.rule,
    ...(isGivenUp(record) && { isGivenUp: true }),
  };
}

const isGivenUp = ({ verdict }: GradeRecord): boolean => verdict === 'timeout' || verdict === 'error';

function verdictOf({ verdict }: GradeRecord): Verdict {
  switch (verdict) {
    case 'correct':
    case 'wrong':
    case 'unparsed':
      return verdict;
    case 'gold_unparsed':
      return 'ungraded';
    case 'timeout':
    case 'error':
      return 'unparsed';
    default:
      return verdict satisfies never;
  }
}
