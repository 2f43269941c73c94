/** Looks at what a config wants a policy to be asked, without a weight or a completion. */
import { completionsPerRollout, stepsPerRollout, totalGrpoSteps } from '../../config/planGrpo.ts';
import type { GrpoConfig } from '../../config/schema.ts';
import { isVerifiable } from '../../engine/grading/rowsJudge.ts';
import { ExampleTally } from '../../engine/preflight/exampleTally.ts';
import { lengthStatistics } from '../../engine/preflight/lengthStatistics.ts';
import { policyFindings } from '../../engine/preflight/policyFindings.ts';
import { policyMemory } from '../../engine/recipes/policyMemory.ts';
import { MOST_HELD_OUT } from '../../engine/recipes/rowSet.ts';
import type { Affected, ExampleStatistics, PreflightReport, PreflightSource } from '../../protocol/preflight.ts';
import { machineMemory } from '../../runs/machine.ts';
import { cpuIdentity, diskEstimate, trainedModel } from './estimates.ts';
import type { PreflightOptions } from './preflight.ts';
import { openTraining, type OpenTraining } from './training.ts';
import type { TrainingRows } from './trainingRows.ts';

export interface PolicyPreflightOptions extends Omit<PreflightOptions, 'config'> {
  readonly config: GrpoConfig;
}

/** Throws the typed failures of model, tokenizer, template and data. */
export async function policyPreflight(options: PolicyPreflightOptions): Promise<PreflightReport> {
  const training = await openTraining(options.config, options.configPath, options.programs);
  try {
    return await look(training, options);
  } finally {
    training.rows.close();
  }
}

async function look({ model, rows }: OpenTraining, options: PolicyPreflightOptions): Promise<PreflightReport> {
  const { config, configPath } = options;
  const { source, statistics, unverifiable } = await looked(rows, options);
  const { kind, paths, limits } = rows;
  const trained = trainedModel(model, config);
  const work = workOf(config, statistics, statistics.trained - unverifiable.count, source, kind);
  const memory = memoryOf(trained, config, statistics);
  const disk = diskEstimate(trained, config, configPath);
  const findings = policyFindings({
    ...{ kind, source, statistics, unverifiable, memory, disk, paths, ...config.rollout },
    ...{ maxPositions: model.maxPositions, mostTokens: limits.mostTokens },
    problems: source.looked === source.rows ? work.examples : null,
    passPath: ['training', config.training.microBatchSize === undefined ? 'batchSize' : 'microBatchSize'],
  });
  const { mostTokens } = limits;
  const overlap = { count: 0, first: '' };
  const policy = { completions: completionsPerRollout(config) };
  return { v: 1, source, mostTokens, statistics, work, memory, disk, overlap, findings, policy };
}

interface Looked {
  readonly source: PreflightSource;
  readonly statistics: ExampleStatistics;
  readonly unverifiable: Affected;
}

async function looked(rows: TrainingRows, { isAll, onProgress }: PolicyPreflightOptions): Promise<Looked> {
  const tally = new ExampleTally(rows.limits);
  const answers: number[] = [];
  let unverifiable: Affected = { count: 0, first: '' };
  const counted = await rows.sample({ isAll, onProgress }, (row) => {
    tally.add(row);
    if (rows.kind === 'task' || !('example' in row)) return;
    const answer = row.text?.answer ?? '';
    if (isVerifiable(answer)) answers.push(boxedLength(answer, rows));
    else unverifiable = { count: unverifiable.count + 1, first: unverifiable.first || row.place };
  });
  const statistics = tally.result();
  const paid = rows.kind === 'task' ? statistics.completion : lengthStatistics(answers);
  return { source: { name: rows.name, ...counted }, statistics: { ...statistics, completion: paid }, unverifiable };
}

/** Tokens of the shortest completion that is paid: the answer alone, and an end. A right answer may be a whole solution: then its end stands for it. */
const boxedLength = (answer: string, { tokenizer }: Pick<TrainingRows, 'tokenizer'>): number =>
  tokenizer.encode(`\\boxed{${answer.slice(-LONGEST_ANSWER)}}`).length + 1;
const LONGEST_ANSWER = 40;

/** Null where a GPU computes: WebGPU does not tell what it has. */
function memoryOf(
  model: Parameters<typeof policyMemory>[0],
  config: GrpoConfig,
  { prompt: { longest } }: ExampleStatistics,
): PreflightReport['memory'] {
  if (config.device === 'gpu') return null;
  const { peak } = policyMemory(model, config, { identity: cpuIdentity(config) }, longest);
  return { bytes: peak, machineBytes: machineMemory() };
}

/** Tokens are the most that can be written and learned from. */
function workOf(
  config: GrpoConfig,
  { prompt }: ExampleStatistics,
  usable: number,
  { looked: seen, rows }: PreflightSource,
  kind: TrainingRows['kind'],
): PreflightReport['work'] {
  const all = Math.max(1, Math.round((usable * (rows ?? seen)) / Math.max(1, seen)));
  const heldOut =
    kind === 'task' ? 0 : Math.min(config.evaluation.problems, Math.max(1, Math.floor(all * MOST_HELD_OUT)));
  const examples = Math.max(1, all - heldOut);
  const steps = totalGrpoSteps(config, examples);
  const rollouts = steps / stepsPerRollout(config);
  const learned = rollouts * completionsPerRollout(config) * config.rollout.maxNewTokens;
  return {
    ...{ steps, examples, heldOutShare: heldOut / all, epochs: (rollouts * config.rollout.prompts) / examples },
    ...{ tokens: learned + rollouts * config.rollout.prompts * prompt.median, learned, seconds: null },
  };
}
