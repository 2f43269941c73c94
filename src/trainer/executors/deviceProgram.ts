/** What a program becomes where state lives on the device: appends are part of the body, and kept outputs are apart from returned ones. */
import type { Append, Program, Shape, Tensors } from '../../engine/executor.ts';
import type { Graph } from '../../engine/graph/graph.ts';
import { choosing } from '../../engine/programs/afresh.ts';
import * as tf from '../../engine/tf.ts';
import { writtenInPlace } from './check.ts';

/** How the outputs of `onDevice` are called: what stays on the device as state, and what comes to the host. */
export const keptName = (state: string): string => `kept ${state}`;
export const returnedName = (output: string): string => `returned ${output}`;

/** State that a run of `program` replaces. */
export const replacedState = ({ writes, appends }: Program): readonly string[] => [
  ...new Set([...writes, ...appends.map(({ state }) => state)]),
];

/** Whether all state that the program writes may be written while it runs, and no kernel would read and write one buffer. */
export const canBeInPlace = (program: Program, { nodes, outputs }: Graph): boolean => {
  const [replaced, free] = [replacedState(program), new Set(writtenInPlace(program))];
  const makers = new Map(nodes.flatMap((node) => node.outputs.map(({ name }) => [name, node] as const)));
  const isApart = (state: string): boolean => {
    const output = outputs.find(({ name }) => name === keptName(state));
    const maker = output && makers.get(output.source);
    return maker !== undefined && !maker.inputs.includes(state);
  };
  return replaced.length > 0 && replaced.every((state) => free.has(state) && isApart(state));
};

/** The same program with outputs called by `keptName` and `returnedName`; one that the body does not give is left out. */
export const onDevice = (given: Program): Program => {
  const program = choosing(given);
  return {
    ...program,
    reads: [...new Set([...program.reads, ...program.appends.map(({ state }) => state)])],
    body: (tensors) => {
      const outputs = program.body(tensors);
      const appended = program.appends.map((append) => [append.state, withRows(append, outputs, tensors)] as const);
      const written = program.writes.map((name) => [name, outputs[name]] as const);
      const kept = [...written, ...appended].map(([name, tensor]) => [keptName(name), tensor] as const);
      const returned = program.returns.map((name) => [returnedName(name), outputs[name]] as const);
      return Object.fromEntries([...kept, ...returned].filter(isGiven));
    },
  };
};

/** The state with the output's rows where `at` and `slots` put them. */
const withRows = ({ state, output, at, slots }: Append, outputs: Tensors, tensors: Tensors): tf.Tensor | undefined => {
  const [cache, rows, times] = [tensors[state], outputs[output], tensors[at]];
  const targets = slots === undefined ? undefined : tensors[slots];
  if (!cache || !rows || !times) return undefined;
  return targets ? withRowsInSlots(cache, rows, times, targets) : withOneEach(cache, rows, times);
};

/** rows [slots, heads, 1, d]: each at its time in its own slot. */
const withOneEach = (cache: tf.Tensor, rows: tf.Tensor, times: tf.Tensor): tf.Tensor => {
  const [slots = 0, , length = 0] = cache.shape;
  const everyTime = tf.reshape(tf.range(0, length, 1, 'int32'), [1, 1, length, 1]);
  return tf.where(tf.equal(everyTime, tf.reshape(times, [slots, 1, 1, 1])), rows, cache);
};

/**
 * rows [n, heads, t, d]: row i from time `times[i]` on in slot `targets[i]`; nowhere where the time is negative. Counts in
 * float32: the device's kernels for whole numbers are few.
 */
const withRowsInSlots = (cache: tf.Tensor, rows: tf.Tensor, times: tf.Tensor, targets: tf.Tensor): tf.Tensor => {
  const [slots = 0, , length = 0] = cache.shape;
  const [count = 0, heads = 0, span = 0, width = 0] = rows.shape;
  const everySlot = tf.reshape(tf.range(0, slots, 1, 'float32'), [slots, 1, 1, 1]);
  const everyTime = tf.reshape(tf.range(0, length, 1, 'float32'), [1, 1, length, 1]);
  const [starts, places] = [tf.cast(times, 'float32'), tf.cast(targets, 'float32')];
  let filled = cache;
  for (let i = 0; i < count; i++) {
    const start = tf.slice(starts, [i], [1]);
    const offsets = tf.sub(everyTime, start); // [1, 1, T, 1], 0 where the row begins
    const within = tf.minimum(tf.maximum(offsets, 0), span - 1);
    const indices = tf.cast(tf.reshape(within, [length]), 'int32');
    const spread = tf.gather(tf.slice(rows, [i, 0, 0, 0], [1, heads, span, width]), indices, 2);
    const far = tf.add(tf.abs(tf.sub(offsets, within)), tf.abs(tf.sub(everySlot, tf.slice(places, [i], [1]))));
    const distance = tf.add(far, tf.relu(tf.neg(start))); // 0 where the row goes
    filled = tf.where(tf.less(distance, 0.5), spread, filled);
  }
  return filled;
};

const isGiven = (entry: readonly [string, tf.Tensor | undefined]): entry is readonly [string, tf.Tensor] =>
  entry[1] !== undefined;

/** The only state that a copying program knows. */
export const COPIED = 'copied';

/** Its input `x` becomes the state. */
export const uploading = (shape: Shape): Program => ({
  name: 'upload',
  inputs: [{ name: 'x', shape, dtype: 'float32' }],
  reads: [],
  writes: [COPIED],
  appends: [],
  returns: [],
  body: ({ x }) => (x ? { [COPIED]: x } : {}),
});

/** Returns the state. */
export const downloading: Program = {
  name: 'download',
  inputs: [],
  reads: [COPIED],
  writes: [],
  appends: [],
  returns: [COPIED],
  body: (tensors) => tensors,
};

/** The state `name` [slots, heads, T, d] with zeros behind it up to `length`. */
export const growing = (
  name: string,
  [slots = 0, heads = 0, before = 0, width = 0]: Shape,
  length: number,
): Program => ({
  name: 'grow',
  inputs: [],
  reads: [name],
  writes: [name],
  appends: [],
  returns: [],
  body: ({ [name]: cache }) => {
    const added = tf.zeros([slots, heads, length - before, width]);
    return cache ? { [name]: length > before ? tf.concat([cache, added], 2) : cache } : {};
  },
});
