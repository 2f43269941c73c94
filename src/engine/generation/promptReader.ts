/** Reads prompts, short ones side by side in a pass of fixed shape, and puts them into slots of the cache. */
import type { Executor } from '../executor.ts';
import type { Model } from '../families/family.ts';
import { promptLogitsName } from '../programs/names.ts';
import { placeProgram, prefillProgram, type PromptShape } from '../programs/prefill.ts';
import { allocatePrompt, freePrompt } from '../programs/state.ts';
import type { Choosing, Draw, Logits } from './choosing.ts';
import type { CompiledPrograms } from '../programs/compiledPrograms.ts';
import type { SampledToken } from './sampler.ts';

/** Token ids, at least one. */
export type Prompt = readonly number[];

/** A prompt, the free slot that it goes into, and how the token behind it is drawn. */
export interface PromptAsk {
  readonly slot: number;
  readonly prompt: Prompt;
  readonly draw: Draw;
}

/** The prompts that were read last at one padded length. */
interface Pass {
  /** Row by prompt. */
  readonly rows: ReadonlyMap<string, number>;
  readonly logits: Logits;
}

/** What a reader works with. */
interface Parts {
  readonly executor: Executor;
  readonly model: Model;
  readonly programs: CompiledPrograms;
  readonly choosing: Choosing;
}

/** Tokens of a pass. The shape of a pass depends on the length of its prompts alone, so that their bits do not depend on company. */
const TOKENS_OF_PASS = 64;

export class PromptReader {
  private readonly parts: Parts;
  private readonly passes = new Map<number, Pass>();

  constructor(parts: Parts) {
    this.parts = parts;
  }

  /** How long the cache must be for a prompt of so many tokens. */
  padded(promptLength: number): number {
    return roundedUp(promptLength, Math.max(16, powerOfTwo(promptLength) / 4));
  }

  /**
   * Reads each prompt once and puts it into its slots; `upcoming` ones fill what is left of a pass. `cacheShape` names that of
   * the cache. Returns the tokens behind the prompts asked for.
   */
  async read(asks: readonly PromptAsk[], upcoming: readonly Prompt[], cacheShape: string): Promise<SampledToken[]> {
    const tokens = new Map<PromptAsk, SampledToken>();
    const lengths = new Set(asks.map(({ prompt }) => this.padded(prompt.length)));
    for (const length of lengths) {
      const shape: PromptShape = { length, rows: Math.max(1, Math.floor(TOKENS_OF_PASS / length)) };
      let waiting = asks.filter(({ prompt }) => this.padded(prompt.length) === length);
      const fillers = upcoming.filter((prompt) => this.padded(prompt.length) === length);
      while (waiting.length > 0) {
        const pass = await this.passFor(waiting, fillers, shape);
        const here = waiting.filter(({ prompt }) => pass.rows.has(keyOf(prompt)));
        for (let i = 0; i < here.length; i += shape.rows)
          await this.place(here.slice(i, i + shape.rows), pass, shape, cacheShape, tokens);
        waiting = waiting.filter((ask) => !tokens.has(ask));
      }
    }
    return asks.map((ask) => tokens.get(ask) ?? missing());
  }

  /** Gives the memory back and forgets what was read. */
  async release(): Promise<void> {
    for (const length of this.passes.keys()) await freePrompt(this.parts.executor, this.parts.model, length);
    this.passes.clear();
  }

  /** The last pass where it holds some of the prompts; otherwise a new one with as many of them as fit. */
  private async passFor(asks: readonly PromptAsk[], fillers: readonly Prompt[], shape: PromptShape): Promise<Pass> {
    const existing = this.passes.get(shape.length);
    if (existing && asks.some(({ prompt }) => existing.rows.has(keyOf(prompt)))) return existing;
    if (!existing) await allocatePrompt(this.parts.executor, this.parts.model, shape);
    const wanted = [...asks.map(({ prompt }) => prompt), ...fillers];
    const prompts = new Map(wanted.map((prompt) => [keyOf(prompt), prompt] as const));
    const pass = await this.prefill([...prompts.values()].slice(0, shape.rows), shape);
    this.passes.set(shape.length, pass);
    return pass;
  }

  private async prefill(prompts: readonly Prompt[], shape: PromptShape): Promise<Pass> {
    const { model, programs, choosing } = this.parts;
    const { rows, length } = shape;
    const key = `prefill/${rows}x${length}`;
    const program = await programs.get(key, () => prefillProgram(model, shape, choosing.isWhereLogitsAre));
    const ids = new Int32Array(rows * length);
    prompts.forEach((prompt, row) => ids.set(prompt, row * length));
    const last = Int32Array.from({ length: rows }, (_, row) => row * length + (prompts[row]?.length ?? 1) - 1);
    const { logits: values = null } = await program.run({ ids, last });
    return {
      rows: new Map(prompts.map((prompt, row) => [keyOf(prompt), row] as const)),
      logits: { state: promptLogitsName(length), rows, values },
    };
  }

  /** At most `shape.rows` asks whose prompts are in `pass`. */
  private async place(
    asks: readonly PromptAsk[],
    pass: Pass,
    shape: PromptShape,
    cacheShape: string,
    tokens: Map<PromptAsk, SampledToken>,
  ): Promise<void> {
    const { model, programs, choosing } = this.parts;
    const key = `place/${shape.rows}x${shape.length} ${cacheShape}`;
    const program = await programs.get(key, () => placeProgram(model, shape));
    const rows = asks.map(({ prompt }) => pass.rows.get(keyOf(prompt)) ?? 0);
    const each = (of: (i: number) => number): Int32Array => Int32Array.from({ length: shape.rows }, (_, i) => of(i));
    await program.run({
      from: each((i) => rows[i] ?? 0),
      slot: each((i) => asks[i]?.slot ?? 0),
      at: each((i) => (asks[i] ? 0 : -1)),
    });
    const picks = asks.map(({ draw }, i) => ({ row: rows[i] ?? 0, draw }));
    const chosen = await choosing.choose(pass.logits, picks);
    asks.forEach((ask, i) => tokens.set(ask, chosen[i] ?? missing()));
  }
}

const keyOf = (prompt: Prompt): string => prompt.join();

const missing = (): never => {
  throw new Error('A prompt was left without a token behind it.');
};

export const powerOfTwo = (atLeast: number): number => 2 ** Math.ceil(Math.log2(atLeast));
export const roundedUp = (length: number, step: number): number => Math.ceil(length / step) * step;
