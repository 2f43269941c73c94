/** Rows of a table by token id; the gradient adds into the rows that were used. */
import * as tf from '../tf.ts';
import { withGradient } from './gradient.ts';

/** table [V, d], ids int32 [n] -> [n, d]. */
export const embedding = (table: tf.Tensor, ids: tf.Tensor): tf.Tensor => {
  const [rows = 0] = table.shape;
  return withGradient([table], {
    forward: () => ({ value: tf.gather(table, ids), saved: [ids] }),
    backward: (dy, saved) => [tf.unsortedSegmentSum(dy, saved[0] as tf.Tensor1D, rows)],
  });
};
