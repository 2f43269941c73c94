/** The executor `reference`: tfjs's own cpu backend, op by op. Slow, and the truth that the others are compared with. */
import type { Executor } from '../../engine/executor.ts';
import { reasonOf } from '../../protocol/logged.ts';
import type { Told } from '../../protocol/sentence.ts';
import * as tf from '../../engine/tf.ts';
import { processorName } from './cores.ts';
import { EagerExecutor } from './eager.ts';

const BACKEND = 'cpu';

export const createReferenceExecutor = async ({
  reason = 'Asked for: slow and simple, for comparison.' as Told,
} = {}): Promise<Executor> => {
  const { version_cpu: version } = await import('@tensorflow/tfjs-backend-cpu');
  const backend = tf.findBackend(BACKEND) as { firstUse?: boolean } | null;
  // Otherwise tfjs advises on the console to install something faster.
  if (backend) backend.firstUse = false;
  return new EagerExecutor(BACKEND, {
    executor: 'reference',
    version: `tfjs-backend-cpu ${version}`,
    provider: 'cpu',
    adapter: processorName(),
    precision: 'f32',
    threads: 1,
    ...reasonOf(reason),
  });
};
