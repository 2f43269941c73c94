/** A real executor whose device fails by plan: it is lost for good, or its gradients overflow for a step. */
import type { CompiledProgram, Executor, Program, Shape } from '../../src/engine/executor.ts';
import { ExecutorError } from '../../src/engine/executorError.ts';

export interface Faults {
  /** The run of a training pass, counted from 1, in which the device is lost; from then on nothing works. */
  readonly lostAtPass?: number;
  /** Updates, counted from 1 with those that are skipped, that find an infinite gradient. */
  readonly overflowAtUpdate?: readonly number[];
}

/** `updates` are the values of the input `step` that updates were run with; those that are skipped are not run. */
export const faulty = (
  real: Executor,
  { lostAtPass = Infinity, overflowAtUpdate = [] }: Faults,
): { readonly executor: Executor; readonly updates: number[] } => {
  const updates: number[] = [];
  const shapes = new Map<string, Shape>();
  let [passes, norms, isLost] = [0, 0, false];
  /** What a pass leaves behind where a gradient exceeds 65,504. */
  const overflow = async ({ reads }: Program): Promise<void> => {
    const name = reads.find((state) => state.startsWith('grad.')) ?? '';
    const values = await real.read(name);
    values[0] = Infinity;
    await real.allocate(name, shapes.get(name) ?? [], values);
  };
  const working = <T>(work: () => Promise<T>): Promise<T> =>
    isLost ? Promise.reject(new Error('[Device] is lost.')) : work();
  const run = async (program: Program, compiled: CompiledProgram, inputs: Parameters<CompiledProgram['run']>[0]) => {
    if (program.name.startsWith('gradients/') && ++passes === lostAtPass) {
      isLost = true;
      throw new ExecutorError(
        'deviceLost',
        `The device was lost while program ${program.name} ran, by plan.`,
        'Go on.',
      );
    }
    if (program.name === 'norm' && overflowAtUpdate.includes(++norms)) await overflow(program);
    if (program.name === 'update/decaying') updates.push(inputs['step']?.[0] ?? NaN);
    return compiled.run(inputs);
  };
  const executor: Executor = {
    identity: real.identity,
    allocate: (name, shape, values) => {
      shapes.set(name, shape);
      return working(() => real.allocate(name, shape, values));
    },
    grow: (name, length) => working(() => real.grow(name, length)),
    free: (name) => working(() => real.free(name)),
    has: (name) => real.has(name),
    read: (name) => working(() => real.read(name)),
    handles: () => real.handles(),
    dispose: () => working(() => real.dispose()),
    compile: (program) =>
      working(async () => {
        const compiled = await real.compile(program);
        return {
          run: (inputs) => working(() => run(program, compiled, inputs)),
          dispose: () => working(() => compiled.dispose()),
        };
      }),
  };
  return { executor, updates };
};
