/** Pre-flight: what single keys cannot show, because it takes two of them to be wrong. */
import type { GpuFacts } from '../protocol/gpuFacts.ts';
import type { Strings } from '../protocol/translate.ts';
import { checkDpo } from './checksOfDpo.ts';
import { valueAt } from './explain.ts';
import type { Finding } from './finding.ts';
import { exampleLengths } from './lengths.ts';
import { checkpointBytes, decoderParameters, isNewModel, modelSource, plannedSteps, sequencesPerStep } from './plan.ts';
import { memoryOf, microBatchOf } from './memory.ts';
import { teller, type Say, type Tell } from './checkTelling.ts';
import { checkDevice, checkGpu, checkPrecision } from './checksOfDevice.ts';
import { checkGrpo } from './checksOfGrpo.ts';
import { checkBasePath, checkLadder } from './checksOfLadder.ts';
import { plannedGrpoSteps } from './planGrpo.ts';
import { checkBenchmarkPaths, checkBenchmarks } from './checksOfBenchmarks.ts';
import { checkFiles, checkPrepare } from './checksOfPrepare.ts';
import { checkRows, checkRowsPath, rowsIn } from './checksOfRows.ts';
import { MOST } from './fields.ts';
import type {
  DecoderConfig,
  ExampleRunConfig,
  ModelRunConfig,
  RunConfig,
  SftConfig,
  TrainingRunConfig,
} from './schema.ts';

/** The machine that is to run a config. */
export interface Machine {
  /** Bytes of memory that programs may take. */
  readonly memoryBytes: number;
  /** Its GPU, where one was tried. */
  readonly gpu: GpuFacts | null;
}

/** Findings about a valid config. `written` is the config as written, without defaults: what is not there is not blamed. */
export function checkConfig(config: RunConfig, written: unknown, strings: Strings, machine: Machine): Finding[] {
  const say: Say = { error: teller('error', strings), warning: teller('warning', strings), written };
  if (config.recipe === 'prepare') return checkPrepare(config, say);
  if (config.recipe === 'ladder') return checkLadder(config, say);
  const common = [...checkDevice(config, say), ...checkGpu(config, say, machine.gpu), ...checkTask(config, say)];
  switch (config.recipe) {
    case 'sft':
      return [
        ...common,
        ...checkEvaluation(config, say),
        ...checkSft(config, say),
        ...checkMemory(config, say, machine.memoryBytes),
      ];
    case 'grpo':
      return [
        ...common,
        ...checkGreedy(config, say),
        ...checkLearning(config, plannedGrpoSteps(config), say),
        ...checkGrpo(config, say),
      ];
    case 'dpo':
      return [
        ...common,
        ...checkEvaluation(config, say),
        ...checkLearning(config, plannedSteps(config), say),
        ...checkLooks(config, plannedSteps(config), say),
        ...checkDpo(config, say),
      ];
    case 'evaluate':
      return config.benchmarks
        ? [...common, ...checkBenchmarks(config, say)]
        : [...common, ...checkEvaluation(config, say)];
    case 'sample':
      return common;
    default:
      config satisfies never;
      return common;
  }
}

/** A model or a file of rows that is not there ends the run before its first step. */
export function checkPaths(config: RunConfig, isThere: (path: string) => boolean, strings: Strings): Finding[] {
  const tell = teller('error', strings);
  if (config.recipe === 'prepare') return checkFiles(config, isThere, tell);
  if (config.recipe === 'ladder') return checkBasePath(config, isThere, tell);
  return [
    ...checkModelPath(config, isThere, tell),
    ...checkRowsPath(config, isThere, tell),
    ...checkBenchmarkPaths(config, isThere, tell),
  ];
}

function checkModelPath(config: ModelRunConfig, isThere: (path: string) => boolean, tell: Tell): Finding[] {
  const source = modelSource(config.model);
  if (source === null || isThere(source)) return [];
  const message = 'there is no such folder';
  return 'path' in config.model
    ? [
        tell(
          ['model', 'path'],
          message,
          'Name the folder that holds config.json and the weights, relative to this config.',
          [],
        ),
      ]
    : [
        tell(
          ['model', 'checkpoint'],
          message,
          'Name the folder of a checkpoint or of a run, relative to this config.',
          [],
        ),
      ];
}

const checkSft = (config: SftConfig, say: Say): Finding[] => [
  ...(isNewModel(config.model) ? checkModel(config, config.model, say) : []),
  ...checkData(config, say),
  ...checkLearning(config, plannedSteps(config), say),
  ...checkLooks(config, plannedSteps(config), say),
  ...checkCheckpoints(config, say),
];

/** Settings of long traces do nothing on short ones, and a task nothing beside rows. */
function checkTask(config: ModelRunConfig, say: Say): Finding[] {
  const { warning, written } = say;
  if (config.recipe === 'sample' || config.recipe === 'dpo') return [];
  if (config.recipe === 'evaluate' && config.benchmarks) return [];
  if (rowsIn(config)) return checkRows(config, say);
  if (config.task.trace === 'long') return [];
  return ['reflectionRate', 'slipRate']
    .filter((key) => valueAt(written, ['task', key]) !== undefined)
    .map((key) =>
      warning(['task', key], '`{0}` has no effect on short traces', 'Set `trace` to "long", or remove `{0}`.', [key]),
    );
}

const checkModel = (config: SftConfig, model: DecoderConfig, say: Say): Finding[] => [
  ...checkShape(model, say),
  ...checkSize(model, say),
  ...checkRoom(config, model, say),
  ...checkExamples(config, model, say),
];

function checkShape(model: DecoderConfig, { error }: Say): Finding[] {
  const { hiddenSize, numAttentionHeads: heads, numKeyValueHeads: shared } = model;
  const findings: Finding[] = [];
  if (hiddenSize % (2 * heads) !== 0)
    findings.push(
      error(
        ['model', hiddenSize % heads === 0 ? 'hiddenSize' : 'numAttentionHeads'],
        '`hiddenSize` {0} does not divide into {1} heads of an even width',
        'Choose a multiple of {2} for `hiddenSize`, for example {3}.',
        [hiddenSize, heads, 2 * heads, Math.max(1, Math.round(hiddenSize / (2 * heads))) * 2 * heads],
      ),
    );
  if (heads % shared !== 0)
    findings.push(
      error(
        ['model', 'numKeyValueHeads'],
        '{0} query heads cannot share {1} key/value heads evenly',
        'Set `numKeyValueHeads` to a divisor of {0}, for example {0}.',
        [heads, shared],
      ),
    );
  return findings;
}

/** Larger models than this do not fit what 32-bit training on one device can address. */
const MOST_PARAMETERS = 1_000_000_000;

function checkSize(model: DecoderConfig, { error }: Say): Finding[] {
  const parameters = decoderParameters(model, 64);
  if (parameters <= MOST_PARAMETERS) return [];
  return [
    error(
      ['model'],
      'the model would have about {0} million parameters, more than the {1} million that can be trained here',
      'Lower `hiddenSize`, `intermediateSize` or `numHiddenLayers`.',
      [Math.round(parameters / 1e6), MOST_PARAMETERS / 1e6],
    ),
  ];
}

/** Every completion must fit behind its prompt. */
function checkRoom(config: SftConfig, model: DecoderConfig, { error }: Say): Finding[] {
  const room = model.maxPositionEmbeddings;
  return (['sampling', 'evaluation'] as const)
    .filter((section) => config[section].maxNewTokens >= room)
    .map((section) =>
      error(
        [section, 'maxNewTokens'],
        'no room is left for a prompt: {0} new tokens, but the model holds {1} in all (`maxPositionEmbeddings`)',
        'Lower `maxNewTokens` or raise `model.maxPositionEmbeddings`.',
        [config[section].maxNewTokens, room],
      ),
    );
}

/** An example that the model cannot hold ends the run. */
function checkExamples(config: SftConfig, model: DecoderConfig, { error, warning }: Say): Finding[] {
  if (rowsIn(config)) return [];
  const { task } = config;
  const { prompt, usual, longest } = exampleLengths(task);
  const room = model.maxPositionEmbeddings;
  if (prompt + longest <= room) return [];
  const tell = prompt + usual > room ? error : warning;
  return [
    tell(
      ['model', 'maxPositionEmbeddings'],
      'examples of this task reach {0} tokens, but the model holds {1}: the run fails at the first longer one',
      'Set `model.maxPositionEmbeddings` to at least {0}, or choose an easier `task.level` or short traces.',
      [prompt + longest, room],
    ),
  ];
}

const TIGHT = 0.8;

/** An estimate that is known to lie within a sixth of what is measured (docs/log.md). */
function checkMemory(config: SftConfig, { error, warning }: Say, memoryBytes: number): Finding[] {
  const { training, device } = config;
  const need = memoryOf(config)?.peak ?? 0;
  if (device === 'gpu' || need <= TIGHT * memoryBytes) return [];
  const tell = need > memoryBytes ? error : warning;
  return [
    tell(
      ['training', training.microBatchSize === undefined ? 'batchSize' : 'microBatchSize'],
      'the run takes about {0} GB of memory; this machine has {1} GB',
      'Set `training.microBatchSize` below {2}: the result stays the same. A smaller model takes less too.',
      [gigabytes(need), gigabytes(memoryBytes), microBatchOf(config)],
    ),
  ];
}

const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);

/** Adapters stand beside weights that know something already. */
function checkMethod({ model, training }: TrainingRunConfig, { error, warning, written }: Say): Finding[] {
  if (training.method === 'lora' && isNewModel(model))
    return [
      error(
        ['training', 'method'],
        'adapters need a model that has learned something: this one is new, with random weights',
        'Name a checkpoint or a run in `model.checkpoint` or a folder in `model.path`, or set `method` to "full".',
        [],
      ),
    ];
  if (training.method === 'lora' || valueAt(written, ['training', 'lora']) === undefined) return [];
  return [
    warning(
      ['training', 'lora'],
      '`lora` has no effect: all weights are trained',
      'Set `method` to "lora", or remove `lora`.',
      [],
    ),
  ];
}

function checkData(config: SftConfig, { error }: Say): Finding[] {
  if (!('problems' in config.data)) return [];
  const { problems } = config.data;
  const batch = sequencesPerStep(config);
  if (batch <= problems) return [];
  return [
    error(
      config.training.batchSize > problems ? ['training', 'batchSize'] : ['training', 'gradientAccumulationSteps'],
      'one step takes {0} sequences, but there are only {1} training problems',
      'Raise `data.problems` to at least {0}, or lower `training.batchSize` or `gradientAccumulationSteps`.',
      [batch, problems],
    ),
  ];
}

/** What all recipes that train have in common; `steps` is null where they depend on rows. */
const checkLearning = (config: TrainingRunConfig, steps: number | null, say: Say): Finding[] => [
  ...checkMethod(config, say),
  ...checkPrecision(config, say),
  ...checkMicroBatch(config, say),
  ...checkRates(config, say),
  ...(steps === null ? [] : checkEvaluationSteps(config, steps, say)),
];

function checkEvaluationSteps(config: TrainingRunConfig, steps: number, { error, warning }: Say): Finding[] {
  const { everySteps } = config.evaluation;
  if (steps > MOST || steps / everySteps > MOST_EVALUATIONS) return [tooMany(config, steps, error)];
  if (everySteps <= steps) return [];
  return [
    warning(
      ['evaluation', 'everySteps'],
      'the run ends after step {1}: it is evaluated at its end, not every {0} steps',
      'Lower `evaluation.everySteps` to see scores on the way.',
      [everySteps, steps],
    ),
  ];
}

/** For a run that is not too long to have any steps. */
function checkLooks({ sampling }: ExampleRunConfig, steps: number | null, { warning }: Say): Finding[] {
  if (steps === null || steps > MOST || sampling.everySteps <= steps) return [];
  return [
    warning(
      ['sampling', 'everySteps'],
      'the run ends after step {1}: no completion is shown before step {0}',
      'Lower `sampling.everySteps`.',
      [sampling.everySteps, steps],
    ),
  ];
}

function checkMicroBatch({ training: { microBatchSize, batchSize } }: TrainingRunConfig, { warning }: Say): Finding[] {
  if (microBatchSize === undefined || microBatchSize <= batchSize) return [];
  return [
    warning(
      ['training', 'microBatchSize'],
      '`microBatchSize` {0} is larger than `batchSize` {1}: a pass takes the whole batch',
      'Lower `microBatchSize`, or remove it.',
      [microBatchSize, batchSize],
    ),
  ];
}

function checkRates({ training }: TrainingRunConfig, { warning }: Say): Finding[] {
  const findings: Finding[] = [];
  if (training.epochs !== undefined && training.maxSteps !== undefined)
    findings.push(
      warning(['training', 'epochs'], '`epochs` is ignored, because `maxSteps` is set', 'Remove one of them.', []),
    );
  if (training.warmupRatio === 1)
    findings.push(
      warning(
        ['training', 'warmupRatio'],
        'the learning rate rises over the whole run and never reaches its highest value',
        'Lower `warmupRatio`; 0.05 is usual.',
        [],
      ),
    );
  if (training.lrSchedulerType === 'constant' && training.minLearningRateRatio > 0)
    findings.push(
      warning(
        ['training', 'minLearningRateRatio'],
        '`minLearningRateRatio` has no effect on a constant learning rate',
        'Set `lrSchedulerType` to "cosine" or "linear", or remove `minLearningRateRatio`.',
        [],
      ),
    );
  return findings;
}

const MOST_EVALUATIONS = 10_000;

const tooMany = (config: TrainingRunConfig, steps: number, error: Tell): Finding =>
  steps > MOST
    ? error(['training', 'epochs'], 'that makes {0} steps, more than any run can take', 'Lower `epochs`.', [steps])
    : error(
        ['evaluation', 'everySteps'],
        'that makes {0} evaluations in {1} steps; at most {2} can be shown',
        'Raise `evaluation.everySteps`.',
        [Math.ceil(steps / config.evaluation.everySteps), steps, MOST_EVALUATIONS],
      );

type Measured = Exclude<ModelRunConfig, { recipe: 'sample' }>;

const checkEvaluation = (config: Measured, say: Say): Finding[] => [
  ...checkGreedy(config, say),
  ...checkCut(config, say),
];

/** A limit below the length of right answers makes a valley that is none. */
function checkCut(config: Measured, { warning }: Say): Finding[] {
  if (config.recipe === 'dpo' || rowsIn(config)) return [];
  const { task, evaluation } = config;
  const { usual } = exampleLengths(task);
  if (evaluation.maxNewTokens >= usual) return [];
  return [
    warning(
      ['evaluation', 'maxNewTokens'],
      'answers are cut after {0} tokens and then count as wrong, but the written ones reach {1}',
      'Raise `evaluation.maxNewTokens` to at least {1}.',
      [evaluation.maxNewTokens, usual],
    ),
  ];
}

/** Several greedy completions of one problem are all the same. */
function checkGreedy(config: Measured, { warning }: Say): Finding[] {
  const { temperature, samplesPerProblem } = config.evaluation;
  if (temperature > 0 || samplesPerProblem === 1) return [];
  return [
    warning(
      ['evaluation', 'samplesPerProblem'],
      'at temperature 0 all {0} completions of a problem are the same',
      'Set `samplesPerProblem` to 1, or raise `temperature`.',
      [samplesPerProblem],
    ),
  ];
}

function checkCheckpoints(config: SftConfig, { warning }: Say): Finding[] {
  if (!isNewModel(config.model)) return [];
  const { keepLast, keepBest, diskBudgetMB } = config.checkpoints;
  const megabytes = Math.ceil((checkpointBytes(decoderParameters(config.model, 64)) * (keepLast + keepBest)) / 1e6);
  if (megabytes <= diskBudgetMB) return [];
  return [
    warning(
      ['checkpoints', 'diskBudgetMB'],
      '{0} checkpoints take about {1} MB, more than the {2} MB allowed: fewer are kept',
      'Raise `diskBudgetMB`, or keep fewer.',
      [keepLast + keepBest, megabytes, diskBudgetMB],
    ),
  ];
}
