/** Programs that start afresh where an input says so, for executors that cannot put zeros in the place of state. */
import type { Program, Tensors } from '../executor.ts';
import * as tf from '../tf.ts';
import { tensor } from './tensors.ts';

/** The same program, whose body itself takes zeros for state where `afresh` says so: it no longer has `afresh`. */
export const choosing = ({ afresh, ...program }: Program): Program =>
  afresh === undefined ? program : { ...program, body: (tensors) => program.body(chosen(program, afresh, tensors)) };

const chosen = ({ overwrites = [] }: Program, afresh: string, tensors: Tensors): Tensors => {
  const isGoingOn = tf.greater(tensor(tensors, afresh), 0);
  const states = overwrites.map((name) => [name, tf.where(isGoingOn, tensor(tensors, name), 0)] as const);
  return { ...tensors, ...Object.fromEntries(states) };
};
