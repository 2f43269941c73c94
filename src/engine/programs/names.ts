/** How the state of a model is named inside an executor. */
import type { Model } from '../families/family.ts';

export const gradientName = (weight: string): string => `grad.${weight}`;
export const firstMomentName = (weight: string): string => `m.${weight}`;
export const secondMomentName = (weight: string): string => `v.${weight}`;
/** A weight as it was when training began. */
export const referenceName = (weight: string): string => `reference.${weight}`;
export const keysName = (layer: number): string => `cache.k.${layer}`;
export const valuesName = (layer: number): string => `cache.v.${layer}`;

/** The whole cache. */
export const cacheNames = ({ cache: { layers } }: Pick<Model, 'cache'>): readonly string[] =>
  Array.from({ length: layers }, (_, layer) => [keysName(layer), valuesName(layer)]).flat();

/** Logits of the last decode step, where they stay with the executor. */
export const nextLogitsName = 'next.logits';

/** Logits, keys and values of the prompts that were read last, per padded length. */
export const promptLogitsName = (length: number): string => `prompt.logits.${length}`;
export const promptKeysName = (length: number, layer: number): string => `prompt.k.${length}.${layer}`;
export const promptValuesName = (length: number, layer: number): string => `prompt.v.${length}.${layer}`;
