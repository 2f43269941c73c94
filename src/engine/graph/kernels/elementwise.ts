/** Kernels that work element by element; numbers that are the same throughout are computed while recording. */
import * as tf from '../../tf.ts';
import { sameShape } from '../graph.ts';
import type { Recorder } from '../recorder.ts';
import { kernel, type Inputs, type RecorderKernel } from './kernel.ts';

interface BinaryRule {
  readonly op: string;
  readonly evaluate: (a: number, b: number) => number;
  /** The right operand that changes nothing; `both`: the left one too. */
  readonly neutral?: number;
  readonly isCommutative?: boolean;
  readonly dtype?: 'bool';
}

const arithmetic: Record<string, BinaryRule> = {
  [tf.Add]: { op: 'Add', evaluate: (a, b) => a + b, neutral: 0, isCommutative: true },
  [tf.Sub]: { op: 'Sub', evaluate: (a, b) => a - b, neutral: 0 },
  [tf.Multiply]: { op: 'Mul', evaluate: (a, b) => a * b, neutral: 1, isCommutative: true },
  [tf.RealDiv]: { op: 'Div', evaluate: (a, b) => a / b, neutral: 1 },
  [tf.Maximum]: { op: 'Max', evaluate: Math.max },
  [tf.Minimum]: { op: 'Min', evaluate: Math.min },
  [tf.Pow]: { op: 'Pow', evaluate: Math.pow, neutral: 1 },
  [tf.Equal]: { op: 'Equal', evaluate: (a, b) => Number(a === b), dtype: 'bool' },
  [tf.Greater]: { op: 'Greater', evaluate: (a, b) => Number(a > b), dtype: 'bool' },
  [tf.GreaterEqual]: { op: 'GreaterOrEqual', evaluate: (a, b) => Number(a >= b), dtype: 'bool' },
  [tf.Less]: { op: 'Less', evaluate: (a, b) => Number(a < b), dtype: 'bool' },
  [tf.LessEqual]: { op: 'LessOrEqual', evaluate: (a, b) => Number(a <= b), dtype: 'bool' },
  [tf.LogicalAnd]: { op: 'And', evaluate: (a, b) => Number(a !== 0 && b !== 0), dtype: 'bool' },
  [tf.LogicalOr]: { op: 'Or', evaluate: (a, b) => Number(a !== 0 || b !== 0), dtype: 'bool' },
};

const unary: Record<string, { readonly op: string; readonly evaluate: (x: number) => number }> = {
  [tf.Neg]: { op: 'Neg', evaluate: (x) => -x },
  [tf.Exp]: { op: 'Exp', evaluate: Math.exp },
  [tf.Log]: { op: 'Log', evaluate: Math.log },
  [tf.Sqrt]: { op: 'Sqrt', evaluate: Math.sqrt },
  [tf.Abs]: { op: 'Abs', evaluate: Math.abs },
  [tf.Tanh]: { op: 'Tanh', evaluate: Math.tanh },
  [tf.Sigmoid]: { op: 'Sigmoid', evaluate: (x) => 1 / (1 + Math.exp(-x)) },
  [tf.Relu]: { op: 'Relu', evaluate: (x) => Math.max(x, 0) },
  [tf.Reciprocal]: { op: 'Reciprocal', evaluate: (x) => 1 / x },
  [tf.Sign]: { op: 'Sign', evaluate: Math.sign },
  [tf.Floor]: { op: 'Floor', evaluate: Math.floor },
  [tf.Sin]: { op: 'Sin', evaluate: Math.sin },
  [tf.Cos]: { op: 'Cos', evaluate: Math.cos },
};

const rounded = (value: number, dtype: tf.DataType): number => (dtype === 'float32' ? Math.fround(value) : value);

const binary = (name: string, rule: BinaryRule): RecorderKernel =>
  kernel<Inputs<'a' | 'b'>>(name, (recorder, { a, b }) => {
    const shape = tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
    const dtype = rule.dtype ?? a.dtype;
    const [left, right] = [recorder.uniformValue(a), recorder.uniformValue(b)];
    if (left !== undefined && right !== undefined)
      return recorder.uniform(rounded(rule.evaluate(left, right), dtype), shape, dtype);
    if (rule.neutral !== undefined && right === rule.neutral) return recorder.broadcast(a, shape);
    if (rule.neutral !== undefined && rule.isCommutative && left === rule.neutral) return recorder.broadcast(b, shape);
    return recorder.emit(rule.op, recorder.operands([a, b], shape), shape, dtype);
  });

const mapped = (name: string, { op, evaluate }: (typeof unary)[string]): RecorderKernel =>
  kernel<Inputs<'x'>>(name, (recorder, { x }) => {
    const value = recorder.uniformValue(x);
    if (value !== undefined) return recorder.uniform(rounded(evaluate(value), x.dtype), x.shape, x.dtype);
    return recorder.emit(op, [x], x.shape, x.dtype);
  });

const square = (recorder: Recorder, x: tf.TensorInfo): tf.TensorInfo => {
  const value = recorder.uniformValue(x);
  if (value !== undefined) return recorder.uniform(rounded(value * value, x.dtype), x.shape, x.dtype);
  return recorder.emit('Mul', [x, x], x.shape, x.dtype);
};

const reciprocalRoot = (recorder: Recorder, x: tf.TensorInfo): tf.TensorInfo => {
  const value = recorder.uniformValue(x);
  if (value !== undefined) return recorder.uniform(Math.fround(1 / Math.sqrt(value)), x.shape, x.dtype);
  return recorder.emit('Reciprocal', [recorder.emit('Sqrt', [x], x.shape, x.dtype)], x.shape, x.dtype);
};

/** 1 above zero, `below` elsewhere: the slope of relu and abs. */
const step = (recorder: Recorder, x: tf.TensorInfo, below: number): tf.TensorInfo => {
  const [zero, one, other] = [0, 1, below].map((value) => recorder.graph.scalar(value, 'float32')) as [
    string,
    string,
    string,
  ];
  const isAbove = recorder.emit('Greater', [x, zero], x.shape, 'bool');
  return recorder.emit('Where', [isAbove, one, other], x.shape, x.dtype);
};

const squaredDifference = (recorder: Recorder, { a, b }: Inputs<'a' | 'b'>): tf.TensorInfo => {
  const shape = tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
  return square(recorder, recorder.emit('Sub', recorder.operands([a, b], shape), shape, a.dtype));
};

const notEqual = (recorder: Recorder, { a, b }: Inputs<'a' | 'b'>): tf.TensorInfo => {
  const shape = tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
  return recorder.emit('Not', [recorder.emit('Equal', recorder.operands([a, b], shape), shape, 'bool')], shape, 'bool');
};

/** A number that is not finite times zero is not a number. */
const isFinite = (recorder: Recorder, x: tf.TensorInfo): tf.TensorInfo => {
  const zero = recorder.emit('Mul', [x, recorder.graph.scalar(0, 'float32')], x.shape, x.dtype);
  return recorder.emit('Equal', [zero, recorder.graph.scalar(0, 'float32')], x.shape, 'bool');
};

const cast = (recorder: Recorder, x: tf.TensorInfo, dtype: tf.DataType): tf.TensorInfo => {
  if (x.dtype === dtype) return recorder.alias(x);
  const value = recorder.uniformValue(x);
  if (value !== undefined) return recorder.uniform(castNumber(value, dtype), x.shape, dtype);
  return recorder.emit('Cast', [x], x.shape, dtype, {
    attributes: { to: { kind: 'int', value: ONNX_TYPES[dtype as keyof typeof ONNX_TYPES] } },
  });
};

/** TensorProto.DataType. */
const ONNX_TYPES = { float32: 1, int32: 6, bool: 9 } as const;

const castNumber = (value: number, dtype: tf.DataType): number => {
  if (dtype === 'bool') return Number(value !== 0);
  return dtype === 'int32' ? Math.trunc(value) : value;
};

/** tfjs repeats all three operands to one shape first; the smallest ones serve as well. */
const select = (recorder: Recorder, { condition, t, e }: Inputs<'condition' | 't' | 'e'>): tf.TensorInfo => {
  const shape = t.shape;
  const chosen = recorder.uniformValue(condition);
  if (chosen !== undefined) return recorder.alias(chosen === 0 ? e : t);
  if (!sameShape(condition.shape, shape)) {
    const trailing = shape.slice(condition.shape.length).map(() => 1);
    const spread = recorder.reshape(condition, [...condition.shape, ...trailing]);
    return recorder.emit('Where', recorder.operands([spread, t, e], shape), shape, t.dtype);
  }
  return recorder.emit('Where', recorder.operands([condition, t, e], shape), shape, t.dtype);
};

export const elementwise: readonly RecorderKernel[] = [
  ...Object.entries(arithmetic).map(([name, rule]) => binary(name, rule)),
  ...Object.entries(unary).map(([name, rule]) => mapped(name, rule)),
  kernel<Inputs<'x'>>(tf.Square, (recorder, { x }) => square(recorder, x)),
  kernel<Inputs<'x'>, tf.StepAttrs>(tf.Step, (recorder, { x }, { alpha }) => step(recorder, x, alpha)),
  kernel<Inputs<'x'>>(tf.Rsqrt, (recorder, { x }) => reciprocalRoot(recorder, x)),
  kernel(tf.SquaredDifference, squaredDifference),
  kernel<Inputs<'a' | 'b'>>(tf.NotEqual, notEqual),
  kernel<Inputs<'x'>>(tf.LogicalNot, (recorder, { x }) => recorder.emit('Not', [x], x.shape, 'bool')),
  kernel<Inputs<'x'>>(tf.IsNan, (recorder, { x }) => recorder.emit('IsNaN', [x], x.shape, 'bool')),
  kernel<Inputs<'x'>>(tf.IsFinite, (recorder, { x }) => isFinite(recorder, x)),
  kernel<Inputs<'x'>, tf.CastAttrs>(tf.Cast, (recorder, { x }, { dtype }) => cast(recorder, x, dtype)),
  kernel(tf.Select, select),
];
