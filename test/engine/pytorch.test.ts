/** The engine against PyTorch: fixtures/pytorch/decoder.json is made by a decoder that shares no line with ours. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { Executor } from '../../src/engine/executor.ts';
import { Decoder } from '../../src/engine/generation/decoder.ts';
import { generate } from '../../src/engine/generation/generate.ts';
import { gradientsProgram } from '../../src/engine/programs/gradients.ts';
import { logitsProgram } from '../../src/engine/programs/logits.ts';
import { gradientName } from '../../src/engine/programs/names.ts';
import { allocateTraining, allocateWeights } from '../../src/engine/programs/state.ts';
import { Learner } from '../../src/engine/recipes/learner.ts';
import { learningRateAt } from '../../src/engine/recipes/schedule.ts';
import { createOnnxExecutor } from '../../src/trainer/executors/onnx.ts';
import { createReferenceExecutor } from '../../src/trainer/executors/reference.ts';
import { decoderFixture, fixtureModel, unpacked } from './pytorchFixture.ts';
import { tinyConfig } from './recipes/tinyRun.ts';
import { expectClose, runOnce } from './support.ts';

const fixture = decoderFixture;
const { model, weights } = fixtureModel;
const { batch, length } = fixture;
const [first] = fixture.batches;
if (!first) throw new Error('The fixture has no batches.');

const { steps, ...settings } = fixture.training;
const config = tinyConfig({ training: { ...settings, maxSteps: steps, batchSize: batch, lrSchedulerType: 'cosine' } });

/** `parts` passes of equally many sequences each, which add up to one step of the batch. */
const passes = ({ ids, labels }: (typeof fixture.batches)[number], parts: number) =>
  Array.from({ length: parts }, (_, i) => {
    const from = (i * batch * length) / parts;
    const part = (values: readonly number[]): Int32Array =>
      Int32Array.from(values.slice(from, from + (batch * length) / parts));
    const labelled = part(labels).filter((label) => label >= 0).length;
    return { inputIds: part(ids), labels: part(labels), size: batch / parts, length, tokens: 0, labelled };
  });

const onnx: Executor = await createOnnxExecutor({ threads: 1 });
const reference: Executor = await createReferenceExecutor();
afterAll(async () => {
  await onnx.dispose();
  await reference.dispose();
});

describe.each([onnx, reference])('$identity.executor against PyTorch', (executor) => {
  beforeEach(async () => {
    await allocateWeights(executor, model, weights);
  });

  test('logits within 1e-4', async () => {
    const { logits = [] } = await runOnce(executor, logitsProgram(model, batch, length), {
      input_ids: Int32Array.from(first.ids),
    });
    const expected = unpacked(fixture.logits);
    expect(logits.length).toBe(expected.length);
    expect(Math.max(...expected.map((value, i) => Math.abs(value - (logits[i] ?? NaN))))).toBeLessThan(1e-4);
  });

  test('the loss, and the gradient of every weight within 1e-4 of its largest entry', async () => {
    await allocateTraining(executor, model);
    const labelled = first.labels.filter((label) => label >= 0).length;
    const { loss } = await runOnce(executor, gradientsProgram(model, batch, length), {
      input_ids: Int32Array.from(first.ids),
      labels: Int32Array.from(first.labels),
      loss_scale: Float32Array.of(1 / labelled),
    });
    expect(loss?.[0]).toBeCloseTo(fixture.loss, 5);
    expect(Object.keys(fixture.gradients).toSorted()).toEqual(model.parameters.map(({ name }) => name).toSorted());
    for (const [name, gradient] of Object.entries(fixture.gradients))
      expectClose(await executor.read(gradientName(name)), unpacked(gradient), 1e-4);
  });
});

describe.each([1, 2])('20 steps on onnx with weight decay, clipping, warm-up and cosine, %i passes a step', (parts) => {
  test('every loss, gradient length and learning rate as in PyTorch; then the same tokens, greedily', async () => {
    const learner = await Learner.open(onnx, model, weights, {}, config.training, batch);
    const told = { losses: [] as number[], gradNorms: [] as number[], learningRates: [] as number[] };
    for (const [i, given] of fixture.batches.entries()) {
      const learningRate = learningRateAt(i + 1, fixture.batches.length, config.training);
      const { loss, gradNorm } = await learner.step(passes(given, parts), i + 1, learningRate);
      told.losses.push(loss);
      told.gradNorms.push(gradNorm ?? NaN);
      told.learningRates.push(learningRate);
    }
    await learner.dispose();
    expectClose(told.learningRates, fixture.float64.learningRates, 1e-6);
    for (const expected of [fixture.float64, fixture.float32]) {
      told.losses.forEach((loss, i) => expect(Math.abs(loss - (expected.losses[i] ?? NaN))).toBeLessThan(1e-4));
      expectClose(told.gradNorms, expected.gradNorms, 1e-4);
    }
    expect(await continued()).toEqual(fixture.greedy.tokens);
  });
});

/** The greedy continuation by way of the key/value cache; PyTorch reads the whole sequence anew for each token. */
const continued = async (): Promise<readonly number[]> => {
  const { prompt, tokens } = fixture.greedy;
  const decoder = new Decoder(onnx, model, 2);
  let given = 0;
  const next = () =>
    given++ > 0 ? null : { prompt, seed: 1, maxNewTokens: tokens.length, temperature: 0, topP: 1, topK: 0 };
  const found: number[] = [];
  for await (const { finished } of generate(decoder, [], next))
    found.push(...finished.flatMap(({ generated }) => generated.tokens));
  await decoder.dispose();
  return found;
};
