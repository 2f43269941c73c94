/** What a run learns from, is measured on and shows on the way: problems of a task, or rows of a file. */
import { benchmarkName } from '../../config/benchmarkSchema.ts';
import { areLearned, type ChatTemplateKwargs } from '../../config/rowsSchema.ts';
import type {
  EvaluateConfig,
  ExampleRunConfig,
  GrpoConfig,
  PromptRowsConfig,
  RowsDataConfig,
  SftConfig,
} from '../../config/schema.ts';
import { rowsOf, sequencesPerStep, sequencesTogether } from '../../config/plan.ts';
import type { EvaluationIdentity } from '../../protocol/evaluationIdentity.ts';
import type { Completion, RunEvent } from '../../protocol/events.ts';
import { VERIFIER_VERSION } from '../../protocol/grading.ts';
import type { SourceReading } from '../../protocol/preparation.ts';
import { logged } from '../../protocol/logged.ts';
import { said } from '../../protocol/sentence.ts';
import { type ChatPrompt, userPrompt } from '../chat/userPrompt.ts';
import { isVerifiable, rowsJudge } from '../grading/rowsJudge.ts';
import { taskOf } from '../tasks/index.ts';
import type { Judge } from '../tasks/task.ts';
import type { RecipeDeps } from './deps.ts';
import type { Inbox } from './inbox.ts';
import { type ProblemSet, problemSet, type QuestionSet } from './problemSet.ts';
import { promptSet, type PromptSet } from './promptSet.ts';
import { readRows } from './readRows.ts';
import { rowSet, type RowSet, type RowSetOptions } from './rowSet.ts';
import { ruinTold } from './ruinTold.ts';
import { RunFailure } from './runFailure.ts';
import type { StartingPoint } from './startingPoint.ts';
import { taskExamples } from './taskExamples.ts';
import type { ExampleSet } from './trainingData.ts';

/** What is measured. */
export interface Measured {
  readonly judge: Judge;
  /** Questions with right answers; may be none where the loss is measured. */
  readonly questions: QuestionSet;
  /** Whose loss is measured; null where only answers count. */
  readonly heldOut: ExampleSet | null;
  /** How a prompt of a person is written; null for as it stands. */
  readonly chatPrompt: ChatPrompt | null;
  /** What ids of completions have behind the step; `evaluation` if left out. */
  readonly idPart?: string;
  /** Grades where it may take long; left out where the judge does it at once. `place` is that of the question. */
  readonly judged?: (completion: Completion, place: number) => Completion | Promise<Completion>;
  /** What the scores depend on besides model and settings; left out where nobody asks. */
  readonly origin?: Pick<EvaluationIdentity, 'data' | 'instruction' | 'template' | 'verifier'>;
}

export interface Material extends Measured {
  readonly training: ExampleSet;
  /** What completions are shown of. */
  readonly looks: QuestionSet;
  /** Tells the data apart from others, in 48 bits; null where the config decides them. */
  readonly dataHash: number | null;
}

export type Opening = Pick<RecipeDeps, 'rows' | 'now' | 'resume' | 'templateHash'> & { readonly inbox: Inbox };

/** What data are called where scores are shown: a task with its level, or the name of a file. */
export const materialName = (config: ExampleRunConfig | GrpoConfig | EvaluateConfig): string => {
  if (config.recipe === 'dpo') return fileName(config.data.path);
  const { data, task } = config;
  return data !== undefined && 'path' in data ? fileName(data.path) : taskOf(task).name;
};

/** The same of all that an evaluation measures. */
export const measuredName = (config: EvaluateConfig): string =>
  config.benchmarks ? config.benchmarks.map(benchmarkName).join(', ') : materialName(config);

export const fileName = (path: string): string => path.split(/[\\/]/).findLast((part) => part !== '') ?? path;

/** Null where someone asked to stop while rows were read. */
export async function* trainingMaterial(
  config: ExampleRunConfig,
  start: StartingPoint,
  opening: Opening,
): AsyncGenerator<RunEvent, Material | null> {
  const data = rowsOf(config);
  if (data !== null) return yield* rowsMaterial(config, data, start, opening);
  if (config.recipe === 'sft') return yield* taskMaterial(config, start);
  throw new Error(`The recipe ${config.recipe} learns rows, but the config names none.`);
}

async function* rowsMaterial(
  config: ExampleRunConfig,
  data: RowsDataConfig,
  start: StartingPoint,
  opening: Opening,
): AsyncGenerator<RunEvent, Material | null> {
  const { problems: heldOut, seed } = config.evaluation;
  const { maxPositions } = start.model;
  const isPaired = sequencesTogether(config) === 2;
  const found = yield* readExamples(data, start, opening, { isPaired, heldOut, seed });
  if (found === null) return null;
  const dataHash = hashOf(found);
  refuseOtherData(opening, data.path, dataHash);
  refuseLargeStep(config, found.training.size);
  yield* rowsTold(found, heldOut);
  yield* ruinTold({ rows: given(opening), used: found.used, isPaired, data, maxPositions, tokenizer: start.tokenizer });
  return {
    ...rowsBenchmark(found, data, start, opening.templateHash),
    training: found.training,
    looks: found.questions,
    dataHash,
  };
}

/** Null where someone asked to stop while rows were read. */
export async function* measuredOf(
  { data, task, evaluation }: EvaluateConfig,
  start: StartingPoint,
  opening: Opening,
): AsyncGenerator<RunEvent, Measured | null> {
  const { problems: heldOut, seed } = evaluation;
  if (data === undefined) {
    const judge = taskOf(task);
    const questions = problemSet(judge, 'heldOut', seed, heldOut);
    return { judge, questions, heldOut: null, chatPrompt: null, origin: taskOrigin(judge) };
  }
  const holding = { heldOut, holdsOutAll: data.split === 'all', seed };
  if (!areLearned(data)) return (yield* readPrompts(data, start, opening, holding))?.measured ?? null;
  const found = yield* readExamples(data, start, opening, holding);
  return found && rowsBenchmark(found, data, start, opening.templateHash);
}

/** What is held out of the rows. */
type Holding = Pick<RowSetOptions, 'heldOut' | 'holdsOutAll' | 'seed' | 'isPaired'>;

/** Examples to be learned. Null where someone asked to stop. */
function readExamples(
  data: RowsDataConfig,
  { model: { maxPositions } }: StartingPoint,
  opening: Opening,
  holding: Holding,
) {
  const rows = given(opening);
  const { isPaired = false } = holding;
  const wanted = { ...opening, rows, isPaired, path: data.path };
  return readRows(wanted, (leaveOut) => rowSet({ rows, data, maxPositions, ...holding, leaveOut }));
}

/** Problems to be asked, and how those that are held out are measured. Null where someone asked to stop. */
export async function* readPrompts(
  data: PromptRowsConfig,
  start: StartingPoint,
  opening: Opening,
  holding: Holding,
): AsyncGenerator<RunEvent, (PromptSet & Source & { readonly measured: Measured }) | null> {
  const rows = given(opening);
  const { maxPositions } = start.model;
  const found = yield* readRows({ ...opening, rows, path: data.path }, (leaveOut) =>
    promptSet({ rows, data, maxPositions, ...holding, isVerifiable, leaveOut }),
  );
  if (found === null) return null;
  const { chatTemplateKwargs, instruction = null } = data;
  const judge = rowsJudge(fileName(data.path));
  const template = templateOf(opening.templateHash, chatTemplateKwargs);
  const origin = { data: found.source.sha256, instruction, template, verifier: judge.verifier ?? '' };
  const chatPrompt = userPrompt(start, chatTemplateKwargs);
  return { ...found, measured: { judge, questions: found.questions, heldOut: null, chatPrompt, origin } };
}

function* taskMaterial(config: SftConfig, { model, tokenizer }: StartingPoint): Generator<RunEvent, Material> {
  const { seed, training, evaluation } = config;
  const judge = taskOf(config.task);
  const wanted = 'problems' in config.data ? config.data.problems : 0;
  const problems = problemSet(judge, 'train', seed, wanted);
  const questions = problemSet(judge, 'heldOut', evaluation.seed, evaluation.problems);
  yield* shortage(config, wanted, problems, questions);
  const { completionOnlyLoss } = training;
  const examples = { task: judge, tokenizer, problems, seed, completionOnlyLoss, maxLength: model.maxPositions };
  const nothing = { heldOut: null, chatPrompt: null, dataHash: null, origin: taskOrigin(judge) };
  return { judge, training: taskExamples(examples), questions, looks: problems, ...nothing };
}

function rowsBenchmark(
  { questions, answered, heldOut, source }: RowSet & Source,
  { path, chatTemplateKwargs }: RowsDataConfig,
  start: StartingPoint,
  templateHash: string | undefined,
): Measured {
  const judge = rowsJudge(fileName(path));
  return {
    judge,
    questions: { size: answered, at: (place) => questions.at(place) },
    heldOut,
    chatPrompt: userPrompt(start, chatTemplateKwargs),
    origin: {
      data: source.sha256,
      instruction: null,
      template: templateOf(templateHash, chatTemplateKwargs),
      verifier: judge.verifier ?? '',
    },
  };
}

/** A chat template with what it was told; null where prompts stand as they are. */
export const templateOf = (hash: string | undefined, kwargs: ChatTemplateKwargs = {}): string | null =>
  hash === undefined ? null : `${hash} ${JSON.stringify(kwargs)}`;

/** A task writes its prompts itself. */
export const taskOrigin = ({ name }: Judge): NonNullable<Measured['origin']> => ({
  data: name,
  instruction: null,
  template: null,
  verifier: `arithmetic ${VERIFIER_VERSION}`,
});

function given({ rows }: Opening): NonNullable<Opening['rows']> {
  if (rows) return rows;
  throw new Error('The config names rows, but nobody gave them to the recipe: set `rows` of its dependencies.');
}

/** Where rows came from. */
interface Source {
  readonly source: SourceReading;
}

const HASH_DIGITS = 12;
export const hashOf = ({ source }: Source): number => Number.parseInt(source.sha256.slice(0, HASH_DIGITS), 16);

/** A run goes on with the data that it began with, or not at all. */
export function refuseOtherData({ resume }: Opening, path: string, dataHash: number): void {
  const before = resume?.counters['dataHash'];
  if (before === undefined || before === dataHash) return;
  throw new RunFailure(
    'badDataset',
    said`${path} has changed since step ${resume?.step ?? 0} of this run, so that its steps would not be those that were planned.`,
    'Put the file back as it was, or start a new run from the checkpoint.',
  );
}

function refuseLargeStep(config: ExampleRunConfig, size: number): void {
  const batch = sequencesPerStep(config);
  if (batch <= size) return;
  throw new RunFailure(
    'badConfig',
    said`One step takes ${batch} sequences, but there are only ${size} examples to learn.`,
    'Lower training.batchSize or training.gradientAccumulationSteps, or bring more rows.',
  );
}

function* rowsTold({ training, heldOut, answered, problems }: RowSet, asked: number): Generator<RunEvent> {
  yield logged(
    'info',
    said`${training.size} examples are learned; ${heldOut.size} of ${problems} different problems are held out and measured, ${answered} of them by their answers.`,
  );
  if (heldOut.size < asked)
    yield logged(
      'info',
      said`No more than a tenth of the problems is held out: ${heldOut.size}, and not the ${asked} of evaluation.problems.`,
    );
}

/** Says so where a level has fewer problems than the config asks for. */
function* shortage(
  { task, evaluation }: SftConfig,
  wanted: number,
  train: ProblemSet,
  heldOut: ProblemSet,
): Generator<RunEvent> {
  const lines = [
    { asked: wanted, has: train.size, key: 'data.problems' },
    { asked: evaluation.problems, has: heldOut.size, key: 'evaluation.problems' },
  ];
  for (const { asked, has, key } of lines) {
    if (has >= asked) continue;
    const told = said`${key} asks for ${asked} problems, but the level ${task.level} has only ${has} that differ; all of them are used.`;
    yield logged('warning', told);
  }
}
