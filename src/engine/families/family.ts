/** What a model family is: the reading of its configuration, its parameters, and its forward passes in tfjs code. */
import type { Architecture } from './architecture.ts';
import type { Shape, Tensors } from '../executor.ts';
import type { Tensor } from '../tf.ts';
import type { SavedModel } from '../../protocol/savedState.ts';

/** What a checkpoint's config.json says, keys in Hugging Face's spelling. */
export type ModelConfig = SavedModel['config'];

export interface Parameter {
  /** Hugging Face's name, e.g. `model.layers.0.self_attn.q_proj.weight`. */
  readonly name: string;
  /** Matrices are [out, in]. */
  readonly shape: Shape;
  readonly init: Init;
  /** Whether weight decay applies. */
  readonly decay: boolean;
  /** Stays as it is in training: it has no gradient and no moments. */
  readonly isFrozen?: true;
}

export type Init =
  | { readonly kind: 'normal'; readonly std: number }
  /** Between -bound and bound. */
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'ones' }
  | { readonly kind: 'zeros' };

/** The cache of one layer holds keys and values [slots, heads, T, headDim]. */
export interface CacheShape {
  readonly layers: number;
  readonly heads: number;
  readonly headDim: number;
}

export interface KeysAndValues {
  readonly keys: Tensor;
  readonly values: Tensor;
}

/** One new token for each of n slots. */
export interface DecodeStep {
  /** int32 [n]. */
  readonly ids: Tensor;
  /** int32 [n]; -1 for an idle slot. */
  readonly positions: Tensor;
  readonly cacheLength: number;
  /** Cached keys and values of a layer, [n, heads, T, headDim]. */
  readonly cache: (layer: number) => KeysAndValues;
  /** Whether the last time of the cache is free, and new tokens look at the others from there. */
  readonly isInPlace?: boolean;
}

export interface TrunkOptions {
  /** Keep of each block only what goes in, and compute the rest again for the gradient. */
  readonly isRecomputed?: boolean;
  /** Where rows hold several documents; each row is one if left out. */
  readonly packing?: Packing | undefined;
}

/** Documents side by side in rows. */
export interface Packing {
  /** int32 [B, T]: place of a token in its document, from 0. */
  readonly positions: Tensor;
  /** int32 [B, T]: which document of its row a token belongs to; it sees no other. */
  readonly documents: Tensor;
}

/** Prompts, read at once. */
export interface Prefill {
  /** int32 [B, P], padded on the right. */
  readonly ids: Tensor;
  /** int32 [B]: where in the flattened ids each prompt's last token is. */
  readonly last: Tensor;
}

export interface Decoded {
  /** [n, V]; of prompts those of their last tokens, [B, V]. */
  readonly logits: Tensor;
  /** What each layer adds to its cache, [n, heads, 1, headDim]; of prompts [B, heads, P, headDim]. */
  readonly added: readonly KeysAndValues[];
  /** Of a step in place: the caches with the new token at their last time, [n, heads, T, headDim]. */
  readonly caches?: readonly KeysAndValues[];
}

/** The low-rank adapters of a model: what they stand beside, and how strong they are. */
export interface Adapters {
  readonly rank: number;
  readonly alpha: number;
  /** The last part of the names of the matrices that are adapted, e.g. `q_proj`. */
  readonly targetModules: readonly string[];
  /** Names of the adapted matrices. */
  readonly targets: readonly string[];
}

/** A family with its sizes filled in. Weights come in by the names of `parameters`, first in every function. */
export interface Model {
  readonly modelType: string;
  readonly vocabSize: number;
  /** Longest sequence in tokens. */
  readonly maxPositions: number;
  readonly parameters: readonly Parameter[];
  readonly cache: CacheShape;
  /** Of a model that is trained by adapters, see lora.ts. */
  readonly adapters?: Adapters;
  /** ids int32 [B, T] -> [B*T, V], causal, without a cache. */
  readonly logits: (weights: Tensors, ids: Tensor) => Tensor;
  /** The first part of `logits`: ids int32 [B, T] -> [B*T, hidden]. */
  readonly trunk: (weights: Tensors, ids: Tensor, options?: TrunkOptions) => Tensor;
  /** The second part: [n, hidden] -> [n, V]. */
  readonly head: (weights: Tensors, hidden: Tensor) => Tensor;
  /** Names of the weights that `head` reads. */
  readonly headWeights: readonly string[];
  readonly prefill: (weights: Tensors, prompt: Prefill) => Decoded;
  readonly decode: (weights: Tensors, step: DecodeStep) => Decoded;
}

export interface Family {
  /** Hugging Face's `model_type`. */
  readonly modelType: string;
  /** Throws ExecutorError `badCheckpoint` naming the key and value that cannot be. */
  readonly describe: (config: ModelConfig) => Architecture;
  /** What transformers calls the class of these models. */
  readonly architecture: string;
  /** config.json in words that transformers knows, for a family that it has not. */
  readonly published?: (config: ModelConfig) => ModelConfig;
}
