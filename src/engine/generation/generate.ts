/** Writes completions side by side: a finished one gives its slot to the next prompt at once. */
import type { Decoder } from './decoder.ts';
import type { SampledToken } from './sampler.ts';
import { type Generated, type GenerationRequest, Sequence } from './sequence.ts';

/** Requests that are fetched before a slot is free for them. */
const LOOKAHEAD = 3;

/** What one decode step brought, and the prompts that were read before it. */
export interface Tick<Request> {
  readonly written: readonly { readonly request: Request; readonly token: number }[];
  readonly finished: readonly { readonly request: Request; readonly generated: Generated }[];
}

/**
 * Yields after each decode step. `next` is asked for work whenever a slot is free, for up to `LOOKAHEAD` requests more than
 * there is room for; null means none for now, and the end once all slots are empty. Prompts that follow each other and are the same are read once. Ending the iteration early drops
 * what is under way; the decoder's cache is given back in any case.
 */
export async function* generate<Request extends GenerationRequest>(
  decoder: Decoder,
  endTokens: readonly number[],
  next: Next<Request>,
): AsyncGenerator<Tick<Request>> {
  const batch = new Batch<Request>(decoder, endTokens);
  try {
    while (await batch.admit(next)) {
      await batch.step();
      yield batch.takeTick();
    }
  } finally {
    await decoder.release();
  }
}

type Next<Request> = () => Request | null | Promise<Request | null>;

/** The sequences under way, each in its slot of the cache. */
class Batch<Request extends GenerationRequest> {
  private readonly decoder: Decoder;
  private readonly endTokens: readonly number[];
  /** Fetched, and not yet in a slot. */
  private readonly waiting: Request[] = [];
  private slots: (Sequence<Request> | null)[] = [];
  private written: Tick<Request>['written'][number][] = [];
  private finished: Tick<Request>['finished'][number][] = [];

  constructor(decoder: Decoder, endTokens: readonly number[]) {
    this.decoder = decoder;
    this.endTokens = endTokens;
  }

  /** Reads waiting prompts into free slots, which gives each its first token; false where nothing is left to do. */
  async admit(next: Next<Request>): Promise<boolean> {
    const live = this.slots.filter((sequence) => sequence !== null).length;
    const admitted = await this.taken(next, this.decoder.slots - live);
    if (live + admitted.length === 0) return false;
    await this.resize(live + admitted.length);
    const free = [...this.slots.keys()].filter((slot) => !this.slots[slot]);
    const placed = admitted.map((request, i) => ({
      slot: free[i] ?? 0,
      sequence: new Sequence(request, this.decoder.maxLength, this.endTokens),
    }));
    const asks = placed.map(({ slot, sequence }) => ({ slot, prompt: sequence.request.prompt, draw: sequence.draw }));
    const upcoming = this.waiting.map(({ prompt }) => prompt);
    this.take(placed, await this.decoder.read(asks, upcoming));
    return true;
  }

  /** The next requests, at most so many; where there are some, a few more are fetched, so that a pass reads their prompts too. */
  private async taken(next: Next<Request>, most: number): Promise<Request[]> {
    const wanted = most > 0 ? most + LOOKAHEAD : 0;
    while (this.waiting.length < wanted) {
      const request = await next();
      if (!request) break;
      this.waiting.push(request);
    }
    return this.waiting.splice(0, most);
  }

  /** One more token for each sequence. */
  async step(): Promise<void> {
    const live = this.slots.flatMap((sequence, slot) => (sequence ? [{ slot, sequence }] : []));
    if (live.length === 0) return;
    const steps = live.map(({ slot, sequence }) => ({
      slot,
      id: sequence.token,
      position: sequence.position,
      draw: sequence.draw,
    }));
    this.take(live, await this.decoder.step(steps));
  }

  /** What happened since the last call. */
  takeTick(): Tick<Request> {
    const { written, finished } = this;
    this.written = [];
    this.finished = [];
    return { written, finished };
  }

  /** Gives the cache the size that fits; sequences move to its first slots. */
  private async resize(count: number): Promise<void> {
    const size = this.decoder.fit(count);
    if (size === this.slots.length) return;
    const kept = [...this.slots.keys()].filter((slot) => this.slots[slot]);
    await this.decoder.arrange(kept, size);
    this.slots = Array.from({ length: size }, (_, i) => this.slots[kept[i] ?? -1] ?? null);
  }

  /** Each of the sequences takes its token; finished ones leave their slots. */
  private take(live: readonly InSlot<Request>[], sampled: readonly SampledToken[]): void {
    for (const [i, { slot, sequence }] of live.entries()) {
      const { request } = sequence;
      const chosen = sampled[i];
      if (!chosen) throw new Error(`The decoder chose no token for slot ${slot}.`);
      const token = sequence.advance(chosen);
      if (token !== null) this.written.push({ request, token });
      this.slots[slot] = sequence.finishReason ? null : sequence;
      if (sequence.finishReason) this.finished.push({ request, generated: sequence.generated(sequence.finishReason) });
    }
  }
}

interface InSlot<Request extends GenerationRequest> {
  readonly slot: number;
  readonly sequence: Sequence<Request>;
}
