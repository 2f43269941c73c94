/** One prompt with what has been written behind it. */
import { type RandomSource, randomSource } from '../random/randomSource.ts';
import type { Draw } from './choosing.ts';
import type { SampledDetails, SampledToken, SamplingSettings } from './sampler.ts';

export interface GenerationRequest extends SamplingSettings {
  /** Token ids, at least one, fewer than the decoder's longest sequence. */
  readonly prompt: readonly number[];
  /** With the prompt, decides the completion, whatever is generated beside it. */
  readonly seed: number;
  readonly maxNewTokens: number;
  /** Asked after each token, with all tokens of the completion so far: whether it ends here. */
  readonly isStop?: ((tokens: readonly number[]) => boolean) | undefined;
}

/** Of each generated token, one after the other; empty where nobody asked. */
interface GeneratedDetails {
  readonly entropies: readonly number[];
  /** k of each token. */
  readonly alternatives: readonly number[];
  readonly alternativeLogProbabilities: readonly number[];
}

export interface Generated {
  /** Without the end token. */
  readonly tokens: readonly number[];
  /** The token that ended it; null where none did. */
  readonly endToken: number | null;
  /** Of each generated token, the end token included (natural logarithm, before temperature, top-k and top-p). */
  readonly logProbabilities: readonly number[];
  readonly details: GeneratedDetails;
  readonly finishReason: 'stop' | 'length';
}

export class Sequence<Request extends GenerationRequest> {
  readonly request: Request;
  finishReason: Generated['finishReason'] | null = null;
  private readonly tokens: number[] = [];
  private readonly logProbabilities: number[] = [];
  /** Flat: sixteen thousand tokens of sixty-four sequences are as many objects otherwise. */
  private readonly details: { readonly [Part in keyof GeneratedDetails]: number[] } = {
    entropies: [],
    alternatives: [],
    alternativeLogProbabilities: [],
  };
  private readonly random: RandomSource;
  private readonly room: number;
  private readonly endTokens: readonly number[];
  private endToken: number | null = null;

  /** `maxLength` of prompt and completion together. Throws for a prompt without tokens, or one that leaves no room. */
  constructor(request: Request, maxLength: number, endTokens: readonly number[]) {
    const { prompt, maxNewTokens, seed } = request;
    if (prompt.length === 0) throw new Error('A prompt needs at least one token.');
    this.room = Math.min(maxNewTokens, maxLength - prompt.length);
    if (this.room < 1)
      throw new Error(`A prompt of ${prompt.length} tokens leaves no room: the model reads at most ${maxLength}.`);
    this.request = request;
    this.endTokens = endTokens;
    this.random = randomSource(seed, 'completion');
  }

  /** The token that is fed next. */
  get token(): number {
    return this.tokens.at(-1) ?? this.request.prompt.at(-1) ?? 0;
  }

  /** Where it goes. */
  get position(): number {
    return this.request.prompt.length + this.tokens.length - 1;
  }

  /** How the next token is drawn. */
  get draw(): Draw {
    return { settings: this.request, uniform: this.random.uniform(this.logProbabilities.length) };
  }

  /** Takes what was drawn. Returns the new token of the completion, or null for one that ends it. */
  advance({ token, logProbability, details }: SampledToken): number | null {
    const { request, tokens } = this;
    this.logProbabilities.push(logProbability);
    if (details) this.keepDetails(details);
    if (this.endTokens.includes(token)) {
      this.finishReason = 'stop';
      this.endToken = token;
      return null;
    }
    tokens.push(token);
    if (request.isStop?.(tokens)) this.finishReason = 'stop';
    else if (tokens.length >= this.room) this.finishReason = 'length';
    return token;
  }

  generated(finishReason: Generated['finishReason']): Generated {
    const { tokens, endToken, logProbabilities, details } = this;
    return { tokens, endToken, logProbabilities, details, finishReason };
  }

  private keepDetails({ entropy, alternatives, alternativeLogProbabilities }: SampledDetails): void {
    this.details.entropies.push(entropy);
    this.details.alternatives.push(...alternatives);
    this.details.alternativeLogProbabilities.push(...alternativeLogProbabilities);
  }
}
