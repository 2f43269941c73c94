/** The executor `tensorflow` for tests: there where somebody has installed the engine, see docs/gpu-engine.md. */
import type { Executor } from '../../src/engine/executor.ts';
import { ExecutorError } from '../../src/engine/executorError.ts';
import { createTensorflowExecutor } from '../../src/trainer/executors/tensorflow.ts';

export interface TensorflowForTests {
  /** Null where the engine is not installed or cannot be loaded. */
  readonly executor: Executor | null;
  readonly name: string;
  /** Ends the name of a test that is left out, as the tally of `npm test` wants it: `(needs …: why there is none)`. */
  readonly missing: string;
}

export const tensorflowForTests = async (): Promise<TensorflowForTests> => {
  try {
    const executor = await createTensorflowExecutor({ threads: 1 });
    return { executor, name: `tensorflow on ${executor.identity.provider}`, missing: '' };
  } catch (error) {
    if (!(error instanceof ExecutorError)) throw error;
    const why = error.message.replaceAll(/[()]/g, '');
    console.log(`not run: TensorFlow: ${why}`);
    return { executor: null, name: 'tensorflow', missing: `(needs the TensorFlow engine: ${why})` };
  }
};
