/** A model in training, where it is computed: passes, updates, and what a checkpoint keeps of it. */
import type { TrainingConfig } from '../../config/schema.ts';
import type { CompiledProgram, Executor } from '../executor.ts';
import { ExecutorError } from '../executorError.ts';
import type { Model } from '../families/family.ts';
import { gradientsProgram } from '../programs/gradients.ts';
import type { LossSettings } from '../programs/languageLoss.ts';
import { allocateTraining, allocateWeights, freeTraining, readOptimizer, readWeights } from '../programs/state.ts';
import { savedAdapted } from '../families/lora.ts';
import { Updater } from '../programs/update.ts';
import type { Batch } from './batch.ts';
import { microBatches } from './microBatch.ts';
import { RunFailure } from './runFailure.ts';
import { said, saidBy } from '../../protocol/sentence.ts';
import type { NamedArrays, SavedState } from '../../protocol/savedState.ts';

export class Learner {
  private readonly executor: Executor;
  private readonly model: Model;
  private readonly updater: Updater;
  /** One program per shape of a pass. */
  private readonly passes = new Map<string, CompiledProgram>();
  private readonly settings: LossSettings;
  private passSize: number;

  private constructor(
    executor: Executor,
    model: Model,
    updater: Updater,
    settings: LossSettings,
    microBatchSize: number,
  ) {
    this.executor = executor;
    this.model = model;
    this.updater = updater;
    this.settings = settings;
    this.passSize = microBatchSize;
  }

  /** Sequences in one pass: what was asked for, halved as often as memory ran out. */
  get microBatchSize(): number {
    return this.passSize;
  }

  /** `optimizer` empty starts with zero moments. `microBatchSize` is the most sequences of one pass. */
  static async open(
    executor: Executor,
    model: Model,
    weights: NamedArrays,
    optimizer: NamedArrays,
    training: TrainingConfig,
    microBatchSize: number,
  ): Promise<Learner> {
    await allocateWeights(executor, model, weights);
    await allocateTraining(executor, model, optimizer);
    const updater = await Updater.open(executor, model, {
      beta1: training.adamBeta1,
      beta2: training.adamBeta2,
      epsilon: training.adamEpsilon,
      weightDecay: training.weightDecay,
      maxGradNorm: training.maxGradNorm,
    });
    return new Learner(executor, model, updater, { isRecomputed: training.activationRecompute }, microBatchSize);
  }

  /**
   * One optimizer step from the mean loss over all labelled tokens of the batches. Loss in nats per token.
   * Where memory runs out, the passes become smaller and the step begins again: the same sequences, the same step.
   * Throws RunFailure `outOfMemory` where not even one sequence fits, and `diverged`, with weights and moments as they were, where loss or gradient is not finite.
   */
  async step(
    batches: readonly Batch[],
    step: number,
    learningRate: number,
  ): Promise<{ readonly loss: number; readonly gradNorm: number }> {
    const loss = await this.gradientsThatFit(batches);
    if (!Number.isFinite(loss)) throw diverged('loss', loss, step, learningRate);
    const gradNorm = await this.updater.run(step, learningRate);
    if (!Number.isFinite(gradNorm)) throw diverged('length of the gradient', gradNorm, step, learningRate);
    return { loss, gradNorm };
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
    await this.forgetPasses();
    await this.updater.dispose();
    await freeTraining(this.executor, this.model);
  }

  private async forgetPasses(): Promise<void> {
    for (const pass of this.passes.values()) await pass.dispose();
    this.passes.clear();
  }

  /** Begins anew with passes of half the size as long as memory runs out; what a failed pass left is overwritten. */
  private async gradientsThatFit(batches: readonly Batch[]): Promise<number> {
    for (;;) {
      try {
        return await this.gradients(batches);
      } catch (error) {
        if (!(error instanceof ExecutorError) || error.code !== 'outOfMemory') throw error;
        const tried = Math.min(this.passSize, Math.max(...batches.map(({ size }) => size)));
        if (tried === 1) throw tooLarge(error);
        this.passSize = Math.ceil(tried / 2);
        await this.forgetPasses();
      }
    }
  }

  private async gradients(batches: readonly Batch[]): Promise<number> {
    const labelled = batches.reduce((sum, batch) => sum + batch.labelled, 0);
    let loss = 0;
    const parts = batches.flatMap((whole) => microBatches(whole, this.passSize));
    const isAdding = parts.length > 1;
    for (const [i, batch] of parts.entries()) {
      const pass = await this.passFor(batch, isAdding);
      const result = await pass.run({
        input_ids: batch.inputIds,
        labels: batch.labels,
        loss_scale: Float32Array.of(1 / labelled),
        ...(isAdding && { accumulate: Float32Array.of(i === 0 ? 0 : 1) }),
      });
      loss += result['loss']?.[0] ?? NaN;
    }
    return loss;
  }

  private async passFor({ size, length }: Pick<Batch, 'size' | 'length'>, isAdding: boolean): Promise<CompiledProgram> {
    const key = `${size}x${length}${isAdding ? '+' : ''}`;
    const known = this.passes.get(key);
    if (known) return known;
    const compiled = await this.executor.compile(
      gradientsProgram(this.model, size, length, { ...this.settings, isAdding }),
    );
    this.passes.set(key, compiled);
    return compiled;
  }
}

const tooLarge = (error: ExecutorError): RunFailure =>
  new RunFailure(
    'outOfMemory',
    said`There is not enough memory for a pass over a single sequence. ${saidBy(error)}`,
    'Close other programs, train a smaller model or shorter traces, or set training.method to "lora" for a model from a checkpoint.',
  );

const diverged = (what: string, value: number, step: number, learningRate: number): RunFailure =>
  new RunFailure(
    'diverged',
    said`The ${what} at step ${step} is ${value} (learning rate ${learningRate.toPrecision(3)}). The weights were left as they were after step ${step - 1}.`,
    'Lower training.learningRate or training.maxGradNorm, or raise training.warmupRatio, and start again or continue from the last checkpoint.',
  );
