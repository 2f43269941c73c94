/** Runs a piece of tfjs code on one backend and puts the earlier one back. */
import * as tf from './tf.ts';

/** `work` must be done when it returns; backends that start asynchronously must be ready. */
export const withBackend = <T>(name: string, work: () => T): T => {
  const before = tf.findBackend(tf.getBackend() ?? '') ? tf.getBackend() : null;
  void tf.setBackend(name);
  try {
    return work();
  } finally {
    if (before) void tf.setBackend(before);
  }
};
