/** Writes completions side by side: a finished one gives its slot to the next prompt at once. */
import { type RandomSource, randomSource } from '../random/randomSource.ts';
import type { Decoder } from './decoder.ts';
import { Sampler, type SamplingSettings } from './sampler.ts';

export interface GenerationRequest extends SamplingSettings {
  /** Token ids, at least one, fewer than the decoder's longest sequence. */
  readonly prompt: readonly number[];
  /** With the prompt, decides the completion, whatever is generated beside it. */
  readonly seed: number;
  readonly maxNewTokens: number;
}

export interface Generated {
  /** Without the end token. */
  readonly tokens: readonly number[];
  /** Of each generated token, the end token included (natural logarithm, before temperature, top-k and top-p). */
  readonly logProbabilities: readonly number[];
  readonly finishReason: 'stop' | 'length';
}

/** What one decode step brought. */
export interface Tick<Request> {
  readonly written: readonly { readonly request: Request; readonly token: number }[];
  readonly finished: readonly { readonly request: Request; readonly generated: Generated }[];
}

/**
 * Yields after each decode step. `next` is asked for work whenever a slot is free; null means none for now, and the end
 * once all slots are empty. Ending the iteration early drops what is under way. Prompts are read one token per step.
 */
export async function* generate<Request extends GenerationRequest>(
  decoder: Decoder,
  endToken: number,
  next: () => Request | null,
): AsyncGenerator<Tick<Request>> {
  const sampler = new Sampler(decoder.vocabularySize);
  const slots = Array.from({ length: decoder.slots }, (): Sequence<Request> | null => null);
  const ids = new Int32Array(decoder.slots);
  const positions = new Int32Array(decoder.slots);
  while (fill(slots, next, decoder.maxLength, endToken)) {
    slots.forEach((sequence, slot) => {
      ids[slot] = sequence?.token ?? endToken;
      positions[slot] = sequence?.position ?? -1;
    });
    const logits = await decoder.step(ids, positions);
    const written: { request: Request; token: number }[] = [];
    const finished: { request: Request; generated: Generated }[] = [];
    slots.forEach((sequence, slot) => {
      if (!sequence) return;
      const row = logits.subarray(slot * decoder.vocabularySize, (slot + 1) * decoder.vocabularySize);
      const token = sequence.advance(row, sampler);
      if (token !== null) written.push({ request: sequence.request, token });
      if (!sequence.finishReason) return;
      finished.push({ request: sequence.request, generated: sequence.generated(sequence.finishReason) });
      slots[slot] = null;
    });
    yield { written, finished };
  }
}

/** Gives free slots to waiting requests; false where nothing is left to do. */
function fill<Request extends GenerationRequest>(
  slots: (Sequence<Request> | null)[],
  next: () => Request | null,
  maxLength: number,
  endToken: number,
): boolean {
  for (let slot = 0; slot < slots.length; slot++) {
    if (slots[slot]) continue;
    const request = next();
    if (!request) break;
    slots[slot] = new Sequence(request, maxLength, endToken);
  }
  return slots.some((sequence) => sequence !== null);
}

/** One prompt with what has been written behind it. */
class Sequence<Request extends GenerationRequest> {
  readonly request: Request;
  /** Where the token goes that is fed next. */
  position = 0;
  finishReason: Generated['finishReason'] | null = null;
  private readonly tokens: number[] = [];
  private readonly logProbabilities: number[] = [];
  private readonly random: RandomSource;
  private readonly room: number;
  private readonly endToken: number;

  constructor(request: Request, maxLength: number, endToken: number) {
    const { prompt, maxNewTokens, seed } = request;
    if (prompt.length === 0) throw new Error('A prompt needs at least one token.');
    this.room = Math.min(maxNewTokens, maxLength - prompt.length);
    if (this.room < 1)
      throw new Error(`A prompt of ${prompt.length} tokens leaves no room: the model reads at most ${maxLength}.`);
    this.request = request;
    this.endToken = endToken;
    this.random = randomSource(seed, 'completion');
  }

  /** The token that is fed next. */
  get token(): number {
    const { prompt } = this.request;
    return prompt[this.position] ?? this.tokens[this.position - prompt.length] ?? this.endToken;
  }

  /** Takes the logits behind the token that was fed. Returns the new token of the completion, or null inside the prompt and at the end. */
  advance(logits: Float32Array, sampler: Sampler): number | null {
    this.position++;
    if (this.position < this.request.prompt.length) return null;
    const { token, logProbability } = sampler.sample(
      logits,
      this.request,
      this.random.uniform(this.logProbabilities.length),
    );
    this.logProbabilities.push(logProbability);
    if (token === this.endToken) {
      this.finishReason = 'stop';
      return null;
    }
    this.tokens.push(token);
    if (this.tokens.length >= this.room) this.finishReason = 'length';
    return token;
  }

  generated(finishReason: Generated['finishReason']): Generated {
    return { tokens: this.tokens, logProbabilities: this.logProbabilities, finishReason };
  }
}
