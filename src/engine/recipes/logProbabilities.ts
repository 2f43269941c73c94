/** How likely given tokens are under the policy, or under the model that training began with. */
import type { CompiledProgram, Executor } from '../executor.ts';
import { ExecutorError } from '../executorError.ts';
import type { Model } from '../families/family.ts';
import { CompiledPrograms } from '../programs/compiledPrograms.ts';
import { logProbabilitiesProgram } from '../programs/policy.ts';
import type { Batch } from './batch.ts';
import { passSizeOf, tooLarge } from './learner.ts';
import { microBatches } from './microBatch.ts';

export interface LogProbabilitiesOptions {
  readonly executor: Executor;
  readonly model: Model;
  readonly temperature: number;
  /** Of the copies that `allocateReference` made. */
  readonly isReference: boolean;
  /** Most sequences of one pass, as training has it at the moment. */
  readonly mostSequences: () => number;
  /** Shapes of a pass that are kept compiled, each with memory of its own; all if left out. */
  readonly mostShapes?: number;
}

export class LogProbabilities {
  private readonly options: LogProbabilitiesOptions;
  /** One program per shape of a pass. */
  private readonly programs: CompiledPrograms;

  constructor(options: LogProbabilitiesOptions) {
    this.options = options;
    this.programs = new CompiledPrograms(options.executor, options.mostShapes);
  }

  /** [size, length]: of each label, natural logarithm; 0 where there is none. Passes become smaller where memory runs out. */
  async of(batch: Batch): Promise<Float32Array> {
    const { executor, mostSequences } = this.options;
    let size = passSizeOf(executor, batch, mostSequences());
    for (;;) {
      try {
        return await this.inPasses(batch, size);
      } catch (error) {
        if (!(error instanceof ExecutorError) || error.code !== 'outOfMemory') throw error;
        if (size === 1) throw tooLarge(error);
        size = Math.ceil(size / 2);
        await this.dispose();
      }
    }
  }

  dispose(): Promise<void> {
    return this.programs.dispose();
  }

  private async inPasses(batch: Batch, size: number): Promise<Float32Array> {
    const values = new Float32Array(batch.size * batch.length);
    let at = 0;
    for (const part of microBatches(batch, size)) {
      const program = await this.programFor(part.size, part.length);
      const { log_probabilities: found } = await program.run({ input_ids: part.inputIds, labels: part.labels });
      if (!found) throw new Error('The program returned no log-probabilities.');
      values.set(found, at);
      at += found.length;
    }
    return values;
  }

  private programFor(size: number, length: number): Promise<CompiledProgram> {
    const { model, temperature, isReference } = this.options;
    return this.programs.get(`${size}x${length}`, () =>
      logProbabilitiesProgram(model, size, length, { temperature, isReference }),
    );
  }
}
