/** Learning from preferences against PyTorch (fixtures/pytorch/preference.json) and against numbers worked out by hand. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { Executor, Program } from '../../src/engine/executor.ts';
import { logSigmoid } from '../../src/engine/nn/logSigmoid.ts';
import { preferenceLoss, type PreferenceLossSettings } from '../../src/engine/nn/preferenceLoss.ts';
import { gradientsProgram } from '../../src/engine/programs/gradients.ts';
import { gradientName } from '../../src/engine/programs/names.ts';
import { pairsProgram, PREFERENCE_SUMS, preferenceObjective } from '../../src/engine/programs/preference.ts';
import { allocateReference, allocateTraining, allocateWeights } from '../../src/engine/programs/state.ts';
import { tensor } from '../../src/engine/programs/tensors.ts';
import type { Batch } from '../../src/engine/recipes/batch.ts';
import { Learner } from '../../src/engine/recipes/learner.ts';
import { LogProbabilities } from '../../src/engine/recipes/logProbabilities.ts';
import { withReference } from '../../src/engine/recipes/preferenceBatch.ts';
import * as tf from '../../src/engine/tf.ts';
import { createOnnxExecutor } from '../../src/trainer/executors/onnx.ts';
import { createReferenceExecutor } from '../../src/trainer/executors/reference.ts';
import { decoderFixture, fixtureModel, type Packed, unpacked } from './pytorchFixture.ts';
import { tinyConfig } from './recipes/tinyRun.ts';
import { expectClose, runOnce } from './support.ts';

interface Case extends PreferenceLossSettings {
  readonly reference: Packed;
  readonly losses: readonly number[];
  readonly sums: Readonly<Record<string, number>>;
  readonly gradients: Readonly<Record<string, Packed>>;
  readonly training: readonly {
    readonly loss: number;
    readonly gradNorm: number;
    readonly sums: Readonly<Record<string, number>>;
  }[];
}

interface Fixture {
  readonly learningRate: number;
  readonly cases: readonly Case[];
  readonly batches: readonly { readonly ids: readonly number[]; readonly labels: readonly number[] }[];
}

const fixture = JSON.parse(
  readFileSync(new URL('../fixtures/pytorch/preference.json', import.meta.url), 'utf8'),
) as Fixture;
const { model, weights, batch: size, length } = fixtureModel;
const batches: readonly Batch[] = fixture.batches.map(({ ids, labels }) => ({
  ...{ size, length, inputIds: Int32Array.from(ids), labels: Int32Array.from(labels) },
  ...{ tokens: 0, labelled: 0 },
}));
const [first] = batches;
if (!first) throw new Error('The fixture has no batches.');
const tokens = { input_ids: first.inputIds, labels: first.labels };

const onnx: Executor = await createOnnxExecutor({ threads: 1 });
const reference: Executor = await createReferenceExecutor();
afterAll(async () => {
  await onnx.dispose();
  await reference.dispose();
});

describe.each([onnx, reference])('$identity.executor against PyTorch', (executor) => {
  beforeEach(async () => {
    await allocateWeights(executor, model, weights);
    await allocateTraining(executor, model);
  });

  describe.each(fixture.cases)('$lossType, beta $beta, label smoothing $labelSmoothing', (given) => {
    const more = { reference_log_probabilities: unpacked(given.reference) };

    test('loss, sums and gradients within 1e-4 of the largest', async () => {
      const program = gradientsProgram(model, size, length, {}, preferenceObjective(given));
      const result = await runOnce(executor, program, { ...tokens, ...more, loss_scale: Float32Array.of(1) });
      const told = (name: string): number => result[name]?.[0] ?? Number.NaN;
      expectClose([told('loss')], [given.losses.reduce((sum, loss) => sum + loss)], 1e-5);
      for (const name of PREFERENCE_SUMS) expect(told(name)).toBeCloseTo(given.sums[name] ?? Number.NaN, 4);
      for (const [name, gradient] of Object.entries(given.gradients))
        expectClose(await executor.read(gradientName(name)), unpacked(gradient), 1e-4);
    });

    test('what pairs are worth that are not learned', async () => {
      const result = await runOnce(executor, pairsProgram(model, size, length, given), { ...tokens, ...more });
      expectClose(result['losses'] ?? [], given.losses, 1e-5);
      for (const name of ['chosen_rewards', 'rejected_rewards'])
        expect(result[name]?.reduce((sum, reward) => sum + reward)).toBeCloseTo(given.sums[name] ?? Number.NaN, 4);
    });
  });
});

describe.each(fixture.cases)('5 steps: $lossType, beta $beta, label smoothing $labelSmoothing', (given) => {
  // A pass of one pair takes the same step as one of both.
  test.each([1, 2])('losses, gradient lengths and rewards as in PyTorch, %i pairs a pass', async (pairs) => {
    await allocateReference(onnx, model, weights);
    const { warmupRatio: _, steps: _steps, minLearningRateRatio: _ratio, ...settings } = decoderFixture.training;
    const { training } = tinyConfig({ training: { ...settings, learningRate: fixture.learningRate } });
    const goal = { objective: preferenceObjective(given), divisor: () => size / 2, together: 2 };
    const learner = await Learner.open(onnx, model, weights, {}, training, pairs, undefined, 'caller', goal);
    const before = new LogProbabilities({
      ...{ executor: onnx, model, temperature: 1, isReference: true, mostSequences: () => size },
    });
    for (const [i, expected] of given.training.entries()) {
      const batch = await withReference(batches[i] ?? first, before);
      const { loss, gradNorm, sums } = await learner.step([batch], i + 1, fixture.learningRate);
      expectClose([loss], [expected.loss], 1e-4);
      expectClose([gradNorm ?? Number.NaN], [expected.gradNorm], 1e-4);
      for (const name of ['chosen_rewards', 'rejected_rewards', 'chosen_logps', 'rejected_logps'])
        expectClose([sums[name] ?? Number.NaN, 1], [expected.sums[name] ?? Number.NaN, 1], 1e-4);
    }
    await before.dispose();
    await learner.dispose();
  });
});

describe('by hand', () => {
  /** Two pairs: margins of (-3 + 5) - (-4 + 4) = 2 and (-2 + 1) - (-6 + 8) = -3 nats. */
  const sequences = { policy: [-3, -4, -2, -6], reference: [-5, -4, -1, -8], lengths: [2, 4, 1, 2] };
  const program = (settings: PreferenceLossSettings): Program => ({
    name: `byHand/${JSON.stringify(settings)}`,
    inputs: Object.keys(sequences).map((name) => ({ name, shape: [4], dtype: 'float32' }) as const),
    ...{ reads: [], writes: [], appends: [], returns: ['loss', 'chosenReward', 'rejectedReward'] },
    body: (tensors) => {
      const of = (name: keyof typeof sequences): tf.Tensor => tensor(tensors, name);
      const given = { logProbabilities: of('policy'), reference: of('reference'), lengths: of('lengths') };
      const { loss, chosenReward, rejectedReward } = preferenceLoss(given, settings);
      return { loss, chosenReward, rejectedReward };
    },
  });
  const inputs = Object.fromEntries(
    Object.entries(sequences).map(([name, values]) => [name, Float32Array.from(values)]),
  );
  const computed = (settings: PreferenceLossSettings) => runOnce(reference, program(settings), inputs);

  test('DPO: ln(1 + exp(-beta margin)), and rewards of beta times what changed', async () => {
    const { loss, chosenReward, rejectedReward } = await computed({
      lossType: 'sigmoid',
      beta: 0.5,
      labelSmoothing: 0,
    });
    // ln(1 + e^-1) and ln(1 + e^1.5)
    expectClose(loss ?? [], [0.3132617, 1.7014133], 1e-6);
    expectClose(chosenReward ?? [], [1, -0.5], 1e-6);
    expectClose(rejectedReward ?? [], [0, 1], 1e-6);
  });

  test('conservative DPO: a quarter of ln(1 + exp(beta margin)) beside three quarters of the other', async () => {
    const { loss } = await computed({ lossType: 'sigmoid', beta: 0.5, labelSmoothing: 0.25 });
    // 0.75 * 0.3132617 + 0.25 * 1.3132617 and 0.75 * 1.7014133 + 0.25 * 0.2014133
    expectClose(loss ?? [], [0.5632617, 1.3264133], 1e-6);
  });

  test('IPO: the margin of means per token less 1 / (2 beta), squared', async () => {
    const { loss } = await computed({ lossType: 'ipo', beta: 0.25, labelSmoothing: 0 });
    // margins 2 / 2 - 0 / 4 = 1 and -1 / 1 - 2 / 2 = -2, less 2
    expectClose(loss ?? [], [1, 16], 1e-6);
  });

  test('far from 0 the loss is neither infinite nor lost, and at 0 its gradient is a half', async () => {
    const x = Float32Array.of(-200, 0, 200);
    const given: Program = {
      name: 'ends',
      inputs: [{ name: 'x', shape: [3], dtype: 'float32' }],
      ...{ reads: [], writes: [], appends: [], returns: ['value', 'gradient'] },
      body: (tensors) => {
        const at = tensor(tensors, 'x');
        return { value: logSigmoid(at), gradient: tf.grad((one) => tf.sum(logSigmoid(one)))(at) };
      },
    };
    for (const executor of [onnx, reference]) {
      const { value, gradient } = await runOnce(executor, given, { x });
      expectClose(value ?? [], [-200, -Math.LN2, 0], 1e-6);
      expectClose(gradient ?? [], [1, 0.5, 0], 1e-6);
    }
  });
});
