/** Kernels that pick and scatter rows by index. */
import * as tf from '../../tf.ts';
import { int, text } from '../graph.ts';
import type { Recorder } from '../recorder.ts';
import { kernel, type Inputs, type RecorderKernel } from './kernel.ts';

const gather = (
  recorder: Recorder,
  { x, indices }: Inputs<'x' | 'indices'>,
  { axis, batchDims }: tf.GatherV2Attrs,
): tf.TensorInfo => {
  if (batchDims !== 0) throw new Error(`gather with batchDims ${batchDims} cannot be recorded; use batchDims 0.`);
  const along = axis < 0 ? axis + x.shape.length : axis;
  const shape = [...x.shape.slice(0, along), ...indices.shape, ...x.shape.slice(along + 1)];
  return recorder.emit('Gather', [x, indices], shape, x.dtype, { attributes: { axis: int(along) } });
};

/** Rows of `x` [n, ...] are added into row `segmentIds[n]` of zeros [numSegments, ...]. */
const segmentSum = (
  recorder: Recorder,
  { x, segmentIds }: Inputs<'x' | 'segmentIds'>,
  { numSegments }: tf.UnsortedSegmentSumAttrs,
): tf.TensorInfo => {
  if (segmentIds.shape.length !== 1) throw new Error('Segment sums are recorded for segment ids of one axis only.');
  const shape = [numSegments, ...x.shape.slice(1)];
  const zeros = recorder.uniform(0, shape, x.dtype);
  const rows = recorder.reshape(segmentIds, [...segmentIds.shape, 1]);
  const wide = recorder.graph.node('Cast', [recorder.name(rows)], [{ shape: rows.shape, dtype: 'int64' }], {
    attributes: { to: int(7) },
  });
  return recorder.emit('ScatterND', [zeros, ...wide, x], shape, x.dtype, { attributes: { reduction: text('add') } });
};

export const gathers: readonly RecorderKernel[] = [
  kernel(tf.GatherV2, gather),
  kernel(tf.UnsortedSegmentSum, segmentSum),
];
