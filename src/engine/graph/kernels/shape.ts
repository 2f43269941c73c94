/** Kernels that move values without computing: reshapes, transposes, slices, joins and fills. */
import type { Shape } from '../../executor.ts';
import * as tf from '../../tf.ts';
import { int, ints, sizeOf } from '../graph.ts';
import type { Recorder } from '../recorder.ts';
import { kernel, type Inputs, type RecorderKernel } from './kernel.ts';

const axisOf = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

const transpose = (recorder: Recorder, { x }: Inputs<'x'>, { perm }: tf.TransposeAttrs): tf.TensorInfo => {
  const shape = perm.map((axis) => x.shape[axis] ?? 0);
  const value = recorder.uniformValue(x);
  if (value !== undefined) return recorder.uniform(value, shape, x.dtype);
  if (perm.every((axis, i) => axis === i)) return recorder.alias(x);
  return recorder.emit('Transpose', [x], shape, x.dtype, { attributes: { perm: ints(perm) } });
};

const slice = (recorder: Recorder, { x }: Inputs<'x'>, { begin, size }: tf.SliceAttrs): tf.TensorInfo => {
  const [starts = [], shape = []] = tf.slice_util.parseSliceParams(x as tf.Tensor, begin, size);
  const value = recorder.uniformValue(x);
  if (value !== undefined) return recorder.uniform(value, shape, x.dtype);
  if (starts.every((start) => start === 0) && sizeOf(shape) === sizeOf(x.shape)) return recorder.alias(x);
  const ends = starts.map((start, i) => start + (shape[i] ?? 0));
  return recorder.emit('Slice', [x, recorder.graph.ints(starts), recorder.graph.ints(ends)], shape, x.dtype);
};

const pad = (recorder: Recorder, { x }: Inputs<'x'>, { paddings, constantValue }: tf.PadV2Attrs): tf.TensorInfo => {
  const shape = x.shape.map((length, i) => length + (paddings[i]?.[0] ?? 0) + (paddings[i]?.[1] ?? 0));
  const amounts = recorder.graph.ints([...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)]);
  return recorder.emit('Pad', [x, amounts, recorder.graph.scalar(constantValue, 'float32')], shape, x.dtype);
};

const concat = (recorder: Recorder, inputs: object, { axis }: tf.ConcatAttrs): tf.TensorInfo => {
  const parts = Object.values(inputs) as tf.TensorInfo[];
  const [first] = parts;
  if (!first) throw new Error('Concat needs at least one tensor.');
  const along = axisOf(axis, first.shape.length);
  const shape = first.shape.map((length, i) =>
    i === along ? parts.reduce((sum, part) => sum + (part.shape[along] ?? 0), 0) : length,
  );
  return recorder.emit('Concat', parts, shape, first.dtype, { attributes: { axis: int(along) } });
};

const split = (recorder: Recorder, { x }: Inputs<'x'>, { numOrSizeSplits, axis }: tf.SplitVAttrs): tf.TensorInfo[] => {
  const along = axisOf(axis, x.shape.length);
  const sizes = tf.backend_util.prepareSplitSize(x as tf.Tensor, numOrSizeSplits, along);
  const shapes = sizes.map((size) => x.shape.map((length, i) => (i === along ? size : length)));
  return recorder.emitMany('Split', [x, recorder.graph.ints(sizes)], shapes, x.dtype, {
    attributes: { axis: int(along) },
  });
};

const tile = (recorder: Recorder, { x }: Inputs<'x'>, { reps }: tf.TileAttrs): tf.TensorInfo => {
  const shape = x.shape.map((length, i) => length * (reps[i] ?? 1));
  if (x.shape.every((length, i) => length === 1 || reps[i] === 1)) return recorder.broadcast(x, shape);
  const value = recorder.uniformValue(x);
  if (value !== undefined) return recorder.uniform(value, shape, x.dtype);
  return recorder.emit('Tile', [x, recorder.graph.ints(reps)], shape, x.dtype);
};

const expanded = (shape: Shape, dim: number): number[] => {
  const longer = [...shape];
  longer.splice(axisOf(dim, shape.length + 1), 0, 1);
  return longer;
};

const pack = (recorder: Recorder, inputs: object, { axis }: tf.PackAttrs): tf.TensorInfo => {
  const parts = (Object.values(inputs) as tf.TensorInfo[]).map((part) =>
    recorder.reshape(part, expanded(part.shape, axis)),
  );
  return concat(recorder, parts, { axis });
};

const range = (recorder: Recorder, { start, stop, step, dtype }: tf.RangeAttrs): tf.TensorInfo => {
  const values = Array.from({ length: Math.max(0, Math.ceil((stop - start) / step)) }, (_, i) => start + i * step);
  const dataId = recorder.write(
    dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values),
    [values.length],
    dtype,
  );
  return { dataId, shape: [values.length], dtype };
};

export const shape: readonly RecorderKernel[] = [
  kernel<Inputs<'x'>, tf.ReshapeAttrs>(tf.Reshape, (recorder, { x }, attributes) =>
    recorder.reshape(x, tf.util.inferFromImplicitShape(attributes.shape, sizeOf(x.shape))),
  ),
  kernel<Inputs<'input'>, tf.ExpandDimsAttrs>(tf.ExpandDims, (recorder, { input }, { dim }) =>
    recorder.reshape(input, expanded(input.shape, dim)),
  ),
  kernel<Inputs<'x'>>(tf.Identity, (recorder, { x }) => recorder.alias(x)),
  kernel<object, tf.FillAttrs>(tf.Fill, (recorder, _, { shape: size, value, dtype }) =>
    recorder.uniform(Number(value), size, dtype),
  ),
  kernel<Inputs<'x'>>(tf.OnesLike, (recorder, { x }) => recorder.uniform(1, x.shape, x.dtype)),
  kernel<Inputs<'x'>>(tf.ZerosLike, (recorder, { x }) => recorder.uniform(0, x.shape, x.dtype)),
  kernel<object, tf.RangeAttrs>(tf.Range, (recorder, _, attributes) => range(recorder, attributes)),
  kernel(tf.Transpose, transpose),
  kernel(tf.Slice, slice),
  kernel(tf.PadV2, pad),
  kernel(tf.Concat, concat),
  kernel(tf.Pack, pack),
  kernel(tf.SplitV, split),
  kernel(tf.Tile, tile),
];
