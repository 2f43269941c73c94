/** Writes a graph as the bytes of an ONNX model (opset 18 and com.microsoft). */
import type { Attribute, Graph, GraphConstant, GraphDtype, GraphNode, GraphValue } from '../../engine/graph/graph.ts';
import { MessageWriter } from './protobuf.ts';

const OPSET = 18;
const IR_VERSION = 8;
/** TensorProto.DataType. */
const TYPES: Record<GraphDtype, number> = { float32: 1, float16: 10, int32: 6, int64: 7, bool: 9 };

/** The output that `withStopper` puts before all others: an empty sequence, which is no tensor. */
export const STOPPER = 'stopper';

export interface ModelOptions {
  readonly withStopper?: boolean;
}

/** ModelProto; field numbers are those of onnx.proto. */
export const onnxModel = (graph: Graph, options: ModelOptions = {}): Uint8Array =>
  new MessageWriter()
    .int(1, IR_VERSION)
    .text(2, 'through-the-valley')
    .message(7, graphMessage(graph, options))
    .message(8, opset('', OPSET))
    .message(8, opset('com.microsoft', 1))
    .build();

const opset = (domain: string, version: number): MessageWriter => new MessageWriter().text(1, domain).int(2, version);

const graphMessage = (graph: Graph, { withStopper = false }: ModelOptions): MessageWriter => {
  const message = new MessageWriter();
  ordered(graph.nodes).forEach((node, i) => message.message(1, nodeMessage(node, i)));
  if (withStopper) message.message(1, new MessageWriter().text(2, STOPPER).text(3, STOPPER).text(4, 'SequenceEmpty'));
  message.text(2, 'program');
  for (const constant of graph.constants) message.message(5, tensorMessage(constant));
  for (const input of graph.inputs) message.message(11, valueMessage(input));
  if (withStopper) message.message(12, stopperMessage());
  for (const output of graph.outputs) message.message(12, valueMessage({ ...output, name: output.source }));
  return message;
};

/**
 * The nodes as ONNX Runtime is to see them. It takes the nodes that no other needs from the last to the first and runs,
 * for each, what it needs and has not run yet. With these at the end, the earliest recorded last, the loss comes first and
 * the gradients follow from the last layer to the first, so that what a layer keeps is freed when its gradients are done.
 */
const ordered = (nodes: readonly GraphNode[]): readonly GraphNode[] => {
  const used = new Set(nodes.flatMap((node) => node.inputs));
  const isLeaf = ({ outputs }: GraphNode): boolean => !outputs.some(({ name }) => used.has(name));
  return [...nodes.filter((node) => !isLeaf(node)), ...nodes.filter(isLeaf).toReversed()];
};

/** A value that is a sequence of float32 tensors of any shape. */
const stopperMessage = (): MessageWriter => {
  const element = new MessageWriter().message(1, new MessageWriter().int(1, TYPES.float32));
  const sequence = new MessageWriter().message(1, element);
  return new MessageWriter().text(1, STOPPER).message(2, new MessageWriter().message(4, sequence));
};

const nodeMessage = (node: GraphNode, index: number): MessageWriter => {
  const message = new MessageWriter();
  for (const input of node.inputs) message.text(1, input);
  for (const output of node.outputs) message.text(2, output.name);
  message.text(3, `${node.op}.${index}`).text(4, node.op);
  for (const [name, attribute] of Object.entries(node.attributes))
    message.message(5, attributeMessage(name, attribute));
  return message.text(7, node.domain);
};

const attributeMessage = (name: string, attribute: Attribute): MessageWriter => {
  const message = new MessageWriter().text(1, name);
  switch (attribute.kind) {
    case 'float':
      return message.float(2, attribute.value).int(20, 1);
    case 'int':
      return message.int(3, attribute.value).int(20, 2);
    case 'text':
      return message.text(4, attribute.value).int(20, 3);
    case 'ints':
      for (const value of attribute.value) message.int(8, value);
      return message.int(20, 7);
    default:
      return attribute satisfies never;
  }
};

const tensorMessage = ({ name, shape, dtype, values }: GraphConstant): MessageWriter => {
  const message = new MessageWriter();
  for (const length of shape) message.int(1, length);
  return message
    .int(2, TYPES[dtype])
    .text(8, name)
    .bytes(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
};

const valueMessage = ({ name, shape, dtype }: GraphValue): MessageWriter => {
  const dimensions = new MessageWriter();
  for (const length of shape) dimensions.message(1, new MessageWriter().int(1, length));
  const tensorType = new MessageWriter().int(1, TYPES[dtype]).message(2, dimensions);
  return new MessageWriter().text(1, name).message(2, new MessageWriter().message(1, tensorType));
};
