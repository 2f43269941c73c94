/**
 * The paper's programme as one run (arXiv 2506.07712, sections 2 and 4): the untouched model is measured, fine-tuned on long
 * traces at growing data sizes, with a control on short traces that the paper has not, and some rungs learn on by GRPO.
 * Each training is told by the recipe it is a case of, in a place of its own; what is finished is never done again.
 */
import { composeTraining } from '../../config/composeLadder.ts';
import { chosenTrainings, measuredSteps, planLadder } from '../../config/planLadder.ts';
import { checkpointBytes } from '../../config/plan.ts';
import type { EvaluateConfig, GrpoConfig, LadderConfig, SftConfig } from '../../config/schema.ts';
import type { RunEvent, RunStarted } from '../../protocol/events.ts';
import type { LadderPlan, LadderTraining } from '../../protocol/ladder.ts';
import { logged } from '../../protocol/logged.ts';
import { said } from '../../protocol/sentence.ts';
import { CellWitness } from './cellWitness.ts';
import type { RecipeDeps, Request } from './deps.ts';
import { evaluate } from './evaluate.ts';
import { EvaluationSaves } from './evaluationSaves.ts';
import { grpo } from './grpo.ts';
import { judged } from './judged.ts';
import { baseFacts } from './ladderBase.ts';
import type { LadderDeps } from './ladderDeps.ts';
import { refuseShortLevel } from './ladderLevel.ts';
import { partDeps } from './partDeps.ts';
import { RunFailure } from './runFailure.ts';
import { sft } from './sft.ts';
import { teachingOf } from './teaching.ts';

type Ending = 'completed' | 'stopped';

export const ladder = (config: LadderConfig, deps: LadderDeps): AsyncGenerator<RunEvent> =>
  judged(climbed(config, deps), config);

async function* climbed(config: LadderConfig, given: LadderDeps): AsyncGenerator<RunEvent> {
  const { deps, isStopping } = hearing(given);
  const base = baseFacts(config, deps);
  const plan = planLadder(config, base.name);
  const chosen = chosenTrainings(plan, config.only);
  forgetAgain(plan, chosen, deps);
  const open = chosen.filter(({ name }) => deps.cells.ending(name) === null);
  yield ladderStarted(config, deps, plan, base.parameters, open[0]);
  yield { type: 'ladder.planned', plan };
  refuseShortLevel(config, plan);
  yield* toldAgain(plan, deps);
  yield costTold(config, plan, open, base.parameters);
  const climb = { config, deps, plan, tokenizer: base.tokenizer };
  for (const training of open) {
    const ending = isStopping() ? 'stopped' : yield* crossed(training, climb);
    if (ending === 'stopped') return yield { type: 'run.finished', reason: 'stopped' };
  }
  yield { type: 'run.finished', reason: 'completed' };
}

/** A stop is said once, and may be heard by a training that is over then: it is meant for the whole ladder. */
function hearing(deps: LadderDeps): { readonly deps: LadderDeps; readonly isStopping: () => boolean } {
  let isStopping = false;
  const takeRequests = (): readonly Request[] => {
    const requests = deps.takeRequests();
    isStopping ||= requests.some(({ type }) => type === 'stop');
    return requests;
  };
  return { deps: { ...deps, takeRequests }, isStopping: () => isStopping };
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

/**
 * What starts from a training that is done again is done again too. Throws `badConfig` for a name that is not in the plan,
 * or that the config leaves out: nothing is removed then.
 */
function forgetAgain(
  { trainings }: LadderPlan,
  chosen: readonly LadderTraining[],
  { again, base, cells }: LadderDeps,
): void {
  const known = chosen.map(({ name }) => name);
  const strange = again.find((name) => !known.includes(name));
  if (strange !== undefined) {
    const isThere = trainings.some(({ name }) => name === strange);
    throw new RunFailure(
      'badConfig',
      isThere ? said`The config leaves the training ${strange} out.` : said`The ladder has no training ${strange}.`,
      said`Its trainings are: ${known.join(', ')}.`,
    );
  }
  const undone = new Set(again);
  const isGiven = (name: string): boolean => base !== null && name === trainings[0]?.name;
  for (const { name, from } of trainings) if (from !== null && !isGiven(from) && undone.has(from)) undone.add(name);
  // What is killed in between must not find a rung whose start is another one.
  for (const { name } of trainings.toReversed()) if (undone.has(name)) cells.forget(name);
}

/** What earlier attempts have done. */
function* toldAgain({ trainings }: LadderPlan, { cells }: LadderDeps): Generator<RunEvent> {
  for (const { name } of trainings) {
    for (const result of cells.results(name)) yield { type: 'cell.finished', result, seconds: null };
    const ending = cells.ending(name);
    if (ending?.type === 'failed') yield { type: 'training.failed', training: name, error: ending.error };
  }
}

function costTold(
  { evaluation }: LadderConfig,
  { cells, trainings }: LadderPlan,
  open: readonly LadderTraining[],
  parameters: number,
): RunEvent {
  const steps = open.reduce((sum, training) => sum + training.steps, 0);
  const tokens = Math.round(open.reduce((sum, training) => sum + training.tokens, 0));
  const answers = cells.length * evaluation.problems * evaluation.samplesPerProblem;
  const models = trainings.filter(({ steps }) => steps > 0).length;
  const megabytes = Math.ceil((models * checkpointBytes(parameters)) / 1e6);
  return logged(
    'info',
    said`${open.length} trainings are to be done: ${steps} steps on about ${tokens} tokens; ${answers} answers are measured in the whole ladder, whose checkpoints take about ${megabytes} MB of the disk when it is done.`,
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
  const saves = own.recipe === 'evaluate' ? null : new EvaluationSaves(deps.cells.resumeStep(training.name));
  const takeRequests = (): readonly Request[] => [...(saves?.take() ?? []), ...deps.takeRequests()];
  let ending: Ending = 'stopped';
  for await (const event of storyOf(own, { ...partDeps(training, plan, deps), takeRequests })) {
    saves?.see(event);
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
