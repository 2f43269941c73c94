/** Pre-flight of `ladder`: rungs that cannot be climbed, settings without effect, and what each of its trainings would be told. */
import type { Say, Tell } from './checkTelling.ts';
import { checkDevice } from './checksOfDevice.ts';
import { checkGrpo } from './checksOfGrpo.ts';
import { composeGrpo, composeSft, PAPER_SIZES } from './composeLadder.ts';
import { valueAt } from './explain.ts';
import { MOST } from './fields.ts';
import type { Finding } from './finding.ts';
import { exampleLengths } from './lengths.ts';
import { sequencesPerStep, totalSteps } from './plan.ts';
import { ladderTrainings } from './planLadder.ts';
import type { LadderConfig } from './schema.ts';

/** A base that is not there ends the run before its first step. */
export function checkBasePath({ base }: LadderConfig, isThere: (path: string) => boolean, error: Tell): Finding[] {
  if ('model' in base) return [];
  const [key, source] = 'path' in base ? ['path', base.path] : ['checkpoint', base.checkpoint];
  if (isThere(source)) return [];
  return [
    error(
      ['base', key],
      'there is no such folder',
      'Name the folder of a checkpoint, of a run or of a model, relative to this config.',
      [],
    ),
  ];
}

export function checkLadder(config: LadderConfig, say: Say): Finding[] {
  const shape = [...checkSizes(config, say), ...checkSeeds(config, say), ...checkSchedule(config, say)];
  if (shape.some(({ severity }) => severity === 'error')) return shape;
  return [
    ...checkDevice(config, say),
    ...shape,
    ...checkStarts(config, say),
    ...checkBatches(config, say),
    ...checkLength(config, say),
    ...checkOnly(config, say),
    ...checkPolicies(config, say),
  ];
}

function checkSizes({ sizes }: LadderConfig, { error }: Say): Finding[] {
  const place = sizes.findIndex((size, i) => i > 0 && size <= (sizes[i - 1] ?? 0));
  if (place < 0) return [];
  return [
    error(['sizes', place], 'sizes of rungs ascend, but {0} follows {1}', 'List each size once, the smallest first.', [
      sizes[place] ?? 0,
      sizes[place - 1] ?? 0,
    ]),
  ];
}

function checkSeeds({ seeds }: LadderConfig, { error, warning }: Say): Finding[] {
  const twice = seeds.findIndex((seed, i) => seeds.indexOf(seed) < i);
  if (twice >= 0)
    return [error(['seeds', twice], 'the seed {0} is listed twice', 'List each seed once.', [seeds[twice] ?? 0])];
  if (seeds.length > 1) return [];
  return [
    warning(['seeds'], 'with one seed it cannot be told how far chance moves a rung', 'List two seeds or more.', []),
  ];
}

/** What the schedule decides cannot be decided elsewhere. */
function checkSchedule({ schedule, sizes, rungs }: LadderConfig, { error, warning, written }: Say): Finding[] {
  const strange = rungs.findIndex(({ size }) => !sizes.includes(size));
  if (schedule === 'custom')
    return strange < 0
      ? []
      : [
          error(['rungs', strange, 'size'], 'there is no rung of {0} examples', 'Name one of `sizes`.', [
            rungs[strange]?.size ?? 0,
          ]),
        ];
  const unused = rungs.length > 0 ? [['rungs']] : [];
  const decided = ['epochs', 'maxSteps', 'batchSize', 'learningRate', 'lrSchedulerType', 'warmupRatio']
    .map((key) => ['training', key])
    .filter((path) => schedule === 'paper' && valueAt(written, path) !== undefined);
  const findings = [...unused, ...decided].map((path) =>
    warning(path, '`{0}` has no effect with the schedule "{1}"', 'Remove it, or set `schedule` to "custom".', [
      path.at(-1) ?? '',
      schedule,
    ]),
  );
  const unknown = schedule === 'paper' ? sizes.findIndex((size) => !PAPER_SIZES.includes(size)) : -1;
  if (unknown < 0) return findings;
  return [
    ...findings,
    error(
      ['sizes', unknown],
      'the paper has no rung of {0} examples',
      'Choose among 8000, 16000, 32000, 64000, 128000 and 220000, or set `schedule` to "controlled" or "custom".',
      [sizes[unknown] ?? 0],
    ),
  ];
}

function checkStarts({ grpo, sizes, seeds }: LadderConfig, { error }: Say): Finding[] {
  if (!grpo) return [];
  const size = grpo.from.findIndex((each) => each !== 0 && !sizes.includes(each));
  const seed = (grpo.seeds ?? []).findIndex((each) => !seeds.includes(each));
  return [
    ...(size < 0
      ? []
      : [
          error(
            ['grpo', 'from', size],
            'there is no rung of {0} examples to start from',
            'Name some of `sizes`, or 0 for the untouched model.',
            [grpo.from[size] ?? 0],
          ),
        ]),
    ...(seed < 0
      ? []
      : [
          error(['grpo', 'seeds', seed], 'no rung is trained with the seed {0}', 'Name some of `seeds`.', [
            grpo.seeds?.[seed] ?? 0,
          ]),
        ]),
  ];
}

function checkBatches(config: LadderConfig, { error }: Say): Finding[] {
  return config.sizes.flatMap((size, place) => {
    const sft = composeSft(config, { stage: 'sft', size, seed: config.seeds[0] ?? 0 });
    const batch = sequencesPerStep(sft);
    if (totalSteps(sft, size) > MOST)
      return [error(['sizes', place], 'that makes more steps than any run can take', 'Lower `training.epochs`.', [])];
    if (batch <= size) return [];
    return [
      error(
        ['sizes', place],
        'one step takes {0} sequences, but the rung has only {1} examples',
        'Lower `training.batchSize`, or leave the rung out.',
        [batch, size],
      ),
    ];
  });
}

/** A limit below the length of right answers makes a valley that is none. */
function checkLength(config: LadderConfig, { error }: Say): Finding[] {
  const { usual } = exampleLengths(composeSft(config, { stage: 'sft', size: 1, seed: 0 }).task);
  if (config.evaluation.maxNewTokens >= usual) return [];
  return [
    error(
      ['evaluation', 'maxNewTokens'],
      'answers are cut after {0} tokens and then count as wrong, but the written long ones reach {1}: the valley would be one of the limit',
      'Raise `evaluation.maxNewTokens` to at least {1}.',
      [config.evaluation.maxNewTokens, usual],
    ),
  ];
}

function checkOnly(config: LadderConfig, { error }: Say): Finding[] {
  const known = ladderTrainings(config).map(({ name }) => name);
  return config.only.flatMap((name, place) =>
    known.includes(name)
      ? []
      : [error(['only', place], 'the ladder has no training "{0}"', 'Its trainings are: {1}.', [name, String(known)])],
  );
}

/** What a run of its own would be told, where `grpo` says it. */
function checkPolicies(config: LadderConfig, say: Say): Finding[] {
  if (!config.grpo) return [];
  const policy = composeGrpo(config, { stage: 'grpo', size: 0, seed: config.seeds[0] ?? 0 });
  return checkGrpo(policy, say)
    .filter(({ path }) => path[0] !== 'evaluation')
    .map((finding) => ({ ...finding, path: path(finding.path) }));
}

const path = ([first = '', ...rest]: Finding['path']): Finding['path'] =>
  first === 'data' ? ['grpo', ...rest] : ['grpo', first, ...rest];
