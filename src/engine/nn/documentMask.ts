/** Keeps documents that share a row from seeing each other (packing without cross-document attention). */
import * as tf from '../tf.ts';
import { HIDDEN } from './attention.ts';

/** mask [T, T] and documents int32 [B, T] -> [B, 1, 1, T, T]: very low too where query and key are of different documents. */
export const documentMask = (mask: tf.Tensor, documents: tf.Tensor): tf.Tensor => {
  const [batch = 0, length = 0] = documents.shape;
  const queries = tf.reshape(documents, [batch, 1, 1, length, 1]);
  const keys = tf.reshape(documents, [batch, 1, 1, 1, length]);
  const isOther = tf.sub(1, tf.cast(tf.equal(queries, keys), 'float32'));
  return tf.add(tf.mul(isOther, HIDDEN), mask);
};
