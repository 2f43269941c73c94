/** Grades completions that were kept, by the verifier of today. */
import type { RunConfig } from '../../config/schema.ts';
import { rowsIn } from '../../config/checksOfRows.ts';
import { gradedCompletion, wholePrediction } from '../../engine/benchmarks/gradedCompletion.ts';
import { THINK } from '../../engine/chat/thinking.ts';
import { countedVerdict } from '../../engine/grading/countedVerdict.ts';
import { rowsJudge } from '../../engine/grading/rowsJudge.ts';
import type { Completion } from '../../protocol/events.ts';
import type { GradeRecord } from '../../protocol/grading.ts';
import type { GradingJob } from '../grading/gradingMessages.ts';

/** As `GradingPool.grade`. */
export type Grade = (job: GradingJob) => Promise<GradeRecord>;

/** How completions of a run are graded; of a config that this version does not understand, as those of a benchmark. */
export function regraderOf(config: RunConfig | null, grade: Grade): (completion: Completion) => Promise<Completion> {
  const isOfRows = config !== null && config.recipe !== 'prepare' && rowsIn(config) !== null;
  return async (completion) => {
    // Nobody knows what would have been right.
    if (completion.gold === null) return completion;
    return isOfRows ? ofRow(completion, completion.gold) : ofBenchmark(completion, completion.gold, grade);
  };
}

/** An answer of rows that is no mathematics is compared as text. */
function ofRow(completion: Completion, gold: string): Completion {
  const judge = rowsJudge('');
  const found = judge.grade({ prompt: completion.prompt, gold }, completion.text);
  if (!found) return completion;
  const { verifier = '' } = judge;
  return {
    ...completion,
    verifier,
    answer: found.answer,
    verdict: countedVerdict(found.verdict, completion.finishReason),
  };
}

async function ofBenchmark(completion: Completion, gold: string, grade: Grade): Promise<Completion> {
  const grader = graderOf(completion);
  // Only where the template had begun it is a chain of thought open that the text does not begin.
  const isTraceBegun = completion.isTraceOpen === true && !completion.text.includes(THINK);
  const prediction = wholePrediction(completion, isTraceBegun);
  const record = await grade({ grader, gold, prediction, options: { isStrict: false, pattern: null } });
  return gradedCompletion(completion, record, { grader, isTraceBegun });
}

/** As it was told; a task of arithmetic tells none. */
function graderOf({ verifier }: Completion): 'math' | 'choice' | 'exact' | 'arithmetic' {
  const [name] = verifier?.split(' ') ?? [];
  return GRADERS.find((known) => known === name) ?? 'arithmetic';
}

const GRADERS = ['math', 'choice', 'exact', 'arithmetic'] as const;
