/** The decode program with its key/value cache: one token per slot and step, with room that grows by buckets. */
import type { CompiledProgram, Executor } from '../executor.ts';
import type { Model } from '../families/family.ts';
import { decodeProgram } from '../programs/decode.ts';
import { allocateCache, freeCache, growCache } from '../programs/state.ts';

/** The cache is lengthened by this many tokens at a time. */
const BUCKET = 32;

/** Reads the model's weights where they live, so it always decodes with the newest ones. One per executor at a time. */
export class Decoder {
  readonly slots: number;
  readonly vocabularySize: number;
  /** Longest sequence, prompt included. */
  readonly maxLength: number;
  private readonly executor: Executor;
  private readonly model: Model;
  private cacheLength = 0;
  private program: CompiledProgram | null = null;

  /** The weights must be allocated; the cache comes with the first step. */
  constructor(executor: Executor, model: Model, slots: number) {
    this.executor = executor;
    this.model = model;
    this.slots = slots;
    this.vocabularySize = model.vocabSize;
    this.maxLength = model.maxPositions;
  }

  /**
   * Feeds token `ids[slot]` at `positions[slot]` (from 0; -1 leaves a slot alone). Positions of a slot must follow each
   * other from 0. Returns the logits [slots, V]; rows of idle slots mean nothing.
   */
  async step(ids: Int32Array, positions: Int32Array): Promise<Float32Array> {
    const program = await this.programFor(Math.max(...positions) + 1);
    const { logits } = await program.run({ ids, positions });
    if (!logits) throw new Error('The decode program returned no logits.');
    return logits;
  }

  async dispose(): Promise<void> {
    await this.program?.dispose();
    this.program = null;
    if (this.cacheLength > 0) await freeCache(this.executor, this.model);
    this.cacheLength = 0;
  }

  private async programFor(length: number): Promise<CompiledProgram> {
    if (this.program && length <= this.cacheLength) return this.program;
    await this.program?.dispose();
    this.program = null;
    const cacheLength = Math.min(Math.ceil(length / BUCKET) * BUCKET, this.maxLength);
    if (this.cacheLength === 0) await allocateCache(this.executor, this.model, this.slots, cacheLength);
    else await growCache(this.executor, this.model, cacheLength);
    this.cacheLength = cacheLength;
    this.program = await this.executor.compile(decodeProgram(this.model, this.slots, cacheLength));
    return this.program;
  }
}
