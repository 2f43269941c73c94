/** Reads prompts and writes tokens over a key/value cache that is as long as its longest sequence and as wide as there is work. */
import type { CompiledProgram, Executor, Program } from '../executor.ts';
import type { Model } from '../families/family.ts';
import { arrangeProgram } from '../programs/arrange.ts';
import { decodeProgram } from '../programs/decode.ts';
import { placeProgram, prefillProgram } from '../programs/prefill.ts';
import { allocateCache, allocatePrompt, freeCache, freePrompt, growCache } from '../programs/state.ts';

/** ONNX Runtime gives the same bits for 8 slots and more, and others below. */
const FEWEST_SLOTS = 8;

/** The prompt that was read last, with the logits behind it. */
interface ReadPrompt {
  readonly tokens: readonly number[];
  readonly length: number;
  readonly logits: Float32Array;
}

/**
 * Reads the model's weights where they live: `release` before they change. One per executor at a time.
 * On a CPU the logits of a slot depend on its own tokens alone, bit for bit: not on the other slots, their number or the
 * length of the cache.
 */
export class Decoder {
  /** At most so many sequences side by side. */
  readonly slots: number;
  readonly vocabularySize: number;
  /** Longest sequence, prompt included. */
  readonly maxLength: number;
  private readonly executor: Executor;
  private readonly model: Model;
  /** They stay for the next evaluation. */
  private readonly programs = new Map<string, CompiledProgram>();
  private readonly promptLengths = new Set<number>();
  private prompt: ReadPrompt | null = null;
  private size = 0;
  private cacheLength = 0;

  /** The weights must be allocated; the cache comes with the first prompt. */
  constructor(executor: Executor, model: Model, slots: number) {
    this.executor = executor;
    this.model = model;
    this.slots = slots;
    this.vocabularySize = model.vocabSize;
    this.maxLength = model.maxPositions;
  }

  /** How many slots the cache should have for so many sequences: few sizes, each a quarter of the next. */
  fit(sequences: number): number {
    let size = this.slots;
    for (;;) {
      const smaller = Math.max(FEWEST_SLOTS, Math.ceil(size / 4));
      if (smaller >= size || smaller < sequences) return size;
      size = smaller;
    }
  }

  /** Gives the cache `size` slots: new slot i holds what slot `from[i]` held, the others are free. */
  async arrange(from: readonly number[], size: number): Promise<void> {
    if (this.cacheLength > 0) {
      const key = `arrange/${this.cacheShape}-${size}`;
      const compiled = await this.compiled(key, () => arrangeProgram(this.model, this.size, size, this.cacheLength));
      await compiled.run({ from: Int32Array.from({ length: size }, (_, i) => from[i] ?? 0) });
    }
    this.size = size;
  }

  /** Puts a prompt into a free slot. Returns the logits behind it [V], the same array for the same prompt again: read only. */
  async read(slot: number, prompt: readonly number[]): Promise<Float32Array> {
    const length = promptBucket(prompt.length);
    await this.reserve(Math.max(length, prompt.length + 1));
    if (!this.prompt || !areSame(this.prompt.tokens, prompt)) this.prompt = await this.prefill(prompt, length);
    const place = await this.compiled(`place/${length} ${this.cacheShape}`, () => placeProgram(this.model, length));
    await place.run({ slot: Int32Array.of(slot), at: Int32Array.of(0) });
    return this.prompt.logits;
  }

  /**
   * Feeds token `ids[slot]` at `positions[slot]` (-1 leaves a slot alone) to all slots of the cache. Positions of a slot follow
   * each other from the end of its prompt. Returns the logits [slots, V]; rows of idle slots mean nothing.
   */
  async step(ids: Int32Array, positions: Int32Array): Promise<Float32Array> {
    await this.reserve(Math.max(...positions) + 1);
    const { size, cacheLength } = this;
    const program = await this.compiled(`decode/${this.cacheShape}`, () => decodeProgram(this.model, size, cacheLength));
    const { logits } = await program.run({ ids, positions });
    if (!logits) throw new Error('The decode program returned no logits.');
    return logits;
  }

  /** Gives the memory of the cache back and forgets what was read. */
  async release(): Promise<void> {
    if (this.cacheLength > 0) await freeCache(this.executor, this.model);
    for (const length of this.promptLengths) await freePrompt(this.executor, this.model, length);
    this.promptLengths.clear();
    this.prompt = null;
    [this.cacheLength, this.size] = [0, 0];
  }

  async dispose(): Promise<void> {
    await this.release();
    for (const program of this.programs.values()) await program.dispose();
    this.programs.clear();
  }

  private get cacheShape(): string {
    return `${this.size}x${this.cacheLength}`;
  }

  private async prefill(tokens: readonly number[], length: number): Promise<ReadPrompt> {
    if (!this.promptLengths.has(length)) await allocatePrompt(this.executor, this.model, length);
    this.promptLengths.add(length);
    const program = await this.compiled(`prefill/${length}`, () => prefillProgram(this.model, length));
    const ids = new Int32Array(length);
    ids.set(tokens);
    const { logits } = await program.run({ ids, last: Int32Array.of(tokens.length - 1) });
    if (!logits) throw new Error('The prefill program returned no logits.');
    return { tokens, length, logits };
  }

  /** Makes the cache long enough. */
  private async reserve(length: number): Promise<void> {
    if (length <= this.cacheLength) return;
    const cacheLength = cacheBucket(length);
    if (this.cacheLength === 0) await allocateCache(this.executor, this.model, this.size, cacheLength);
    else await growCache(this.executor, this.model, cacheLength);
    this.cacheLength = cacheLength;
  }

  /** `key` names the program and the shapes of the state that it was compiled for. */
  private async compiled(key: string, program: () => Program): Promise<CompiledProgram> {
    const existing = this.programs.get(key);
    if (existing) return existing;
    const compiled = await this.executor.compile(program());
    this.programs.set(key, compiled);
    return compiled;
  }
}

/** In steps of an eighth of the next power of two, at least 32, so that long sequences need few programs. */
const cacheBucket = (length: number): number => roundedUp(length, Math.max(32, powerOfTwo(length) / 8));
const promptBucket = (length: number): number => roundedUp(length, Math.max(16, powerOfTwo(length) / 4));

const powerOfTwo = (atLeast: number): number => 2 ** Math.ceil(Math.log2(atLeast));
const roundedUp = (length: number, step: number): number => Math.ceil(length / step) * step;

const areSame = (a: readonly number[], b: readonly number[]): boolean =>
  a === b || (a.length === b.length && a.every((token, i) => token === b[i]));
