/** Finds the tensors of a graph that a device cannot show to one of its kernels. */
import type { DeviceLimits } from '../executor.ts';
import { type Graph, type GraphNode, type GraphValue } from './graph.ts';
import { bytesOf } from './liveness.ts';

export interface TooLarge {
  /** The largest tensor of the kernel. */
  readonly value: GraphValue;
  readonly bytes: number;
  /** What the kernel computes, e.g. `MatMul`. */
  readonly op: string;
  /** Of all its tensors together. */
  readonly pieces: number;
}

/** Run without a kernel, or split themselves. */
const FREE = new Set(['Reshape', 'Identity', 'Concat', 'Split']);

/** Kernels that need too many pieces because of a tensor's size, the worst first. */
export const tooLargeFor = (graph: Graph, limits: DeviceLimits): readonly TooLarge[] => {
  const { inputs, constants, nodes } = graph;
  const values = new Map([...inputs, ...constants, ...nodes.flatMap((node) => node.outputs)].map((x) => [x.name, x]));
  const found = nodes.flatMap((node) => tooLarge(node, values, limits) ?? []);
  return found.toSorted((a, b) => b.pieces - a.pieces);
};

const tooLarge = (
  { op, inputs, outputs }: GraphNode,
  values: ReadonlyMap<string, GraphValue>,
  { bindingBytes, bindings }: DeviceLimits,
): TooLarge | null => {
  if (FREE.has(op)) return null;
  const tensors = [...inputs.flatMap((name) => values.get(name) ?? []), ...outputs];
  const pieces = tensors.reduce((sum, tensor) => sum + Math.max(1, Math.ceil(bytesOf(tensor) / bindingBytes)), 0);
  const value = tensors.toSorted((a, b) => bytesOf(b) - bytesOf(a))[0];
  if (!value || pieces <= bindings || bytesOf(value) <= bindingBytes) return null;
  return { value, bytes: bytesOf(value), op, pieces };
};
