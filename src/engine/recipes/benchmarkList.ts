/** The benchmarks of a config as they are measured: problems as prompts, settings of each, and who grades. */
import { type BenchmarkEntry, benchmarkName } from '../../config/benchmarkSchema.ts';
import type { EvaluateConfig } from '../../config/schema.ts';
import type { Completion, RunEvent } from '../../protocol/events.ts';
import { VERIFIER_VERSION } from '../../protocol/grading.ts';
import { logged } from '../../protocol/logged.ts';
import { phrase, said, saidBy } from '../../protocol/sentence.ts';
import { ARITHMETIC } from '../benchmarks/arithmeticProblems.ts';
import type { AskedProblem, BenchmarkSource, OpenBenchmark } from '../benchmarks/benchmarkSource.ts';
import { gradedCompletion, wholePrediction } from '../benchmarks/gradedCompletion.ts';
import { prefillOf, readTurn } from '../chat/thinking.ts';
import { type ChatPrompt, userPrompt } from '../chat/userPrompt.ts';
import { countedVerdict } from '../grading/countedVerdict.ts';
import { taskOf } from '../tasks/index.ts';
import type { Judge, Question } from '../tasks/task.ts';
import { BpeTokenizer } from '../tokenizer/bpeTokenizer.ts';
import { UnknownCharacter } from '../tokenizer/tokenizer.ts';
import type { RecipeDeps } from './deps.ts';
import type { Inbox } from './inbox.ts';
import { type Measured, taskOrigin, templateOf } from './material.ts';
import type { EvaluationSettings } from './measure.ts';
import { problemSet } from './problemSet.ts';
import { RunFailure } from './runFailure.ts';
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
  if ('task' in entry && !(start.tokenizer instanceof BpeTokenizer)) return ownTask(entry, settings);
  const source = given(opening);
  const { kept, told } = await readable(await source.open(entry, settings.seed), source);
  const chatPrompt = userPrompt(start, config.chatTemplateKwargs ?? {});
  const questions = await asQuestions(kept, start, chatPrompt);
  yield* told;
  yield* keptTold(kept, questions, settings.maxNewTokens, start.model.maxPositions);
  const isTraceBegun = begins(questions[0], start);
  const fitting = questions.filter(({ tokens }) => tokens.length < start.model.maxPositions);
  if (fitting.length === 0) throw nothingFits(kept.name, start.model.maxPositions);
  const measured: Measured = {
    judge: { ...ungraded, name: kept.name },
    questions: { size: fitting.length, at: (place) => questionAt(fitting, place) },
    heldOut: null,
    chatPrompt,
    idPart: `evaluation-${kept.name}`,
    judged: async (completion, place) => {
      const { gold, grader } = questionAt(fitting, place);
      const record = await source.grade({ gold, grader, prediction: wholePrediction(completion, isTraceBegun) });
      return gradedCompletion(completion, record, { grader, isTraceBegun });
    },
    origin: {
      data: kept.data,
      instruction: kept.instruction === '' ? null : kept.instruction,
      template: templateOf(opening.templateHash, config.chatTemplateKwargs),
      verifier: [...new Set(fitting.map(({ grader }) => `${grader} ${VERIFIER_VERSION}`))].sort().join(', '),
    },
  };
  const { samplesPerProblem } = kept;
  return { measured, settings: { ...settings, problems: fitting.length, samplesPerProblem } };
}

/** A model that knows only the words of its task is asked as the task asks, and judged by it. */
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

/** Without the problems whose right answer the verifier cannot read: nobody could be right there. */
async function readable(
  opened: OpenBenchmark,
  source: BenchmarkSource,
): Promise<{ readonly kept: OpenBenchmark; readonly told: readonly RunEvent[] }> {
  const { name, problems, bad, published, others } = opened;
  const told: RunEvent[] = [...bad].map(([why, rows]) =>
    logged('warning', said`${name}: ${rows} rows cannot be read (${phrase(why)}).`),
  );
  const looked = await Promise.all(
    problems.map(async (problem) => {
      const { gold, grader } = problem;
      const { verdict } = await source.grade({ gold, grader, prediction: `\\boxed{${gold}}` });
      return { problem, isReadable: verdict !== 'gold_unparsed' };
    }),
  );
  const kept = looked.filter(({ isReadable }) => isReadable).map(({ problem }) => problem);
  const [first] = looked.filter(({ isReadable }) => !isReadable);
  if (first)
    told.push(
      logged(
        'warning',
        said`${name}: the right answers of ${problems.length - kept.length} problems cannot be read by the verifier (first: ${first.problem.id}); they are left out.`,
      ),
    );
  if (kept.length === 0)
    throw new RunFailure(
      'badDataset',
      said`${name}: no problem has a right answer that the verifier can read.`,
      'Choose another `grader`, or name the column of the answers.',
    );
  if (published !== null && published.whole !== published.found)
    told.push(
      logged(
        'warning',
        said`${name}: the file has ${published.found} of its problems; as published it has ${published.whole}.`,
      ),
    );
  if (others > 0) told.push(logged('info', said`${name}: ${others} rows of the file belong to other sets.`));
  return { kept: { ...opened, problems: kept }, told };
}

type BenchmarkQuestion = Question & AskedProblem & { readonly tokens: readonly number[] };

async function asQuestions(
  { name, problems }: OpenBenchmark,
  { tokenizer }: StartingPoint,
  chatPrompt: ChatPrompt | null,
): Promise<BenchmarkQuestion[]> {
  const questions: BenchmarkQuestion[] = [];
  for (const problem of problems) {
    try {
      const tokens = chatPrompt
        ? await chatPrompt(problem.prompt)
        : [...tokenizer.beginTokens, ...tokenizer.encode(problem.prompt)];
      if ('kind' in tokens) throw new RunFailure('badDataset', tokens.said, 'Choose a model whose template takes it.');
      questions.push({ ...problem, tokens });
    } catch (error) {
      if (!(error instanceof UnknownCharacter)) throw error;
      throw new RunFailure(
        'badConfig',
        said`${name} cannot be asked of this model: ${saidBy(error)}`,
        'Measure a model with a tokenizer for any text, or a `task` that the model was made for.',
      );
    }
  }
  return questions;
}

function* keptTold(
  { name, samplesPerProblem }: OpenBenchmark,
  questions: readonly BenchmarkQuestion[],
  maxNewTokens: number,
  window: number,
): Generator<RunEvent> {
  const lengths = questions.map(({ tokens }) => tokens.length);
  const tooLong = lengths.filter((length) => length >= window).length;
  const longest = Math.max(0, ...lengths.filter((length) => length < window));
  yield logged('info', said`${name}: ${lengths.length - tooLong} problems, ${samplesPerProblem} completions each.`);
  if (tooLong > 0)
    yield logged(
      'warning',
      said`${name}: ${tooLong} problems are left out, as the model reads at most ${window} tokens and they leave no room for an answer.`,
    );
  if (longest + maxNewTokens > window)
    yield logged(
      'warning',
      said`${name}: answers may take ${maxNewTokens} tokens, but the model reads ${window} in all: some are cut after ${window - longest} and count as wrong.`,
    );
}

/** Whether the template has begun the chain of thought where the model goes on. */
function begins(question: BenchmarkQuestion | undefined, { tokenizer }: StartingPoint): boolean {
  const end = tokenizer.decode((question?.tokens ?? []).slice(-PREFILL_TOKENS));
  return prefillOf(end)?.isClosed === false;
}

/** More than a template writes for `<think>` and what stands around it. */
const PREFILL_TOKENS = 16;

function questionAt(questions: readonly BenchmarkQuestion[], place: number): BenchmarkQuestion {
  const question = questions[place];
  if (!question) throw new Error(`There is no problem at place ${place}: the benchmark has ${questions.length}.`);
  return question;
}

function given({ benchmarks }: Opening): BenchmarkSource {
  if (benchmarks) return benchmarks;
  throw new Error('The config names benchmarks, but nobody gave them to the recipe: set `benchmarks` of its deps.');
}

const nothingFits = (name: string, window: number): RunFailure =>
  new RunFailure(
    'badConfig',
    said`${name}: every problem is longer than the ${window} tokens that the model reads.`,
    'Measure a model that reads more.',
  );
