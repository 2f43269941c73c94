/**
 * The paper's programme as one run (arXiv 2506.07712, sections 2 and 4): the untouched model is measured, fine-tuned on long
 * traces at growing data sizes, with a control on short traces that the paper has not, and some rungs learn on by GRPO.
 * Each training is told by the recipe it is a case of, in a place of its own; what is finished is never done again.
 */
import { composeTraining } from '../../config/composeLadder.ts';
import { chosenTrainings, measuredSteps, planLadder } from '../../config/planLadder.ts';
import type { EvaluateConfig, GrpoConfig, LadderConfig, SftConfig } from '../../config/schema.ts';
import type { RunEvent, RunStarted } from '../../protocol/events.ts';
import type { LadderPlan, LadderTraining } from '../../protocol/ladder.ts';
import { logged } from '../../protocol/logged.ts';
import { said } from '../../protocol/sentence.ts';
import { taskOf } from '../tasks/index.ts';
import { CellWitness } from './cellWitness.ts';
import type { RecipeDeps } from './deps.ts';
import { evaluate } from './evaluate.ts';
import { grpo } from './grpo.ts';
import { judged } from './judged.ts';
import { baseFacts } from './ladderBase.ts';
import type { LadderDeps } from './ladderDeps.ts';
import { problemSet } from './problemSet.ts';
import { RunFailure } from './runFailure.ts';
import { sft } from './sft.ts';
import { teachingOf } from './teaching.ts';

type Ending = 'completed' | 'stopped';

export const ladder = (config: LadderConfig, deps: LadderDeps): AsyncGenerator<RunEvent> =>
  judged(climbed(config, deps), config);

async function* climbed(config: LadderConfig, deps: LadderDeps): AsyncGenerator<RunEvent> {
  const base = baseFacts(config, deps);
  const plan = planLadder(config, base.name);
  forgetAgain(plan, deps);
  const chosen = chosenTrainings(plan, config.only);
  const open = chosen.filter(({ name }) => deps.cells.ending(name) === null);
  yield ladderStarted(config, deps, plan, base.parameters, open[0]);
  yield { type: 'ladder.planned', plan };
  refuseShortLevel(config);
  yield* toldAgain(plan, deps);
  yield costTold(config, plan, open);
  const climb = { config, deps, plan, tokenizer: base.tokenizer };
  for (const training of open) {
    const ending = yield* crossed(training, climb);
    if (ending === 'stopped') return yield { type: 'run.finished', reason: 'stopped' };
  }
  yield { type: 'run.finished', reason: 'completed' };
}

interface Climb {
  readonly config: LadderConfig;
  readonly deps: LadderDeps;
  readonly plan: LadderPlan;
  readonly tokenizer: ReturnType<typeof baseFacts>['tokenizer'];
}

const ladderStarted = (
  config: LadderConfig,
  { executor, cells }: LadderDeps,
  { trainings }: LadderPlan,
  parameters: number,
  next: LadderTraining | undefined,
): RunStarted => {
  const totalSteps = trainings.reduce((sum, { steps }) => sum + steps, 0);
  const from = next ? next.firstStep + cells.resumeStep(next.name) : totalSteps;
  return {
    type: 'run.started',
    recipe: 'ladder',
    name: config.name ?? '',
    task: `${config.task.name}/${config.task.level}`,
    parameters,
    executor: executor.identity,
    runtime: { version: '', foundBy: 'cli' },
    totalSteps,
    evaluationSteps: trainings.flatMap((one) => measuredSteps(config, one).map((step) => one.firstStep + step)),
    ...(from > 0 && { resumedFrom: { step: from, checkpoint: '' } }),
  };
};

/** All cells are measured on the same problems, and a rung that has fewer than it says would be another rung. */
function refuseShortLevel(config: LadderConfig): void {
  const { evaluation, sizes, seeds } = config;
  const trained = composeTraining(config, { stage: 'sft', size: sizes.at(-1) ?? 0, seed: seeds[0] ?? 0 });
  const task = taskOf(trained.task);
  const largest = sizes.at(-1) ?? 0;
  const lines = [
    { key: 'sizes', asked: largest, has: problemSet(task, 'train', trained.seed, largest).size },
    {
      key: 'evaluation.problems',
      asked: evaluation.problems,
      has: problemSet(task, 'heldOut', evaluation.seed, evaluation.problems).size,
    },
  ];
  for (const { key, asked, has } of lines)
    if (has < asked)
      throw new RunFailure(
        'badConfig',
        said`${key} asks for ${asked} problems, but the task ${task.name} has only ${has} that differ.`,
        'Ask for fewer, or choose another level of the task.',
      );
}

/** Throws `badConfig` for a name that is not in the plan: nothing is removed then. */
function forgetAgain({ trainings }: LadderPlan, { again, cells }: LadderDeps): void {
  const known = trainings.map(({ name }) => name);
  const strange = again.find((name) => !known.includes(name));
  if (strange !== undefined)
    throw new RunFailure(
      'badConfig',
      said`The ladder has no training ${strange}.`,
      said`Its trainings are: ${known.join(', ')}.`,
    );
  for (const name of again) cells.forget(name);
}

/** What earlier attempts have done. */
function* toldAgain({ trainings }: LadderPlan, { cells }: LadderDeps): Generator<RunEvent> {
  for (const { name } of trainings) {
    for (const result of cells.results(name)) yield { type: 'cell.finished', result, seconds: null };
    const ending = cells.ending(name);
    if (ending?.type === 'failed') yield { type: 'training.failed', training: name, error: ending.error };
  }
}

function costTold({ evaluation }: LadderConfig, { cells }: LadderPlan, open: readonly LadderTraining[]): RunEvent {
  const steps = open.reduce((sum, training) => sum + training.steps, 0);
  const tokens = Math.round(open.reduce((sum, training) => sum + training.tokens, 0));
  const answers = cells.length * evaluation.problems * evaluation.samplesPerProblem;
  return logged(
    'info',
    said`${open.length} trainings are to be done: ${steps} steps on about ${tokens} tokens; ${answers} answers are measured in the whole ladder.`,
  );
}

/** One training with what is measured of it. */
async function* crossed(training: LadderTraining, climb: Climb): AsyncGenerator<RunEvent, Ending> {
  const { name } = training;
  const { cells } = climb.deps;
  yield { type: 'cell.started', training: name };
  try {
    const ending = yield* told(training, climb);
    if (ending === 'completed') cells.finish(name);
    return ending;
  } catch (error) {
    const failure = cells.fail(name, error);
    if (failure === null) throw error;
    yield { type: 'training.failed', training: name, error: failure };
    return 'completed';
  }
}

/** The story of a training, retold as a part of the ladder's. */
async function* told(training: LadderTraining, climb: Climb): AsyncGenerator<RunEvent, Ending> {
  const { config, deps, plan, tokenizer } = climb;
  const own = composeTraining(config, training);
  deps.cells.begin(training.name, own);
  const teaching = own.recipe === 'sft' ? teachingOf(own, tokenizer) : null;
  const witness = new CellWitness({ training, plan, teaching, seconds: () => deps.now() / 1000 });
  let ending: Ending = 'stopped';
  for await (const event of storyOf(own, depsOf(training, climb))) {
    if (event.type === 'run.finished') ending = event.reason;
    yield* retold(event, training.firstStep);
    for (const finished of witness.see(event)) {
      deps.cells.keep(training.name, finished.result);
      yield finished;
    }
  }
  return ending;
}

function storyOf(config: SftConfig | GrpoConfig | EvaluateConfig, deps: RecipeDeps): AsyncGenerator<RunEvent> {
  switch (config.recipe) {
    case 'sft':
      return sft(config, deps);
    case 'grpo':
      return grpo(config, deps);
    case 'evaluate':
      return evaluate(config, deps);
    default:
      return config satisfies never;
  }
}

function depsOf({ name, from, stage }: LadderTraining, { deps, plan }: Climb): RecipeDeps {
  const { executor, text, now, takeRequests, stream, base, cells } = deps;
  return {
    ...{ executor, now, takeRequests, stream },
    ...(text && { text }),
    model: from === null ? (base?.() ?? null) : modelOf(from, plan, deps),
    resume: stage === 'base' && base ? null : cells.resume(name),
    save: cells.save(name),
  };
}

/** Throws `diverged` where the start never came to be, so that what depends on it fails like it. */
function modelOf(from: string, { trainings }: LadderPlan, { base, cells }: LadderDeps) {
  const start = trainings.find(({ name }) => name === from);
  if (start?.stage === 'base' && base) return base();
  if (cells.ending(from)?.type === 'failed')
    throw new RunFailure('diverged', said`The training ${from}, which this one starts from, has failed.`);
  return cells.model(from);
}

/** Only a run of its own says these. */
const OWN: readonly RunEvent['type'][] = [
  'run.started',
  'plan.changed',
  'checkpoint.saved',
  'checkpoint.removed',
  'run.finished',
];

/** With steps counted over the whole ladder. */
function retold(event: RunEvent, firstStep: number): RunEvent[] {
  if (OWN.includes(event.type)) return [];
  if (!('step' in event)) return [event];
  const step = firstStep + event.step;
  if (event.type !== 'completions.sampled') return [{ ...event, step }];
  const completions = event.completions.map((one) => ({ ...one, step, id: one.id.replace(/^\d+/, String(step)) }));
  return [{ ...event, step, completions }];
}
