/** How much memory a recorded graph needs at its worst moment, by the lives of its values. */
import { sizeOf, type Graph, type GraphDtype, type GraphNode, type GraphValue } from './graph.ts';

const WIDTH: Record<GraphDtype, number> = { float32: 4, float16: 2, int32: 4, int64: 8, bool: 1 };
/** Give their input another shape or name, not other bytes. */
const SAME_BYTES = new Set(['Reshape', 'Identity', 'Squeeze', 'Unsqueeze', 'Flatten']);
/** May write over their first operand of the same size where no one needs it any more. */
const IN_PLACE = new Set([
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Exp',
  'Log',
  'Sqrt',
  'Neg',
  'Abs',
  'Tanh',
  'Sigmoid',
  'Reciprocal',
  'Min',
  'Max',
]);

export const bytesOf = ({ shape, dtype }: Pick<GraphValue, 'shape' | 'dtype'>): number => sizeOf(shape) * WIDTH[dtype];

/**
 * Bytes of the values that the nodes make, in the order in which they stand. Inputs and outputs are not counted, as
 * their memory is somebody else's; constants are.
 */
export const peakBytes = (graph: Graph): number => {
  const lives = new Lives(graph);
  let [now, peak] = [graph.constants.reduce((sum, constant) => sum + bytesOf(constant), 0), 0];
  graph.nodes.forEach((node, at) => {
    const reused = lives.reused(node, at);
    const made = node.outputs.reduce((sum, output) => sum + lives.bytesOf(output.name), 0);
    now += made - reused;
    peak = Math.max(peak, now);
    now -= lives.endingAt(at) - reused;
  });
  return peak;
};

class Lives {
  /** The value whose bytes a name stands for. */
  readonly #owner = new Map<string, string>();
  /** Of owners that nodes make. */
  readonly #bytes = new Map<string, number>();
  readonly #lastUse = new Map<string, number>();
  readonly #ending = new Map<number, string[]>();

  constructor({ nodes, outputs }: Graph) {
    nodes.forEach((node, at) => this.#take(node, at));
    for (const { source } of outputs) this.#bytes.set(this.#ownerOf(source), 0);
    for (const [name, at] of this.#lastUse) this.#ending.set(at, [...(this.#ending.get(at) ?? []), name]);
  }

  /** Bytes that a value takes beside what is there already. */
  bytesOf(name: string): number {
    return this.#owner.has(name) ? 0 : (this.#bytes.get(name) ?? 0);
  }

  /** Bytes of values that nobody needs after node `at`. */
  endingAt(at: number): number {
    return (this.#ending.get(at) ?? []).reduce((sum, name) => sum + (this.#bytes.get(name) ?? 0), 0);
  }

  /** Bytes of an operand that the node may write its result over. */
  reused({ op, inputs, outputs: [output] }: GraphNode, at: number): number {
    if (!IN_PLACE.has(op) || !output || this.bytesOf(output.name) === 0) return 0;
    const operand = inputs
      .map((name) => this.#ownerOf(name))
      .find((name) => this.#lastUse.get(name) === at && this.#bytes.get(name) === bytesOf(output));
    return operand === undefined ? 0 : bytesOf(output);
  }

  #take({ op, inputs, outputs }: GraphNode, at: number): void {
    for (const name of inputs) this.#lastUse.set(this.#ownerOf(name), at);
    const [input = ''] = inputs;
    for (const output of outputs) {
      if (SAME_BYTES.has(op) && this.#bytes.has(this.#ownerOf(input)))
        this.#owner.set(output.name, this.#ownerOf(input));
      else {
        this.#bytes.set(output.name, bytesOf(output));
        this.#lastUse.set(output.name, at);
      }
    }
  }

  #ownerOf(name: string): string {
    return this.#owner.get(name) ?? name;
  }
}
