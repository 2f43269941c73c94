/** Checks that all executors make before they run a program, with sentences that name the program and the tensor. */
import type { Program, Shape, TensorSpec, Values } from '../../engine/executor.ts';
import { sameShape, sizeOf } from '../../engine/graph/graph.ts';

/** Shapes of state by name, at the time of asking. */
export type ShapeOf = (name: string) => Shape | undefined;

/** The shapes of all state that `program` reads, writes or appends to. Throws where some is not allocated. */
export const stateShapes = (program: Program, shapeOf: ShapeOf): Record<string, Shape> => {
  const names = [...program.reads, ...program.writes, ...program.appends.map(({ state }) => state)];
  return Object.fromEntries(
    names.map((name) => {
      const shape = shapeOf(name);
      if (!shape) throw new Error(`Program ${program.name} uses state ${name}, which is not allocated.`);
      return [name, shape];
    }),
  );
};

/** Throws if state has gone or changed its shape since `shapes` were taken. */
export const checkState = (program: Program, shapes: Readonly<Record<string, Shape>>, shapeOf: ShapeOf): void => {
  for (const [name, compiled] of Object.entries(shapes)) {
    const now = shapeOf(name);
    if (!now || !sameShape(now, compiled))
      throw new Error(
        `State ${name} is ${now ? `[${now.join(', ')}]` : 'gone'}, but program ${program.name} was compiled for [${compiled.join(', ')}]; compile it again.`,
      );
  }
};

/** The values of one input. Throws where they are missing or of another type or size. */
export const inputValues = (program: Program, spec: TensorSpec, inputs: Readonly<Record<string, Values>>): Values => {
  const values = inputs[spec.name];
  const isFitting = spec.dtype === 'int32' ? values instanceof Int32Array : values instanceof Float32Array;
  if (values && isFitting && values.length === sizeOf(spec.shape)) return values;
  const given = values ? `${values.constructor.name} of ${values.length}` : 'nothing';
  throw new Error(
    `Program ${program.name} wants ${spec.dtype} [${spec.shape.join(', ')}] for its input ${spec.name}, and was given ${given}.`,
  );
};

/** The output called `name`. Throws where the body did not return it. */
export const outputOf = <T>(program: Program, outputs: Readonly<Record<string, T>>, name: string): T => {
  const output = outputs[name];
  if (output === undefined)
    throw new Error(`Program ${program.name} promises the output ${name} but does not return it.`);
  return output;
};

/** Throws unless `values` fill `shape`. */
export const checkSize = (name: string, shape: Shape, values: Float32Array): void => {
  if (values.length !== sizeOf(shape))
    throw new Error(`State ${name} is to have the shape [${shape.join(', ')}] but was given ${values.length} values.`);
};

/** Throws where an append's time lies behind the end of its cache, or its slot outside. */
export const checkTimes = (
  { appends }: Program,
  shapes: Readonly<Record<string, Shape>>,
  inputs: Readonly<Record<string, Values>>,
): void => {
  for (const { state, at, slots } of appends) {
    const count = shapes[state]?.[0] ?? 0;
    const stranger = slots === undefined ? undefined : inputs[slots]?.find((slot) => slot < 0 || slot >= count);
    if (stranger !== undefined) throw new Error(`Slot ${stranger} is outside a cache of ${count} slots.`);
    const length = shapes[state]?.[2] ?? 0;
    const slot = (inputs[at] ?? []).findIndex((time) => time >= length);
    if (slot < 0) continue;
    throw new Error(`Slot ${slot} writes at time ${inputs[at]?.[slot]}, but its cache ends at ${length}; grow it.`);
  }
};

/** State that may be written while the program runs: what the body does not read, or reads by element only. */
export const writtenInPlace = ({ writes, reads, overwrites = [], guard }: Program): readonly string[] =>
  guard === undefined ? writes.filter((name) => !reads.includes(name) || overwrites.includes(name)) : [];

/** Whether the run may write: its guard, if it has one, is a finite number. */
export const isAccepted = ({ guard }: Program, returned: Readonly<Record<string, Float32Array>>): boolean =>
  guard === undefined || Number.isFinite(returned[guard]?.[0]);
