/** A model in training, where it is computed: passes, updates, and what a checkpoint keeps of it. */
import { sequencesPerPass } from '../../config/passes.ts';
import type { TrainingConfig, TrainingRunConfig } from '../../config/schema.ts';
import type { CompiledProgram, Executor, Owner } from '../executor.ts';
import { ExecutorError } from '../executorError.ts';
import type { Model } from '../families/family.ts';
import { gradientsProgram, languageObjective, type Objective, type PassSettings } from '../programs/gradients.ts';
import { allocateTraining, allocateWeights, freeTraining, readOptimizer, readWeights } from '../programs/state.ts';
import { savedAdapted } from '../families/lora.ts';
import { CompiledPrograms } from '../programs/compiledPrograms.ts';
import { Updater } from '../programs/update.ts';
import type { Batch } from './batch.ts';
import { LossScale } from './lossScale.ts';
import { microBatches } from './microBatch.ts';
import { RunFailure } from './runFailure.ts';
import { said, saidBy } from '../../protocol/sentence.ts';
import type { NamedArrays, SavedState } from '../../protocol/savedState.ts';

export interface Step {
  /** Of language modelling in nats per labelled token. */
  readonly loss: number;
  /** Before clipping; null where it does not fit 16 bits, and the step was skipped. */
  readonly gradNorm: number | null;
  /** Of the objective, over all passes of the step. */
  readonly sums: Readonly<Record<string, number>>;
  /** Of the objective, one for each sequence of the batches in order. */
  readonly perSequence: Readonly<Record<string, readonly number[]>>;
}

/** What a pass lowers, and by what its loss is divided over a whole step. */
export interface Goal {
  readonly objective: Objective;
  readonly divisor: (batches: readonly Batch[]) => number;
  /** Shapes of a pass that are kept compiled, each with memory of its own; all if left out. */
  readonly mostShapes?: number;
  /** Neighbours in a batch that the objective compares, so that a pass holds all or none of them; 1 if left out. */
  readonly together?: number;
}

export const languageGoal: Goal = {
  objective: languageObjective,
  divisor: (batches) => batches.reduce((sum, { labelled }) => sum + labelled, 0),
};

export class Learner {
  private readonly executor: Executor;
  private readonly model: Model;
  private readonly updater: Updater;
  /** One program per shape of a pass. */
  private readonly passes: CompiledPrograms;
  /** Of the loss; does nothing in 32 bits. */
  readonly scale: LossScale;
  private readonly settings: PassSettings;
  private readonly goal: Goal;
  private passSize: number;

  private constructor(
    executor: Executor,
    model: Model,
    updater: Updater,
    settings: PassSettings,
    microBatchSize: number,
    scale: LossScale,
    goal: Goal,
  ) {
    this.executor = executor;
    this.model = model;
    this.updater = updater;
    this.settings = settings;
    this.passSize = microBatchSize;
    this.scale = scale;
    this.goal = goal;
    this.passes = new CompiledPrograms(executor, goal.mostShapes);
  }

  /** The most sequences in one pass, or groups of those that stay together: what was asked for, halved as often as memory ran out. */
  get microBatchSize(): number {
    return this.passSize;
  }

  /** Neighbours in a batch that stay in one pass. */
  get together(): number {
    return this.goal.together ?? 1;
  }

  /** `optimizer` empty starts with zero moments; `owner` of both afterwards. `microBatchSize` is the most sequences of one pass (or groups that stay together), `scale` what the loss is multiplied by in 16 bits. */
  static async open(
    executor: Executor,
    model: Model,
    weights: NamedArrays,
    optimizer: NamedArrays,
    training: TrainingRunConfig['training'],
    microBatchSize: number,
    scale: LossScale = new LossScale(executor.identity.precision === 'f16'),
    owner: Owner = 'caller',
    goal: Goal = languageGoal,
  ): Promise<Learner> {
    await allocateWeights(executor, model, weights, owner);
    await allocateTraining(executor, model, optimizer, owner);
    const updater = await Updater.open(executor, model, {
      beta1: training.adamBeta1,
      beta2: training.adamBeta2,
      epsilon: training.adamEpsilon,
      weightDecay: training.weightDecay,
      maxGradNorm: training.maxGradNorm,
      isScaled: scale.isOn,
    });
    return new Learner(executor, model, updater, passSettings(executor, training), microBatchSize, scale, goal);
  }

  /**
   * One optimizer step towards the goal; for language modelling from the mean loss over all labelled tokens of the batches, in nats per token.
   * Where memory runs out, the passes become smaller and the step begins again: the same sequences, the same step.
   * In 16 bits, a gradient that overflows leaves weights and moments as they were and halves the loss scale.
   * Throws RunFailure `outOfMemory` where not even one sequence (or group) fits, and `diverged`, with weights and moments as they were, where loss or gradient is not finite.
   */
  async step(batches: readonly Batch[], step: number, learningRate: number): Promise<Step> {
    const { loss, ...told } = await this.gradientsThatFit(batches);
    const failed = (what: string, value: number) => diverged(what, value, step, learningRate, this.scale.isOn);
    if (!Number.isFinite(loss)) throw failed('loss', loss);
    const gradNorm = await this.updater.run(step - this.scale.skippedSteps, learningRate, this.scale.value);
    if (Number.isFinite(gradNorm)) this.scale.succeed();
    else if (!this.scale.skip()) throw failed('length of the gradient', gradNorm);
    return { loss, ...told, gradNorm: Number.isFinite(gradNorm) ? gradNorm : null };
  }

  /** Copies of all that training goes on from. `base` says where the model under the adapters came from, if there are any. */
  async state(base: string | null = null): Promise<Pick<SavedState, 'weights' | 'optimizer' | 'adapter'>> {
    const { adapters } = this.model;
    const weights = await readWeights(this.executor, this.model);
    const optimizer = await readOptimizer(this.executor, this.model);
    return adapters ? { ...savedAdapted(adapters, weights, base), optimizer } : { weights, optimizer };
  }

  /** Frees all but the weights. */
  async dispose(): Promise<void> {
    await this.passes.dispose();
    await this.updater.dispose();
    await freeTraining(this.executor, this.model);
  }

  /** Begins anew with passes of half the size as long as memory runs out; what a failed pass left is overwritten. */
  private async gradientsThatFit(batches: readonly Batch[]): Promise<Omit<Step, 'gradNorm'>> {
    for (;;) {
      try {
        return await this.gradients(batches);
      } catch (error) {
        if (!(error instanceof ExecutorError) || error.code !== 'outOfMemory') throw error;
        const tried = Math.max(...batches.map((batch) => this.sequencesOf(batch))) / this.together;
        if (tried === 1) throw tooLarge(error);
        this.passSize = Math.ceil(tried / 2);
        await this.passes.dispose();
      }
    }
  }

  private async gradients(batches: readonly Batch[]): Promise<Omit<Step, 'gradNorm'>> {
    const divisor = this.goal.divisor(batches);
    const parts = batches.flatMap((whole) => microBatches(whole, this.sequencesOf(whole)));
    const isAdding = parts.length > 1;
    const totals: Record<string, number> = {};
    const names = this.goal.objective.perSequence ?? [];
    const perSequence = Object.fromEntries(names.map((name): [string, number[]] => [name, []]));
    for (const [i, part] of parts.entries()) {
      const pass = await this.passFor(part, isAdding);
      const result = await pass.run({
        input_ids: part.inputIds,
        labels: part.labels,
        ...(part.packing && { position_ids: part.packing.positions, document_ids: part.packing.documents }),
        ...part.objectiveInputs,
        loss_scale: Float32Array.of(this.scale.value / divisor),
        ...(isAdding && { accumulate: Float32Array.of(i === 0 ? 0 : 1) }),
      });
      for (const [name, values] of Object.entries(result))
        if (perSequence[name]) perSequence[name].push(...values);
        else totals[name] = (totals[name] ?? 0) + (values[0] ?? NaN);
    }
    const { loss = NaN, ...sums } = totals;
    return { loss: loss / this.scale.value, sums, perSequence };
  }

  /** In one pass over a batch. */
  private sequencesOf(batch: Batch): number {
    return passSizeOf(this.executor, batch, this.passSize * this.together, this.together);
  }

  private passFor({ size, length }: Pick<Batch, 'size' | 'length'>, isAdding: boolean): Promise<CompiledProgram> {
    return this.passes.get(`${size}x${length}${isAdding ? '+' : ''}`, () =>
      gradientsProgram(this.model, size, length, { ...this.settings, isAdding }, this.goal.objective),
    );
  }
}

/** Sequences in one pass over a batch: at most `most`, and a multiple of `together`, as both of these are. */
export const passSizeOf = (
  { identity }: Pick<Executor, 'identity'>,
  { size, length }: Pick<Batch, 'size' | 'length'>,
  most: number,
  together = 1,
): number => {
  const { executor, provider, threads } = identity;
  const allowed = Math.min(size, most) / together;
  const isOnCpu = executor === 'onnx' && provider === 'cpu';
  return together * (isOnCpu ? sequencesPerPass(allowed, together * length, threads ?? 1) : allowed);
};

export const tooLarge = (error: ExecutorError): RunFailure =>
  new RunFailure(
    'outOfMemory',
    said`There is not enough memory for a pass over a single sequence. ${saidBy(error)}`,
    'Close other programs, train a smaller model or shorter traces, or set training.method to "lora" for a model from a checkpoint.',
  );

/** What decides the graph of a pass. */
export const passSettings = (
  { identity }: Pick<Executor, 'identity'>,
  {
    activationRecompute,
    packing = false,
  }: Pick<TrainingConfig, 'activationRecompute'> & { readonly packing?: boolean },
): PassSettings => ({
  isRecomputed: activationRecompute,
  ...(packing && { isPacked: true }),
  ...(identity.precision === 'f16' && { precision: 'float16' }),
});

const diverged = (what: string, value: number, step: number, learningRate: number, isSmaller: boolean): RunFailure =>
  new RunFailure(
    'diverged',
    said`The ${what} at step ${step} is ${value} (learning rate ${learningRate.toPrecision(3)}). The weights were left as they were after step ${step - 1}.`,
    isSmaller
      ? 'Set training.precision to "float32", as 16 bits may be too few here; or lower training.learningRate or training.maxGradNorm, or raise training.warmupRatio, and start again or continue from the last checkpoint.'
      : 'Lower training.learningRate or training.maxGradNorm, or raise training.warmupRatio, and start again or continue from the last checkpoint.',
  );
