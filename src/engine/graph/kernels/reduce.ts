/** Kernels that go along axes: sums, means, extremes, running sums and softmax. */
import * as tf from '../../tf.ts';
import { int, sizeOf } from '../graph.ts';
import type { Recorder } from '../recorder.ts';
import { kernel, type Inputs, type RecorderKernel } from './kernel.ts';

type Axes = number | number[];

interface Reduction {
  readonly op: string;
  /** The result for `count` times the same number. */
  readonly ofUniform: (value: number, count: number) => number;
}

const reduced = (
  recorder: Recorder,
  x: tf.TensorInfo,
  axis: Axes,
  keepDims: boolean,
  { op, ofUniform }: Reduction,
): tf.TensorInfo => {
  const axes = tf.util.parseAxisParam(axis, x.shape);
  const kept = x.shape.map((length, i) => (axes.includes(i) ? 1 : length));
  const shape = keepDims ? kept : x.shape.filter((_, i) => !axes.includes(i));
  const value = recorder.uniformValue(x);
  if (value !== undefined)
    return recorder.uniform(Math.fround(ofUniform(value, sizeOf(x.shape) / sizeOf(kept))), shape, x.dtype);
  if (axes.every((i) => x.shape[i] === 1)) return recorder.reshape(x, shape);
  return recorder.emit(op, [x, recorder.graph.ints(axes)], shape, x.dtype, {
    attributes: { keepdims: int(Number(keepDims)) },
  });
};

const sum: Reduction = { op: 'ReduceSum', ofUniform: (value, count) => value * count };
const mean: Reduction = { op: 'ReduceMean', ofUniform: (value) => value };
const max: Reduction = { op: 'ReduceMax', ofUniform: (value) => value };
const min: Reduction = { op: 'ReduceMin', ofUniform: (value) => value };

type AxisAttributes = { readonly axis: Axes; readonly keepDims: boolean };
type ExtremeAttributes = { readonly reductionIndices?: Axes; readonly axis?: Axes; readonly keepDims: boolean };

const extreme = (name: string, reduction: Reduction): RecorderKernel =>
  kernel<Inputs<'x'>, ExtremeAttributes>(name, (recorder, { x }, { reductionIndices, axis, keepDims }) =>
    reduced(recorder, x, reductionIndices ?? axis ?? x.shape.map((_, i) => i), keepDims, reduction),
  );

const normalized = (recorder: Recorder, op: string, logits: tf.TensorInfo, axis: number): tf.TensorInfo =>
  recorder.emit(op, [logits], logits.shape, logits.dtype, {
    attributes: { axis: int(axis < 0 ? axis + logits.shape.length : axis) },
  });

/** Each entry and all before it along the axis. */
const runningSum = (
  recorder: Recorder,
  x: tf.TensorInfo,
  { axis, exclusive, reverse }: tf.CumsumAttrs,
): tf.TensorInfo =>
  recorder.emit('CumSum', [x, recorder.graph.scalar(axis, 'int32')], x.shape, x.dtype, {
    attributes: { exclusive: int(Number(exclusive)), reverse: int(Number(reverse)) },
  });

export const reduce: readonly RecorderKernel[] = [
  kernel<Inputs<'x'>, tf.CumsumAttrs>(tf.Cumsum, (recorder, { x }, attributes) => runningSum(recorder, x, attributes)),
  kernel<Inputs<'x'>, AxisAttributes>(tf.Sum, (recorder, { x }, { axis, keepDims }) =>
    reduced(recorder, x, axis, keepDims, sum),
  ),
  kernel<Inputs<'x'>, AxisAttributes>(tf.Mean, (recorder, { x }, { axis, keepDims }) =>
    reduced(recorder, x, axis, keepDims, mean),
  ),
  extreme(tf.Max, max),
  extreme(tf.Min, min),
  kernel<Inputs<'logits'>, { dim: number }>(tf.Softmax, (recorder, { logits }, { dim }) =>
    normalized(recorder, 'Softmax', logits, dim),
  ),
  kernel<Inputs<'logits'>, { axis: number }>(tf.LogSoftmax, (recorder, { logits }, { axis }) =>
    normalized(recorder, 'LogSoftmax', logits, axis),
  ),
];
