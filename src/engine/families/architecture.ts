/** What is told apart between families of decoder-only transformers, and the parameters that follow from it, in Hugging Face's names. */
import type { Shape } from '../executor.ts';
import type { Heads } from '../nn/attention.ts';
import type { RopeScaling } from '../nn/ropeScaling.ts';
import type { Init, Parameter } from './family.ts';
import { biasName } from './weights.ts';

export interface LayerKind {
  readonly theta: number;
  readonly ropeScaling: RopeScaling;
  /** Multiplies the scores too; 1 but for YaRN. */
  readonly scoreScale: number;
  /** How many tokens a token sees, itself among them; null for all before it. */
  readonly window: number | null;
}

export interface Architecture extends Heads {
  readonly modelType: string;
  readonly hidden: number;
  readonly intermediate: number;
  readonly vocab: number;
  readonly positions: number;
  /** Added under the root in RMSNorm. */
  readonly epsilon: number;
  /** One per layer; layers of one kind have the same object. */
  readonly layers: readonly LayerKind[];
  readonly embedding: {
    /** Standard deviation at the start. */
    readonly std: number;
    /** Multiplies what goes into the first layer. */
    readonly scale: number;
    /** Whether the embedding is the head too. */
    readonly isTied: boolean;
  };
  /** Which linear layers have a bias. */
  readonly biases: { readonly qkv: boolean; readonly output: boolean; readonly feedForward: boolean };
  readonly norms: {
    /** What the learned numbers are of the factor: all of it, or what is added to 1. */
    readonly learned: 'factor' | 'offset';
    /** Whether queries and keys are normalized, head by head. */
    readonly ofHeads: boolean;
    /** Whether attention and feed-forward layer are normalized before they are added to the stream, too. */
    readonly ofResults: boolean;
  };
  readonly activation: 'silu' | 'gelu';
  /** Multiplies the scores beside 1 / sqrt(headDim). */
  readonly queryScale: number;
  /** Soft caps of attention scores and logits; null for none. */
  readonly caps: { readonly scores: number | null; readonly logits: number | null };
  /** How matrices start: those that write into the residual stream, and the others. */
  readonly initOf: (fanIn: number, isResidual: boolean) => Init;
}

export const EMBEDDING = 'model.embed_tokens.weight';
export const FINAL_NORM = 'model.norm.weight';
const HEAD = 'lm_head.weight';

export const headName = ({ embedding }: Architecture): string => (embedding.isTied ? EMBEDDING : HEAD);

/** What a layer's parameters are called. */
export const namesOf = (layer: number, { norms }: Architecture) => {
  const at = (part: string): string => `model.layers.${layer}.${part}.weight`;
  return {
    attentionNorm: at('input_layernorm'),
    q: at('self_attn.q_proj'),
    k: at('self_attn.k_proj'),
    v: at('self_attn.v_proj'),
    o: at('self_attn.o_proj'),
    qNorm: at('self_attn.q_norm'),
    kNorm: at('self_attn.k_norm'),
    feedForwardNorm: at(norms.ofResults ? 'pre_feedforward_layernorm' : 'post_attention_layernorm'),
    gate: at('mlp.gate_proj'),
    up: at('mlp.up_proj'),
    down: at('mlp.down_proj'),
    attentionResultNorm: at('post_attention_layernorm'),
    feedForwardResultNorm: at('post_feedforward_layernorm'),
  };
};

/** All parameters, from the embedding to the head. */
export const parametersOf = (of: Architecture): readonly Parameter[] => {
  const { vocab, hidden, embedding } = of;
  const table: Shape = [vocab, hidden];
  const head = embedding.isTied ? [] : [matrix(HEAD, table, of.initOf(hidden, false))];
  return [
    matrix(EMBEDDING, table, { kind: 'normal', std: embedding.std }),
    ...of.layers.flatMap((_, layer) => layerParameters(layer, of)),
    norm(FINAL_NORM, hidden, of),
    ...head,
  ];
};

const layerParameters = (layer: number, of: Architecture): readonly Parameter[] => {
  const { hidden, intermediate, queryHeads, keyValueHeads, headDim, biases, norms } = of;
  const [all, shared] = [queryHeads * headDim, keyValueHeads * headDim];
  const name = namesOf(layer, of);
  const into = (at: string, out: number, from: number, hasBias: boolean, isResidual = false): Parameter[] => [
    matrix(at, [out, from], of.initOf(from, isResidual)),
    ...(hasBias ? [{ name: biasName(at), shape: [out], init: { kind: 'zeros' }, decay: false } as const] : []),
  ];
  return [
    norm(name.attentionNorm, hidden, of),
    ...into(name.q, all, hidden, biases.qkv),
    ...into(name.k, shared, hidden, biases.qkv),
    ...into(name.v, shared, hidden, biases.qkv),
    ...into(name.o, hidden, all, biases.output, true),
    ...(norms.ofHeads ? [norm(name.qNorm, headDim, of), norm(name.kNorm, headDim, of)] : []),
    norm(name.feedForwardNorm, hidden, of),
    ...into(name.gate, intermediate, hidden, biases.feedForward),
    ...into(name.up, intermediate, hidden, biases.feedForward),
    ...into(name.down, hidden, intermediate, biases.feedForward, true),
    ...(norms.ofResults
      ? [norm(name.attentionResultNorm, hidden, of), norm(name.feedForwardResultNorm, hidden, of)]
      : []),
  ];
};

const matrix = (name: string, shape: Shape, init: Init): Parameter => ({ name, shape, init, decay: true });

const norm = (name: string, width: number, { norms }: Architecture): Parameter => ({
  name,
  shape: [width],
  init: { kind: norms.learned === 'factor' ? 'ones' : 'zeros' },
  decay: false,
});

/** `make` once for each kind of layer, the result of each layer's kind in the order of the layers. */
export const perLayer = <T>(layers: readonly LayerKind[], make: (kind: LayerKind) => T): readonly T[] => {
  const made = new Map([...new Set(layers)].map((kind) => [kind, make(kind)]));
  return layers.map((kind) => made.get(kind) as T);
};
