/** Whether training passes are computed in 16 bits, and why: the config's wish beside what the device can do. */
import type { TrainingConfig } from '../../config/schema.ts';
import { phrase, said, type Sentence, type Told } from '../../protocol/sentence.ts';
import type { Adapter } from './adapterFacts.ts';

export interface Precision {
  readonly precision: 'f32' | 'f16';
  /** Ends the reason of the executor; empty where nothing is to be said. */
  readonly reason: Told;
  /** Where a wish is not met. */
  readonly warning?: Told;
}

type Wish = TrainingConfig['precision'];

/** A GPU through WebGPU takes 16 bits where its adapter has them and the config asks: how fast and how exact they are was not measured on one of hardware. */
export const precisionOnWebgpu = (wish: Wish, { name, hasFloat16 }: Adapter): Precision => {
  if (!hasFloat16) return lacking(wish, said`${name} does not compute in 16 bits (its adapter has no shader-f16)`);
  switch (wish) {
    case 'float32':
      return { precision: 'f32', reason: '' };
    case 'auto':
      return { precision: 'f32', reason: 'In 32 bits; it has 16, which training.precision "float16" takes.' };
    case 'float16':
      return { precision: 'f16', reason: 'Products of training passes in 16 bits, as training.precision asks.' };
    default:
      return wish satisfies never;
  }
};

/** All others compute in 32 bits. */
export const precisionElsewhere = (wish: Wish, what: string): Precision => lacking(wish, phrase(what));

export const NO_FLOAT16 = {
  cpu: 'ONNX Runtime has no 16-bit products for this processor, only 32-bit ones between two roundings',
  provider: 'products in 16 bits are tested through WebGPU only',
  eager: 'this executor computes in 32 bits only',
} as const;

const lacking = (wish: Wish, why: Sentence): Precision => {
  if (wish !== 'float16') return { precision: 'f32', reason: '' };
  return {
    precision: 'f32',
    reason: said`In 32 bits, though training.precision is "float16": ${why}.`,
    warning: said`Computing in 32 bits, though training.precision is "float16": ${why}.`,
  };
};
