/** An elementwise program over state in JavaScript's memory: run piece by piece, each written where it was read. */
import type { CompiledProgram, Elementwise, Program, Shape, Values } from '../../engine/executor.ts';
import { sizeOf } from '../../engine/graph/graph.ts';
import { sharedBy } from '../../engine/programs/elementwise.ts';
import { checkState, inputValues } from './check.ts';
import { OnnxSession, type Floats, type Place } from './onnxSession.ts';
import type { OnnxState } from './onnxState.ts';

/** Elements of a piece: 1 MB for each tensor, so that what a piece computes on the way stays in the processor's cache. */
const LONGEST = 1 << 18;

type ElementwiseOf = Program & { readonly elementwise: Elementwise };

/** The lengths of the pieces that `size` elements are cut into. */
export const piecesOf = (size: number, longest = LONGEST): readonly number[] => {
  const whole = Array<number>(Math.floor(size / longest)).fill(longest);
  return size % longest === 0 ? whole : [...whole, size % longest];
};

export class OnnxPieces implements CompiledProgram {
  readonly #program: ElementwiseOf;
  readonly #state: OnnxState;
  readonly #shapes: Readonly<Record<string, Shape>>;
  /** By the length of a piece. */
  readonly #sessions: ReadonlyMap<number, OnnxSession>;

  private constructor(
    program: ElementwiseOf,
    state: OnnxState,
    shapes: Readonly<Record<string, Shape>>,
    sessions: ReadonlyMap<number, OnnxSession>,
  ) {
    this.#program = program;
    this.#state = state;
    this.#shapes = shapes;
    this.#sessions = sessions;
  }

  static async open(
    place: Place,
    program: ElementwiseOf,
    state: OnnxState,
    shapes: Readonly<Record<string, Shape>>,
  ): Promise<OnnxPieces> {
    const lengths = new Set(Object.values(shapes).flatMap((shape) => piecesOf(sizeOf(shape))));
    const sessions = new Map<number, OnnxSession>();
    for (const length of lengths) sessions.set(length, await openPiece(place, program, length));
    return new OnnxPieces(program, state, shapes, sessions);
  }

  async run(inputs: Readonly<Record<string, Values>>): Promise<Record<string, Float32Array>> {
    checkState(this.#program, this.#shapes, (name) => this.#state.get(name)?.dims);
    for (const set of this.#program.elementwise.over) await this.#runSet(set, inputs);
    return {};
  }

  async dispose(): Promise<void> {
    for (const session of this.#sessions.values()) await session.close();
  }

  async #runSet(set: Readonly<Record<string, string>>, inputs: Readonly<Record<string, Values>>): Promise<void> {
    const [first = ''] = Object.values(set);
    let at = 0;
    for (const length of piecesOf(sizeOf(this.#shapes[first] ?? []))) {
      await this.#runPiece(set, inputs, at, length);
      at += length;
    }
  }

  async #runPiece(
    set: Readonly<Record<string, string>>,
    inputs: Readonly<Record<string, Values>>,
    at: number,
    length: number,
  ): Promise<void> {
    const session = this.#sessions.get(length);
    if (!session) throw new Error(`Program ${this.#program.name} has no session for pieces of ${length}.`);
    const views: Floats = Object.fromEntries(
      Object.entries(set).flatMap(([place, name]) => {
        const whole = this.#state.get(name)?.data;
        return whole ? [[place, session.tensor('float32', whole.subarray(at, at + length), [length])] as const] : [];
      }),
    );
    const scalars = this.#program.inputs.map(
      (spec) => [spec.name, session.tensor(spec.dtype, inputValues(this.#program, spec, inputs), spec.shape)] as const,
    );
    const targets = this.#program.elementwise.writes.map((place) => [place, views[place]] as const);
    await session.run({ ...Object.fromEntries(scalars), ...views }, Object.fromEntries(targets) as Floats);
  }
}

const openPiece = (
  place: Place,
  { name, inputs, elementwise }: ElementwiseOf,
  length: number,
): Promise<OnnxSession> => {
  const places = Object.keys(elementwise.over[0] ?? {});
  const piece: Program = {
    name: `${name}/${length}`,
    inputs,
    reads: places,
    writes: elementwise.writes,
    appends: [],
    returns: [],
    body: (tensors) => {
      const outputs = elementwise.body(sharedBy(elementwise, tensors));
      return Object.fromEntries(Object.entries(outputs).filter(([at]) => elementwise.writes.includes(at)));
    },
  };
  return OnnxSession.open(place, piece, Object.fromEntries(places.map((at) => [at, [length]])));
};
