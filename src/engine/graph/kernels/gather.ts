/** Kernels that pick and scatter rows by index. */
import * as tf from '../../tf.ts';
import { float, int, text } from '../graph.ts';
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

/** Up to here a product with the indices as a matrix of 0 and 1 is faster than adding row by row. */
const FEW_SEGMENTS = 1024;

/**
 * Rows of `x` [n, d] are added into row `segmentIds[n]` of zeros [numSegments, d].
 * Not ScatterND with reduction add: ONNX Runtime 1.30 runs it on several threads that overwrite each other's sums.
 */
const segmentSum = (
  recorder: Recorder,
  { x, segmentIds }: Inputs<'x' | 'segmentIds'>,
  { numSegments }: tf.UnsortedSegmentSumAttrs,
): tf.TensorInfo => {
  const [rows = 0, width = 0] = x.shape;
  if (segmentIds.shape.length !== 1 || x.shape.length !== 2)
    throw new Error('Segment sums are recorded for rows [n, d] with one segment id each.');
  const column = recorder.reshape(segmentIds, [rows, 1]);
  return numSegments <= FEW_SEGMENTS
    ? summedByProduct(recorder, x, column, numSegments)
    : summedByScatter(recorder, x, column, [numSegments, width]);
};

const summedByProduct = (recorder: Recorder, x: tf.TensorInfo, column: tf.TensorInfo, count: number): tf.TensorInfo => {
  const [rows = 0, width = 0] = x.shape;
  const segments = recorder.graph.constant(
    Int32Array.from({ length: count }, (_, i) => i),
    [count],
    'int32',
  );
  const isMember = recorder.emit('Equal', [column, segments], [rows, count], 'bool');
  const members = recorder.emit('Cast', [isMember], [rows, count], 'float32', { attributes: { to: int(1) } });
  return recorder.emit('FusedMatMul', [members, x], [count, width], 'float32', {
    domain: 'com.microsoft',
    attributes: { transA: int(1), transB: int(0), alpha: float(1) },
  });
};

const summedByScatter = (
  recorder: Recorder,
  x: tf.TensorInfo,
  column: tf.TensorInfo,
  shape: readonly [number, number],
): tf.TensorInfo => {
  const zeros = recorder.uniform(0, shape, x.dtype);
  const indices = recorder.name(recorder.broadcast(column, x.shape));
  const attributes = { axis: int(0), reduction: text('add') };
  return recorder.emit('ScatterElements', [zeros, indices, x], shape, x.dtype, { attributes });
};

export const gathers: readonly RecorderKernel[] = [
  kernel(tf.GatherV2, gather),
  kernel(tf.UnsortedSegmentSum, segmentSum),
];
