/** Small graphs that show what a WebGPU adapter can do: compute, compute in 16 bits, and refuse a tensor that none can hold. */
import type { DeviceLimits } from '../../engine/executor.ts';
import { inFloat16 } from '../../engine/graph/float16.ts';
import { sizeOf, type Graph, type GraphNode, type GraphValue } from '../../engine/graph/graph.ts';

const float = (name: string, shape: readonly number[]): GraphValue => ({ name, shape, dtype: 'float32' });

const graphOf = (input: GraphValue, node: Pick<GraphNode, 'op' | 'inputs'>, output: GraphValue): Graph => ({
  inputs: [input],
  constants: [],
  nodes: [{ ...node, domain: '', outputs: [output], attributes: {} }],
  outputs: [{ ...output, source: output.name }],
});

/** x * x. */
const squares = graphOf(float('x', [4]), { op: 'Mul', inputs: ['x', 'x'] }, float('y', [4]));

/** [[1, 2], [3, 4]] times itself in 16 bits, from x [4]. */
const halves: Graph = inFloat16({
  inputs: [float('x', [4])],
  constants: [{ name: 'shape', shape: [2], dtype: 'int64', values: BigInt64Array.of(2n, 2n) }],
  nodes: [
    { op: 'Reshape', domain: '', inputs: ['x', 'shape'], outputs: [float('m', [2, 2])], attributes: {} },
    { op: 'MatMul', domain: '', inputs: ['m', 'm'], outputs: [float('y', [2, 2])], attributes: {} },
  ],
  outputs: [{ ...float('y', [2, 2]), source: 'y' }],
});

/**
 * 64 GiB less 4 KiB, the most whose groups of four ONNX Runtime can count. No device gives a buffer of that size, so no memory
 * is taken; and in pieces of 4 GiB, the most that Dawn allows, it is more than the 16 buffers that it shows to any kernel. It
 * counts them before it misses the buffer, and refuses.
 */
const LARGE = [2 ** 34 - 2 ** 10] as const;

const large: Graph = {
  ...graphOf(float('x', [1]), { op: 'Expand', inputs: ['x', 'shape'] }, float('y', LARGE)),
  constants: [{ name: 'shape', shape: [1], dtype: 'int64', values: BigInt64Array.of(BigInt(LARGE[0])) }],
};

export const probeModels: readonly Graph[] = [squares, halves, large];

/** Whether the product in 16 bits came out right: small whole numbers are exact there. */
export const isHalfRight = (told: unknown): boolean => Array.isArray(told) && told.join() === '7,10,15,22';

/** ONNX Runtime 1.30 counts the pieces of all tensors of a kernel: here the one of `x` and those of `y`. */
const TOO_MANY = /Too many storage buffers in shader\. Current: (\d+), Max is (\d+)/;

/** The limits by which the large tensor was refused; undefined where it was refused in other words. */
export const limitsOf = (told: unknown): DeviceLimits | undefined => {
  const [, count, most] = (typeof told === 'string' ? TOO_MANY.exec(told) : null) ?? [];
  if (count === undefined || most === undefined) return undefined;
  return { bindingBytes: Math.ceil((4 * sizeOf(LARGE)) / (Number(count) - 1)), bindings: Number(most) };
};
