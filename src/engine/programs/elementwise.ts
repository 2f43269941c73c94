/** A program that does the same to one set of tensors after another, element by element. */
import type { Elementwise, Program, Tensors } from '../executor.ts';
import { tensor } from './tensors.ts';

/** `inputs` name float32 scalars. */
export const elementwiseProgram = (name: string, inputs: readonly string[], elementwise: Elementwise): Program => {
  const { over, writes, body } = elementwise;
  const written = over.flatMap((set) => writes.map((place) => stateAt(set, place)));
  return {
    name,
    inputs: inputs.map((input) => ({ name: input, shape: [], dtype: 'float32' })),
    reads: over.flatMap((set) => Object.values(set)),
    writes: written,
    overwrites: written,
    appends: [],
    returns: [],
    elementwise,
    body: (tensors) => {
      const given = Object.fromEntries(inputs.map((input) => [input, tensor(tensors, input)]));
      const shared = sharedBy(elementwise, given);
      const outputs = over.map((set) => {
        const own = Object.entries(set).map(([place, state]) => [place, tensor(tensors, state)] as const);
        const after = body({ ...shared, ...Object.fromEntries(own) });
        return writes.map((place) => [stateAt(set, place), tensor(after, place)] as const);
      });
      return Object.fromEntries(outputs.flat());
    },
  };
};

/** What every set of the program knows beside its own tensors: the inputs, and what is made of them. */
export const sharedBy = ({ shared }: Elementwise, inputs: Tensors): Tensors => ({ ...inputs, ...shared?.(inputs) });

const stateAt = (set: Readonly<Record<string, string>>, place: string): string => {
  const state = set[place];
  if (state === undefined) throw new Error(`A set of an elementwise program has no tensor for ${place}.`);
  return state;
};
