/** A compiled program over state in JavaScript's memory. */
import type * as Ort from 'onnxruntime-node';
import type { Append, CompiledProgram, Shape, Values } from '../../engine/executor.ts';
import { appendRows } from './cacheRows.ts';
import { checkState, inputValues, isAccepted, outputOf, writtenInPlace } from './check.ts';
import type { Floats, FloatTensor, OnnxSession } from './onnxSession.ts';
import type { Bound, OnnxState } from './onnxState.ts';

/** 16 MB. */
const MOST_ZEROS = 1 << 22;

export class OnnxProgram implements CompiledProgram {
  readonly #session: OnnxSession;
  readonly #state: OnnxState;
  /** Of the state that the program touches, as it was at `compile`. */
  readonly #shapes: Readonly<Record<string, Shape>>;
  readonly #inPlace: readonly string[];

  constructor(session: OnnxSession, state: OnnxState, shapes: Readonly<Record<string, Shape>>) {
    this.#session = session;
    this.#state = state;
    this.#shapes = shapes;
    this.#inPlace = writtenInPlace(session.program);
  }

  async run(inputs: Readonly<Record<string, Values>>): Promise<Record<string, Float32Array>> {
    const { program } = this.#session;
    const { feeds, targets } = this.#state.boundFor(this, () => this.#bind());
    const outputs = await this.#session.run({ ...feeds, ...this.#zeros(inputs), ...this.#fed(inputs) }, targets);
    const returned = Object.fromEntries(
      program.returns.map((name) => {
        const { data } = outputOf(program, outputs, name);
        return [name, program.writes.includes(name) ? data.slice() : data] as const;
      }),
    );
    if (isAccepted(program, returned)) this.#write(outputs, inputs);
    return returned;
  }

  async dispose(): Promise<void> {
    await this.#session.close();
  }

  #bind(): Bound {
    const { program } = this.#session;
    checkState(program, this.#shapes, (name) => this.#state.get(name)?.dims);
    return { feeds: this.#stateOf(program.reads), targets: this.#stateOf(this.#inPlace) };
  }

  /** What is read in the place of state where the program starts afresh. */
  #zeros(inputs: Readonly<Record<string, Values>>): Floats {
    const { afresh, overwrites = [] } = this.#session.program;
    if (afresh === undefined || (inputs[afresh]?.[0] ?? 0) > 0) return {};
    return this.#stateOf(overwrites, (tensor) => this.#zero(tensor));
  }

  /** Zeros of the same shape: of memory that all share, or the tensor itself where that would take too much. */
  #zero({ data, dims }: FloatTensor): FloatTensor {
    const zeros = data.length <= MOST_ZEROS ? this.#state.zeros(data.length) : data.fill(0);
    return this.#session.tensor('float32', zeros, dims);
  }

  #fed(inputs: Readonly<Record<string, Values>>): Record<string, Ort.Tensor> {
    const { program } = this.#session;
    const fed = program.inputs.map((spec) => [
      spec.name,
      this.#session.tensor(spec.dtype, inputValues(program, spec, inputs), spec.shape),
    ]);
    return Object.fromEntries(fed) as Record<string, Ort.Tensor>;
  }

  #stateOf(names: readonly string[], used = (tensor: FloatTensor): FloatTensor => tensor): Floats {
    return Object.fromEntries(
      names.flatMap((name) => {
        const tensor = this.#state.get(name);
        return tensor ? [[name, used(tensor)] as const] : [];
      }),
    );
  }

  #write(outputs: Floats, inputs: Readonly<Record<string, Values>>): void {
    const { program } = this.#session;
    for (const name of program.writes) this.#state.set(name, outputOf(program, outputs, name));
    for (const append of program.appends) this.#append(append, outputs, inputs);
  }

  #append({ state, output, at, slots }: Append, outputs: Floats, inputs: Readonly<Record<string, Values>>): void {
    const cache = this.#state.get(state);
    const rows = outputOf(this.#session.program, outputs, output);
    const places = { times: inputs[at] ?? [], slots: slots ? inputs[slots] : undefined };
    if (cache) appendRows(cache.data, cache.dims, rows.data, places);
  }
}
