/** From logits to a token: greedy, or by chance with temperature, top-k and top-p. */
import { sampleIndex } from '../random/sampleIndex.ts';

export interface SamplingSettings {
  /** 0 takes the likeliest token. */
  readonly temperature: number;
  /** The smallest set of tokens whose probabilities add up to this; 1 switches it off. */
  readonly topP: number;
  /** The k likeliest tokens; 0 switches it off. */
  readonly topK: number;
  /** Details are told, with so many of the likeliest tokens; none where it is left out. */
  readonly alternatives?: number;
}

export interface SampledToken {
  readonly token: number;
  /** Natural logarithm of the probability the model itself gives: before temperature, top-k and top-p. */
  readonly logProbability: number;
  readonly details?: SampledDetails;
}

/** The distribution that a token was drawn from, before temperature, top-k and top-p. */
export interface SampledDetails {
  /** In nats. */
  readonly entropy: number;
  /** The likeliest tokens, likeliest first. */
  readonly alternatives: readonly number[];
  readonly alternativeLogProbabilities: readonly number[];
}

/** The likeliest tokens: how many, their weight, and the least likely of them. */
interface Front {
  readonly count: number;
  readonly weight: number;
  readonly last: number;
}

/** Linear in the vocabulary; keeps its working memory between tokens. Equally likely tokens rank by id. */
export class Sampler {
  private readonly weights: Float64Array;
  private readonly ranked: Int32Array;

  constructor(vocabularySize: number) {
    this.weights = new Float64Array(vocabularySize);
    this.ranked = new Int32Array(vocabularySize);
  }

  /**
   * @param logits of one position, [V]
   * @param u in [0, 1): the only chance there is
   * Throws where no logit is finite or one is NaN.
   */
  sample(logits: Float32Array, settings: SamplingSettings, u: number): SampledToken {
    const likeliest = argmax(logits);
    const top = logits[likeliest] ?? NaN;
    const { temperature } = settings;
    const total = temperature === 0 ? 0 : this.weigh(logits, top, temperature);
    const token = temperature === 0 ? likeliest : this.draw(total, settings, u);
    if (settings.alternatives !== undefined) return this.detailed(logits, token, top, settings.alternatives);
    const normalizer = temperature === 1 ? total : this.weigh(logits, top, 1);
    return { token, logProbability: (logits[token] ?? NaN) - top - Math.log(normalizer) };
  }

  /** One pass over the vocabulary, and few that look further. */
  private detailed(logits: Float32Array, token: number, top: number, count: number): SampledToken {
    const best = new Likeliest(Math.min(count, logits.length));
    let [total, weighted] = [0, 0];
    for (let i = 0; i < logits.length; i++) {
      const logit = logits[i] ?? 0;
      const shifted = logit - top;
      const weight = Math.exp(shifted);
      total += weight;
      if (weight > 0) weighted += weight * shifted;
      if (logit > best.least) best.take(i, logit);
    }
    const normalizer = top + Math.log(total);
    return {
      token,
      logProbability: (logits[token] ?? NaN) - normalizer,
      details: {
        entropy: Math.log(total) - weighted / total,
        alternatives: best.tokens,
        alternativeLogProbabilities: best.logits.map((logit) => logit - normalizer),
      },
    };
  }

  /** From `weights`, which add up to `total`. */
  private draw(total: number, { topP, topK }: SamplingSettings, u: number): number {
    const size = this.weights.length;
    const isCutByK = topK > 0 && topK < size;
    if (isCutByK || topP < 1) {
      for (let i = 0; i < size; i++) this.ranked[i] = i;
      let front: Front = { count: size, weight: total, last: 0 };
      if (isCutByK) front = this.front(size, (_, rank) => rank < topK);
      if (topP < 1) front = this.front(front.count, (weightBefore) => weightBefore < topP * front.weight);
      this.forbidBehind(front.last);
    }
    return sampleIndex(this.weights, u);
  }

  /** Takes away the weight of all tokens less likely than `last`. */
  private forbidBehind(last: number): void {
    for (let token = 0; token < this.weights.length; token++) if (this.isLikelier(last, token)) this.weights[token] = 0;
  }

  /** Fills `weights` with unnormalized probabilities and returns their sum. */
  private weigh(logits: Float32Array, top: number, temperature: number): number {
    let total = 0;
    for (let i = 0; i < logits.length; i++) {
      const weight = Math.exp(((logits[i] ?? 0) - top) / temperature);
      this.weights[i] = weight;
      total += weight;
    }
    return total;
  }

  /**
   * The likeliest of the first `size` ranked tokens for which `isKept(weight of all likelier ones, their count)` holds; it
   * holds for a first stretch and for nothing behind it. Moves them to the front. Expected time is linear, as in quickselect.
   */
  private front(size: number, isKept: (weightBefore: number, rank: number) => boolean): Front {
    let [low, high, weight] = [0, size, 0];
    let last = this.ranked[0] ?? 0;
    while (low < high) {
      const pivot = this.partition(low, high);
      let weightBefore = weight;
      for (let place = low; place < pivot; place++) weightBefore += this.weightAt(place);
      if (isKept(weightBefore, pivot)) {
        last = this.ranked[pivot] ?? 0;
        weight = weightBefore + this.weightAt(pivot);
        low = pivot + 1;
      } else high = pivot;
    }
    return { count: low, weight, last };
  }

  /** Puts the entry of the middle where it belongs, likelier ones in front of it; returns its place. */
  private partition(low: number, high: number): number {
    const last = high - 1;
    this.swap((low + high) >> 1, last);
    const pivot = this.ranked[last] ?? 0;
    let place = low;
    for (let i = low; i < last; i++) {
      if (this.isLikelier(this.ranked[i] ?? 0, pivot)) this.swap(i, place++);
    }
    this.swap(place, last);
    return place;
  }

  private isLikelier(a: number, b: number): boolean {
    const difference = (this.weights[a] ?? 0) - (this.weights[b] ?? 0);
    return difference > 0 || (difference === 0 && a < b);
  }

  private weightAt(place: number): number {
    return this.weights[this.ranked[place] ?? 0] ?? 0;
  }

  private swap(a: number, b: number): void {
    const kept = this.ranked[a] ?? 0;
    this.ranked[a] = this.ranked[b] ?? 0;
    this.ranked[b] = kept;
  }
}

/** The likeliest of the tokens it is given in the order of their ids; of equal ones the first. */
class Likeliest {
  readonly tokens: number[] = [];
  readonly logits: number[] = [];
  /** A token that is no likelier is none of them. */
  least: number;
  private readonly count: number;

  constructor(count: number) {
    this.count = count;
    this.least = count === 0 ? Infinity : -Infinity;
  }

  take(token: number, logit: number): void {
    let place = this.logits.length;
    while (place > 0 && (this.logits[place - 1] ?? 0) < logit) place--;
    this.tokens.splice(place, 0, token);
    this.logits.splice(place, 0, logit);
    if (this.logits.length > this.count) {
      this.tokens.pop();
      this.logits.pop();
    }
    if (this.logits.length === this.count) this.least = this.logits.at(-1) ?? 0;
  }
}

function argmax(logits: Float32Array): number {
  let best = 0;
  for (let i = 0; i < logits.length; i++) {
    const value = logits[i] ?? NaN;
    if (Number.isNaN(value)) throw new Error(`Logit ${i} is not a number: the weights are damaged or diverged.`);
    if (value > (logits[best] ?? NaN)) best = i;
  }
  if (!Number.isFinite(logits[best]))
    throw new Error(`The largest logit is ${logits[best]}: the weights are damaged or diverged.`);
  return best;
}
