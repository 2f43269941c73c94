/** How the state of a model is named inside an executor. */
export const gradientName = (weight: string): string => `grad.${weight}`;
export const firstMomentName = (weight: string): string => `m.${weight}`;
export const secondMomentName = (weight: string): string => `v.${weight}`;
export const keysName = (layer: number): string => `cache.k.${layer}`;
export const valuesName = (layer: number): string => `cache.v.${layer}`;
