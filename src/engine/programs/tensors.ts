/** Looks up a program's tensor by name; a missing one is a bug of the program. */
import type { Tensors } from '../executor.ts';
import { reshape, type Tensor } from '../tf.ts';

export const tensor = (tensors: Tensors, name: string): Tensor => {
  const found = tensors[name];
  if (!found) throw new Error(`The program was not given ${name}: list it under inputs or reads.`);
  return found;
};

/** `labels` of a pass, [B*T]. */
export const flatLabels = (tensors: Tensors): Tensor => reshape(tensor(tensors, 'labels'), [-1]);
