/** Records a program: its body runs once over named symbols, and what it asks for becomes a graph. */
import type { Program, Shape, TensorSpec, Tensors } from '../executor.ts';
import { withBackend } from '../backend.ts';
import * as tf from '../tf.ts';
import { inFloat16 } from './float16.ts';
import type { Graph } from './graph.ts';
import { kernels } from './kernels/index.ts';
import { Recorder, RECORDER } from './recorder.ts';

/**
 * The graph of `program`: inputs are its inputs, then the state it reads; outputs are all tensors its body returns.
 * Errors name a kernel that the recorder lacks, state without a shape, and values read inside the body.
 */
export const record = (program: Program, stateShapes: Readonly<Record<string, Shape>>): Graph =>
  onRecorder((recorder) => {
    recorder.start();
    tf.tidy(() => {
      const outputs = runBody(program, symbols(recorder, program, stateShapes));
      for (const [name, tensor] of Object.entries(outputs))
        recorder.graph.output(recorder.name(tensor), { name, shape: tensor.shape, dtype: 'float32' });
    });
    const graph = recorder.graph.build();
    return program.precision === 'float16' ? inFloat16(graph) : graph;
  });

const onRecorder = <T>(work: (recorder: Recorder) => T): T => {
  const recorder = installed();
  return withBackend(RECORDER, () => work(recorder));
};

const installed = (): Recorder => {
  const existing = tf.findBackend(RECORDER);
  if (existing instanceof Recorder) return existing;
  tf.registerBackend(RECORDER, () => new Recorder(), 0);
  for (const { name, record: recordKernel } of kernels)
    tf.registerKernel({
      kernelName: name,
      backendName: RECORDER,
      kernelFunc: ({ inputs, attrs, backend }) => recordKernel(backend as Recorder, inputs, attrs ?? {}),
    });
  return tf.findBackend(RECORDER) as Recorder;
};

const symbols = (recorder: Recorder, program: Program, stateShapes: Readonly<Record<string, Shape>>): Tensors => {
  const state = program.reads.map((name): TensorSpec => {
    const shape = stateShapes[name];
    if (!shape) throw new Error(`Program ${program.name} reads state ${name}, which is not allocated.`);
    return { name, shape, dtype: 'float32' };
  });
  return Object.fromEntries(
    [...program.inputs, ...state].map((spec) => [
      spec.name,
      tf.engine().makeTensorFromTensorInfo(recorder.input(spec)),
    ]),
  );
};

const runBody = (program: Program, tensors: Tensors): Readonly<Record<string, tf.Tensor>> => {
  try {
    return program.body(tensors);
  } catch (error) {
    const [, missing] = /[Kk]ernel '([^']+)' (?:not registered )?for backend/.exec(String(error)) ?? [];
    if (!missing) throw error;
    throw new Error(
      `Program ${program.name} uses the tfjs kernel ${missing}, which the recorder does not know; add it under src/engine/graph/kernels.`,
      { cause: error },
    );
  }
};
