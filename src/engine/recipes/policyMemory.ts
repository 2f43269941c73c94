/** What reinforcement learning will take, told before anything is allocated: from the recorded graphs of its longest passes. */
import { estimateMemory, microBatchOf, type MemoryEstimate } from '../../config/memory.ts';
import { completionsPerRollout } from '../../config/planGrpo.ts';
import type { GrpoConfig } from '../../config/schema.ts';
import type { Executor, Program } from '../executor.ts';
import type { Model } from '../families/family.ts';
import { trainedParameters } from '../families/index.ts';
import { cacheBucket, fewerSlots } from '../generation/decoder.ts';
import { peakBytes } from '../graph/liveness.ts';
import { record } from '../graph/record.ts';
import { gradientsProgram } from '../programs/gradients.ts';
import { gradientName, referenceName } from '../programs/names.ts';
import { logProbabilitiesProgram, policyObjective } from '../programs/policy.ts';
import { passSettings, passSizeOf } from './learner.ts';
import { MOST_SHAPES, policyLengths } from './policyLengths.ts';
import { bytesOf } from './trainingMemory.ts';

type Device = Pick<Executor, 'identity'>;

/** Tokens of a prompt where nobody has counted. */
export const PROMPT_ROOM = 64;

/** `prompt` is the longest prompt in tokens. All sequences are taken to be as long as `rollout.maxNewTokens` allows. */
export function policyMemory(model: Model, config: GrpoConfig, device: Device, prompt = PROMPT_ROOM): MemoryEstimate {
  const { beta } = config.policy;
  const weights = bytesOf(model.parameters);
  const trained = bytesOf(trainedParameters(model));
  return estimateMemory({
    weights,
    trained,
    reference: beta === 0 ? 0 : weights,
    passes: lengthsOf(model, config, prompt)
      .flatMap((length) => passesOf(model, config, device, length))
      .map((program) => peakBytes(recorded(program, model))),
    isRecomputed: config.training.activationRecompute,
    cache: cacheBytes(model, config, prompt),
    isCacheSeldom: true,
    writers: cacheLengths(lengthOfCache(model, config, prompt)) * slotSizes(slotsOf(config)),
  });
}

/** The longest of those that batches are padded to, as many as have their programs at a time. */
const lengthsOf = ({ maxPositions }: Model, { rollout }: GrpoConfig, prompt: number): readonly number[] =>
  policyLengths(Math.min(maxPositions, prompt + rollout.maxNewTokens)).slice(-MOST_SHAPES);

/** Gradients of the policy, and what is computed besides: log-probabilities of the reference, of the policy where sampling told others. */
function passesOf(model: Model, config: GrpoConfig, device: Device, length: number): readonly Program[] {
  const { rollout, policy, training } = config;
  const { epsilon, epsilonHigh = epsilon, beta } = policy;
  const { temperature } = rollout;
  const size = passSizeOf(device, { size: training.batchSize, length }, microBatchOf(config));
  const settings = { ...passSettings(device, training), isAdding: size < training.batchSize };
  const scored = [...(temperature === 1 ? [] : [false]), ...(beta === 0 ? [] : [true])];
  return [
    gradientsProgram(model, size, length, settings, policyObjective({ epsilon, epsilonHigh, beta, temperature })),
    ...scored.map((isReference) => logProbabilitiesProgram(model, size, length, { temperature, isReference })),
  ];
}

/** With the shapes of all state that a program may read. */
function recorded(program: Program, model: Model) {
  const shapes = model.parameters.flatMap(({ name, shape }) =>
    [name, referenceName(name), gradientName(name)].map((state) => [state, shape] as const),
  );
  return record(program, Object.fromEntries(shapes));
}

/** Keys and values of all that is written side by side. */
function cacheBytes(model: Model, config: GrpoConfig, prompt: number): number {
  const { layers, heads, headDim } = model.cache;
  return 4 * 2 * layers * slotsOf(config) * lengthOfCache(model, config, prompt) * heads * headDim;
}

const lengthOfCache = ({ maxPositions }: Model, { rollout, evaluation }: GrpoConfig, prompt: number): number =>
  cacheBucket(Math.min(maxPositions, prompt + Math.max(rollout.maxNewTokens, evaluation.maxNewTokens)));

/** Sequences that are written side by side, of a rollout or of an evaluation. */
export const slotsOf = (config: GrpoConfig): number => {
  const { batchSize, problems, samplesPerProblem } = config.evaluation;
  const ofRollout = Math.min(config.rollout.batchSize, completionsPerRollout(config));
  return Math.max(ofRollout, Math.min(batchSize, problems * samplesPerProblem));
};

/** A program for each length that a cache grows through ... */
const cacheLengths = (longest: number): number =>
  new Set(Array.from({ length: longest }, (_, length) => cacheBucket(length + 1))).size;

/** ... and for each number of slots that it shrinks through when there is less to write. */
function slotSizes(slots: number): number {
  const fewer = fewerSlots(slots);
  return fewer === null ? 1 : 1 + slotSizes(fewer);
}
