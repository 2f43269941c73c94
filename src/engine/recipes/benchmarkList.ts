/** The benchmarks of a config as they are measured: problems as prompts, settings of each, and who grades. */
import { type BenchmarkEntry, benchmarkName } from '../../config/benchmarkSchema.ts';
import type { EvaluateConfig } from '../../config/schema.ts';
import type { Completion, RunEvent } from '../../protocol/events.ts';
import { VERIFIER_VERSION } from '../../protocol/grading.ts';
import { logged } from '../../protocol/logged.ts';
import { ARITHMETIC } from '../benchmarks/arithmeticProblems.ts';
import { type AskedBenchmark, askedBenchmark, type BenchmarkQuestion } from '../benchmarks/askedBenchmark.ts';
import { benchmarkFindings } from '../benchmarks/benchmarkFindings.ts';
import type { BenchmarkSource } from '../benchmarks/benchmarkSource.ts';
import { gradedCompletion, wholePrediction } from '../benchmarks/gradedCompletion.ts';
import { readTurn } from '../chat/thinking.ts';
import { countedVerdict } from '../grading/countedVerdict.ts';
import { taskOf } from '../tasks/index.ts';
import type { Judge } from '../tasks/task.ts';
import { BpeTokenizer } from '../tokenizer/bpeTokenizer.ts';
import type { RecipeDeps } from './deps.ts';
import type { Inbox } from './inbox.ts';
import { type Measured, taskOrigin, templateOf } from './material.ts';
import type { EvaluationSettings } from './measure.ts';
import { problemSet } from './problemSet.ts';
import type { StartingPoint } from './startingPoint.ts';

export interface PlannedBenchmark {
  readonly measured: Measured;
  readonly settings: EvaluationSettings;
}

type Opening = Pick<RecipeDeps, 'benchmarks' | 'templateHash'> & { readonly inbox: Inbox };

/** Grades nothing: who measures benchmarks does that where it can be killed. */
export const ungraded: Judge = {
  name: '',
  parse: () => null,
  trace: (completion) => readTurn({ role: 'assistant', content: completion }).trace ?? '',
  grade: () => null,
  checkSteps: () => null,
};

/** All of them are opened before the first is measured. Null where someone asked to stop meanwhile. */
export async function* openedBenchmarks(
  config: EvaluateConfig,
  start: StartingPoint,
  opening: Opening,
): AsyncGenerator<RunEvent, readonly PlannedBenchmark[] | null> {
  const planned: PlannedBenchmark[] = [];
  for (const entry of config.benchmarks ?? []) {
    opening.inbox.look();
    if (opening.inbox.isStopping) return null;
    planned.push(yield* opened(entry, config, start, opening));
  }
  return planned;
}

async function* opened(
  entry: BenchmarkEntry,
  config: EvaluateConfig,
  start: StartingPoint,
  opening: Opening,
): AsyncGenerator<RunEvent, PlannedBenchmark> {
  const { temperature, topP, topK, maxNewTokens } = entry;
  const settings = { ...config.evaluation, temperature, topP, topK, maxNewTokens };
  if (isOwnTask(entry, start)) return ownTask(entry, settings);
  const source = given(opening);
  const { chatTemplateKwargs = {} } = config;
  const window = start.model.maxPositions;
  const asked = await askedBenchmark(entry, { source, text: start, window, seed: settings.seed, chatTemplateKwargs });
  for (const { severity, said } of benchmarkFindings(asked.facts))
    yield logged(severity === 'hint' ? 'info' : 'warning', said);
  const { problems, samplesPerProblem } = asked.facts;
  const template = asked.chatPrompt ? templateOf(opening.templateHash, chatTemplateKwargs) : null;
  return { measured: measuredBy(asked, source, template), settings: { ...settings, problems, samplesPerProblem } };
}

/** Whether the model knows only the words of its task, and is asked as the task asks. */
export const isOwnTask = (
  entry: BenchmarkEntry,
  { tokenizer }: Pick<StartingPoint, 'tokenizer'>,
): entry is Extract<BenchmarkEntry, { task: unknown }> => 'task' in entry && !(tokenizer instanceof BpeTokenizer);

function measuredBy(
  { opened: { name, data, instruction }, questions, chatPrompt, isTraceBegun }: AskedBenchmark,
  source: BenchmarkSource,
  template: string | null,
): Measured {
  return {
    judge: { ...ungraded, name },
    questions: { size: questions.length, at: (place) => questionAt(questions, place) },
    heldOut: null,
    chatPrompt,
    idPart: `evaluation-${name}`,
    judged: async (completion, place) => {
      const { gold, grader } = questionAt(questions, place);
      const record = await source.grade({ gold, grader, prediction: wholePrediction(completion, isTraceBegun) });
      return gradedCompletion(completion, record, { grader, isTraceBegun });
    },
    origin: {
      ...{ data, template },
      instruction: instruction === '' ? null : instruction,
      verifier: [...new Set(questions.map(({ grader }) => `${grader} ${VERIFIER_VERSION}`))].sort().join(', '),
    },
  };
}

function ownTask(entry: Extract<BenchmarkEntry, { task: unknown }>, settings: EvaluationSettings): PlannedBenchmark {
  const task = taskOf(entry.task);
  const questions = problemSet(task, 'heldOut', settings.seed, entry.problems);
  const origin = taskOrigin(task);
  const { verifier } = origin;
  const judged = (completion: Completion, place: number): Completion => {
    const problem = questions.at(place);
    const { verdict, answer } = task.grade(problem, completion.text);
    const trace = task.trace(completion.text);
    const steps = task.checkSteps(problem, trace);
    return { ...completion, verdict: countedVerdict(verdict, completion.finishReason), answer, trace, steps, verifier };
  };
  const name = benchmarkName(entry);
  return {
    measured: {
      judge: { ...ungraded, name },
      ...{ questions, heldOut: null, chatPrompt: null, idPart: `evaluation-${name}`, judged, origin },
    },
    settings: { ...settings, samplesPerProblem: entry.samplesPerProblem ?? ARITHMETIC.samplesPerProblem },
  };
}

function questionAt(questions: readonly BenchmarkQuestion[], place: number): BenchmarkQuestion {
  const question = questions[place];
  if (!question) throw new Error(`There is no problem at place ${place}: the benchmark has ${questions.length}.`);
  return question;
}

function given({ benchmarks }: Opening): BenchmarkSource {
  if (benchmarks) return benchmarks;
  throw new Error('The config names benchmarks, but nobody gave them to the recipe: set `benchmarks` of its deps.');
}
