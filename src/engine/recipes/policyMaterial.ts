/** What a policy is asked, paid by and measured on: problems of a task, or of a file. */
import type { GrpoConfig, TaskConfig } from '../../config/schema.ts';
import { exampleLengths } from '../../config/lengths.ts';
import { promptRowsOf } from '../../config/planGrpo.ts';
import type { RunEvent } from '../../protocol/events.ts';
import { logged } from '../../protocol/logged.ts';
import { said } from '../../protocol/sentence.ts';
import { levelsInOrder } from '../rl/levelRanks.ts';
import { promptOrder } from '../rl/promptOrder.ts';
import { strictRowsJudge } from '../grading/rowsJudge.ts';
import { taskOf } from '../tasks/index.ts';
import type { Judge, Question } from '../tasks/task.ts';
import { fileName, hashOf, type Measured, type Opening, readPrompts, refuseOtherData, taskOrigin } from './material.ts';
import { problemSet } from './problemSet.ts';
import type { LevelledQuestions } from './promptSet.ts';
import { RunFailure } from './runFailure.ts';
import type { StartingPoint } from './startingPoint.ts';

export interface PolicyMaterial extends Measured {
  readonly prompts: PolicyPrompts;
  /** Whose verdict is paid for; stricter than that of an evaluation. */
  readonly payingJudge: Judge;
  /** Tells the data apart from others, in 48 bits; null where the config decides them. */
  readonly dataHash: number | null;
}

export interface PolicyPrompts {
  /** Different problems. */
  readonly size: number;
  /** The longest of them, in tokens. */
  readonly longest: number;
  /** The question at a place in a block of `rollout.prompts`; blocks are counted over the whole run, from 0. */
  at(block: number, place: number): Question;
}

/** Null where someone asked to stop while rows were read. `blocksOf` a number of problems is how many the run may ask for. */
export async function* policyMaterial(
  config: GrpoConfig,
  start: StartingPoint,
  opening: Opening,
  blocksOf: (problems: number) => number,
): AsyncGenerator<RunEvent, PolicyMaterial | null> {
  const data = promptRowsOf(config);
  if (data === null) return taskMaterial(config, blocksOf);
  const { problems: heldOut, seed } = config.evaluation;
  const found = yield* readPrompts(data, start, opening, { heldOut, seed });
  if (found === null) return null;
  const dataHash = hashOf(found);
  refuseOtherData(opening, data.path, dataHash);
  const { training, questions, problems, measured } = found;
  yield logged('info', said`${training.size} problems are asked; ${questions.size} of ${problems} are held out.`);
  const prompts = promptsInOrder(training, config, blocksOf, { longest: found.longest, isDrawn: false });
  return { ...measured, prompts, payingJudge: strictRowsJudge(fileName(data.path)), dataHash };
}

function taskMaterial(config: GrpoConfig, blocksOf: (problems: number) => number): PolicyMaterial {
  const { task, evaluation } = config;
  const judge = taskOf(task);
  const questions = problemSet(judge, 'heldOut', evaluation.seed, evaluation.problems);
  const isDrawn = config.curriculum.levels === undefined;
  const lengths = taskLevels(config).map((level) => exampleLengths(ofLevel(task, level)).prompt);
  const known = { longest: Math.max(...lengths), isDrawn };
  const prompts = promptsInOrder(taskProblems(config), config, blocksOf, known);
  const nothing = { heldOut: null, chatPrompt: null, dataHash: null };
  return { judge, payingJudge: judge, questions, ...nothing, prompts, origin: taskOrigin(judge) };
}

type TaskLevel = GrpoConfig['task']['level'];

/** Pre-flight has looked whether the task knows them. */
const taskLevels = ({ task, curriculum }: GrpoConfig): readonly TaskLevel[] =>
  (curriculum.levels as readonly TaskLevel[] | undefined) ?? [task.level];

const ofLevel = (task: TaskConfig, level: TaskLevel): TaskConfig => ({ ...task, level }) as TaskConfig;

/** Of several levels equal parts, level after level. */
function taskProblems(config: GrpoConfig): LevelledQuestions {
  const { task, data, seed } = config;
  const levels = taskLevels(config);
  const wanted = Math.ceil(('problems' in data ? data.problems : 0) / levels.length);
  const sets = levels.map((level) => ({
    level,
    set: problemSet(taskOf(ofLevel(task, level)), 'train', seed, wanted),
  }));
  const all = sets.flatMap(({ level, set }) => Array.from({ length: set.size }, (_, at) => ({ level, set, at })));
  return {
    size: all.length,
    level: (place) => all[place]?.level ?? null,
    at: (place) => {
      const found = all[place];
      if (!found) throw new Error(`There is no problem at place ${place}: there are ${all.length}.`);
      const { level, set, at } = found;
      return { ...set.at(at), level };
    },
  };
}

interface Known extends Pick<PolicyPrompts, 'longest'> {
  /** They stand in an order by chance already, and stay in it. */
  readonly isDrawn: boolean;
}

/** Those of the levels that are asked for. */
function promptsInOrder(
  problems: LevelledQuestions,
  config: GrpoConfig,
  blocksOf: (problems: number) => number,
  { longest, isDrawn }: Known,
): PolicyPrompts {
  const { curriculum, rollout, seed } = config;
  const { places, ranks, levels } = asked(problems, config);
  const size = places.length;
  refuseFew(config, size);
  if (isDrawn && curriculum.order === 'shuffled')
    return { size, longest, at: (block, place) => problems.at((block * rollout.prompts + place) % size) };
  const weights = curriculum.weights ?? levels.map(() => 1);
  const { order } = curriculum;
  const numberAt = promptOrder({ ranks, order, weights, seed, prompts: rollout.prompts, blocks: blocksOf(size) });
  return { size, longest, at: (block, place) => problems.at(places[numberAt(block, place)] ?? 0) };
}

/** Places of the problems whose level is named, with its rank; all where nothing is asked for by level. */
function asked(problems: LevelledQuestions, { curriculum }: GrpoConfig) {
  const all = Array.from({ length: problems.size }, (_, place) => place);
  if (curriculum.levels === undefined && curriculum.order === 'shuffled')
    return { places: all, ranks: all.map(() => 0), levels: [''] };
  const levels = curriculum.levels ?? levelsInOrder(all.flatMap((place) => problems.level(place) ?? []));
  const isDrawn = (rank: number): boolean =>
    rank >= 0 && (curriculum.order !== 'weighted' || (curriculum.weights ?? [])[rank] !== 0);
  const ranked = all.map((place) => ({ place, rank: levels.indexOf(problems.level(place) ?? '') }));
  const named = ranked.filter(({ rank }) => isDrawn(rank));
  return { places: named.map(({ place }) => place), ranks: named.map(({ rank }) => rank), levels };
}

function refuseFew({ rollout: { prompts }, curriculum: { order } }: GrpoConfig, size: number): void {
  if (prompts <= size) return;
  throw new RunFailure(
    'badConfig',
    said`A rollout takes ${prompts} problems, but there are only ${size} to be asked.`,
    order === 'shuffled'
      ? 'Lower rollout.prompts, or bring more problems.'
      : 'Lower rollout.prompts, bring more problems, or check curriculum.levels: problems of other levels are not asked.',
  );
}
