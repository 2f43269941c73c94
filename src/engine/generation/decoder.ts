/** Reads prompts and writes tokens over a key/value cache that is as long as its longest sequence and as wide as there is work. */
import type { Executor } from '../executor.ts';
import type { Model } from '../families/family.ts';
import { arrangeProgram } from '../programs/arrange.ts';
import { decodeProgram } from '../programs/decode.ts';
import { nextLogitsName } from '../programs/names.ts';
import { allocateCache, freeCache, growCache } from '../programs/state.ts';
import { ChoosingInGraph, ChoosingOnHost, type Choosing, type Draw } from './choosing.ts';
import { CompiledPrograms } from '../programs/compiledPrograms.ts';
import { powerOfTwo, type Prompt, type PromptAsk, PromptReader, roundedUp } from './promptReader.ts';
import type { SampledToken } from './sampler.ts';

/** ONNX Runtime gives the same bits for 8 slots and more, and others below. */
const FEWEST_SLOTS = 8;

/** What a slot is fed: its last token, where that goes, and how the next one is drawn. */
export interface SlotStep {
  readonly slot: number;
  readonly id: number;
  /** Positions of a slot follow each other from the end of its prompt. */
  readonly position: number;
  readonly draw: Draw;
}

/** Where tokens are chosen; `auto` takes the host unless logits would have to come from a GPU. */
export type ChoosingPlace = 'auto' | 'host' | 'graph';

/**
 * Reads the model's weights where they live: `release` before they change. One per executor at a time.
 * On a CPU what is written in a slot depends on its own tokens and draws alone, bit for bit: not on the other slots, their
 * number or the length of the cache.
 */
export class Decoder {
  /** At most so many sequences side by side. */
  readonly slots: number;
  /** Longest sequence, prompt included. */
  readonly maxLength: number;
  private readonly executor: Executor;
  private readonly model: Model;
  private readonly programs: CompiledPrograms;
  private readonly choosing: Choosing;
  private readonly prompts: PromptReader;
  private readonly isInPlace: boolean;
  private size = 0;
  private cacheLength = 0;

  /** The weights must be allocated; the cache comes with the first prompt. */
  constructor(executor: Executor, model: Model, slots: number, place: ChoosingPlace = 'auto') {
    this.executor = executor;
    this.model = model;
    this.slots = slots;
    this.maxLength = model.maxPositions;
    this.isInPlace = executor.attendsInPlace ?? false;
    const programs = new CompiledPrograms(executor);
    const isInGraph = place === 'graph' || (place === 'auto' && executor.identity.provider === 'webgpu');
    const { vocabSize } = model;
    const choosing = isInGraph ? new ChoosingInGraph(programs, vocabSize) : new ChoosingOnHost(vocabSize);
    this.programs = programs;
    this.choosing = choosing;
    this.prompts = new PromptReader({ executor, model, programs, choosing });
  }

  /** How many slots the cache should have for so many sequences: few sizes, each a quarter of the next. */
  fit(sequences: number): number {
    let size = this.slots;
    for (;;) {
      const smaller = fewerSlots(size);
      if (smaller === null || smaller < sequences) return size;
      size = smaller;
    }
  }

  /** Gives the cache `size` slots: new slot i holds what slot `from[i]` held, the others are free. */
  async arrange(from: readonly number[], size: number): Promise<void> {
    if (this.cacheLength > 0) {
      const key = `arrange/${this.cacheShape}-${size}`;
      const program = await this.programs.get(key, () => arrangeProgram(this.model, this.size, size, this.cacheLength));
      await program.run({ from: Int32Array.from({ length: size }, (_, i) => from[i] ?? 0) });
    }
    this.size = size;
    if (this.choosing.isWhereLogitsAre) await this.executor.allocate(nextLogitsName, [size, this.model.vocabSize]);
  }

  /**
   * Puts prompts into free slots; each is read once. `upcoming` prompts are read along where a pass has room for them.
   * Returns the tokens behind the prompts asked for, in order.
   */
  async read(asks: readonly PromptAsk[], upcoming: readonly Prompt[] = []): Promise<SampledToken[]> {
    if (asks.length === 0) return [];
    const needed = asks.map(({ prompt }) => Math.max(this.prompts.padded(prompt.length), prompt.length + 1));
    await this.reserve(Math.max(...needed));
    return this.prompts.read(asks, upcoming, this.cacheShape);
  }

  /** Feeds one token to each of these slots; the others are left alone. Returns the next tokens, in order. */
  async step(steps: readonly SlotStep[]): Promise<SampledToken[]> {
    await this.reserve(Math.max(...steps.map(({ position }) => position)) + 1);
    const { size, cacheLength, choosing } = this;
    const ids = new Int32Array(size);
    const positions = new Int32Array(size).fill(-1);
    for (const { slot, id, position } of steps) [ids[slot], positions[slot]] = [id, position];
    const program = await this.programs.get(`decode/${this.cacheShape}`, () =>
      decodeProgram(this.model, size, cacheLength, { isKept: choosing.isWhereLogitsAre, isInPlace: this.isInPlace }),
    );
    const { logits: values = null } = await program.run({ ids, positions });
    const picks = steps.map(({ slot, draw }) => ({ row: slot, draw }));
    return choosing.choose({ state: nextLogitsName, rows: size, values }, picks);
  }

  /** Gives the memory of the cache back and forgets what was read. */
  async release(): Promise<void> {
    if (this.cacheLength > 0) await freeCache(this.executor, this.model);
    await this.executor.free(nextLogitsName);
    await this.prompts.release();
    [this.cacheLength, this.size] = [0, 0];
  }

  async dispose(): Promise<void> {
    await this.release();
    await this.programs.dispose();
  }

  private get cacheShape(): string {
    return `${this.size}x${this.cacheLength}`;
  }

  /** Makes the cache long enough for so many tokens. */
  private async reserve(length: number): Promise<void> {
    const needed = length + Number(this.isInPlace);
    if (needed <= this.cacheLength) return;
    const cacheLength = cacheBucket(needed);
    if (this.cacheLength === 0) await allocateCache(this.executor, this.model, this.size, cacheLength);
    else await growCache(this.executor, this.model, cacheLength);
    this.cacheLength = cacheLength;
  }
}

/** The next smaller number of slots that a cache may have; null for the smallest. */
export function fewerSlots(slots: number): number | null {
  const fewer = Math.max(FEWEST_SLOTS, Math.ceil(slots / 4));
  return fewer < slots ? fewer : null;
}

/** In steps of an eighth of the next power of two, at least 32, so that long sequences need few programs. */
export const cacheBucket = (length: number): number => roundedUp(length, Math.max(32, powerOfTwo(length) / 8));
