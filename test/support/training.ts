/** A few steps of training and decoding on any executor, for tests that compare executors. */
import type { Executor } from '../../src/engine/executor.ts';
import type { Model } from '../../src/engine/families/family.ts';
import { decodeProgram } from '../../src/engine/programs/decode.ts';
import { gradientsProgram } from '../../src/engine/programs/gradients.ts';
import {
  allocateCache,
  allocateTraining,
  allocateWeights,
  freeCache,
  freeTraining,
  growCache,
  readWeights,
} from '../../src/engine/programs/state.ts';
import { Updater } from '../../src/engine/programs/update.ts';
import { someWeights, tokens } from '../engine/support.ts';
const settings = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.01, maxGradNorm: 1 };

/** Losses of training, and the weights that come of it when both programs are gone. `lossScale` is for executors of 16 bits. */
export const train = async (executor: Executor, model: Model, steps: number, lossScale = 1) => {
  const isSmall = executor.identity.precision === 'f16';
  await allocateWeights(executor, model, someWeights(model, 0.3));
  await allocateTraining(executor, model);
  const gradients = await executor.compile(gradientsProgram(model, 4, 8, isSmall ? { precision: 'float16' } : {}));
  const updater = await Updater.open(executor, model, { ...settings, isScaled: isSmall });
  const losses: number[] = [];
  for (let step = 1; step <= steps; step++) {
    const batch = { input_ids: tokens(32, 11, step % 3), labels: tokens(32, 11, 5) };
    const { loss } = await gradients.run({ ...batch, loss_scale: Float32Array.of(lossScale / 32) });
    await updater.run(step, 1e-2, lossScale);
    losses.push((loss?.[0] ?? Number.NaN) / lossScale);
  }
  await gradients.dispose();
  await updater.dispose();
  await freeTraining(executor, model);
  return { losses, weights: await readWeights(executor, model) };
};

/** Logits of four tokens, one after the other in two slots, over a cache that is lengthened half-way. */
export const decode = async (executor: Executor, model: Model): Promise<number[]> => {
  await allocateWeights(executor, model, someWeights(model, 0.3));
  await allocateCache(executor, model, 2, 3);
  const logits: number[] = [];
  for (const [length, positions] of [[3, [0, 1]] as const, [5, [2, 3]] as const]) {
    await growCache(executor, model, length);
    const program = await executor.compile(decodeProgram(model, 2, length));
    for (const position of positions) {
      const inputs = { ids: Int32Array.of(position, 5), positions: Int32Array.of(position, position - 1) };
      logits.push(...((await program.run(inputs))['logits'] ?? []));
    }
    await program.dispose();
  }
  await freeCache(executor, model);
  return logits;
};
