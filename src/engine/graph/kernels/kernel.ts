/** The shape of a recorder kernel: how one tfjs kernel becomes nodes of the graph. */
import type { TensorInfo } from '../../tf.ts';
import type { Recorder } from '../recorder.ts';

export type Recorded = TensorInfo | TensorInfo[];
/** The tensors a kernel is called with, by tfjs's names. */
export type Inputs<Names extends string> = Readonly<Record<Names, TensorInfo>>;

export interface RecorderKernel {
  readonly name: string;
  readonly record: (recorder: Recorder, inputs: object, attributes: object) => Recorded;
}

/** A kernel with the inputs and attributes that tfjs documents under `name`. */
export const kernel = <In extends object, Attributes extends object = object>(
  name: string,
  record: (recorder: Recorder, inputs: In, attributes: Attributes) => Recorded,
): RecorderKernel => ({
  name,
  record: (recorder, inputs, attributes) => record(recorder, inputs as In, attributes as Attributes),
});
