/** Policy gradients against PyTorch: fixtures/pytorch/policy.json goes from rewards to gradients by the papers' formulas. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { policy as policyConfig } from '../../src/config/grpoSchema.ts';
import type { Executor } from '../../src/engine/executor.ts';
import { gradientsProgram } from '../../src/engine/programs/gradients.ts';
import { gradientName } from '../../src/engine/programs/names.ts';
import { logProbabilitiesProgram, policyObjective, POLICY_SUMS } from '../../src/engine/programs/policy.ts';
import { allocateReference, allocateTraining, allocateWeights } from '../../src/engine/programs/state.ts';
import { advantages, type AdvantageKind } from '../../src/engine/rl/advantages.ts';
import { type LossType, tokenWeights } from '../../src/engine/rl/tokenWeights.ts';
import { createOnnxExecutor } from '../../src/trainer/executors/onnx.ts';
import { createReferenceExecutor } from '../../src/trainer/executors/reference.ts';
import { fixtureModel, type Packed, unpacked } from './pytorchFixture.ts';
import { expectClose, runOnce } from './support.ts';

interface Case {
  readonly lossType: LossType;
  readonly advantages: AdvantageKind;
  readonly epsilon: number;
  readonly epsilonHigh: number;
  readonly beta: number;
  readonly temperature: number;
  readonly logProbabilities: Packed;
  readonly old: Packed;
  readonly reference: Packed;
  readonly advantageValues: readonly number[];
  readonly loss: number;
  readonly sums: Readonly<Record<string, number>>;
  readonly gradients: Readonly<Record<string, Packed>>;
}

interface Fixture {
  readonly group: number;
  readonly longest: number;
  readonly rewards: readonly number[];
  readonly lengths: readonly number[];
  readonly ids: readonly number[];
  readonly labels: readonly number[];
  readonly cases: readonly Case[];
}

const fixture = JSON.parse(
  readFileSync(new URL('../fixtures/pytorch/policy.json', import.meta.url), 'utf8'),
) as Fixture;
const { model, weights, batch, length } = fixtureModel;
const tokens = { input_ids: Int32Array.from(fixture.ids), labels: Int32Array.from(fixture.labels) };

const onnx: Executor = await createOnnxExecutor({ threads: 1 });
const reference: Executor = await createReferenceExecutor();
afterAll(async () => {
  await onnx.dispose();
  await reference.dispose();
});

const ofGroups = (kind: AdvantageKind): number[] =>
  Array.from({ length: fixture.rewards.length / fixture.group }, (_, i) =>
    advantages(fixture.rewards.slice(i * fixture.group, (i + 1) * fixture.group), kind),
  ).flat();

/** [batch, length], the same for all tokens of a sequence. */
const perSequence = (values: readonly number[]): Float32Array =>
  Float32Array.from({ length: batch * length }, (_, at) => values[Math.floor(at / length)] ?? NaN);

test('every loss and every advantage that a config may name is among the cases', () => {
  const { lossType, advantages: kinds } = policyConfig.shape;
  const of = (key: 'lossType' | 'advantages') => new Set(fixture.cases.map((one) => one[key]));
  expect(of('lossType')).toEqual(new Set(lossType.unwrap().options));
  expect(of('advantages')).toEqual(new Set(kinds.unwrap().options));
  // DAPO's upper bound, and a reference.
  expect(fixture.cases.some(({ epsilon, epsilonHigh }) => epsilonHigh > epsilon)).toBe(true);
  expect(fixture.cases.some(({ beta }) => beta > 0)).toBe(true);
});

test.each(fixture.cases)('$advantages advantages', ({ advantages: kind, advantageValues }) => {
  ofGroups(kind).forEach((value, i) => expect(value).toBeCloseTo(advantageValues[i] ?? NaN, 12));
});

describe.each([onnx, reference])('$identity.executor against PyTorch', (executor) => {
  beforeEach(async () => {
    await allocateWeights(executor, model, weights);
    await allocateTraining(executor, model);
  });

  describe.each(fixture.cases)('$lossType, $advantages, beta $beta, temperature $temperature', (given) => {
    test('log-probabilities within 1e-5, of the policy and of a reference', async () => {
      await allocateReference(executor, model, weights);
      for (const isReference of [false, true]) {
        const program = logProbabilitiesProgram(model, batch, length, { temperature: given.temperature, isReference });
        const { log_probabilities: told = new Float32Array() } = await runOnce(executor, program, tokens);
        expectClose(told, unpacked(given.logProbabilities), 1e-5);
      }
    });

    test('loss, sums and gradients within 1e-4 of the largest', async () => {
      const objective = policyObjective(given);
      const lossWeights = tokenWeights(fixture.lengths, { lossType: given.lossType, maxNewTokens: fixture.longest });
      const result = await runOnce(executor, gradientsProgram(model, batch, length, {}, objective), {
        ...tokens,
        advantages: perSequence(ofGroups(given.advantages)),
        token_weights: perSequence(lossWeights),
        old_log_probabilities: unpacked(given.old),
        ...(given.beta !== 0 && { reference_log_probabilities: unpacked(given.reference) }),
        loss_scale: Float32Array.of(1),
      });
      expect(result['loss']?.[0]).toBeCloseTo(given.loss, 5);
      for (const name of POLICY_SUMS) expect(result[name]?.[0]).toBeCloseTo(given.sums[name] ?? NaN, 4);
      expect(result['clipped']).toHaveLength(batch);
      const clipped = result['clipped']?.reduce((sum, count) => sum + count, 0);
      expect(clipped).toBe((given.sums['clipped_low'] ?? NaN) + (given.sums['clipped_high'] ?? NaN));
      for (const [name, gradient] of Object.entries(given.gradients))
        expectClose(await executor.read(gradientName(name)), unpacked(gradient), 1e-4);
    });

    test('parts of a batch add up to the whole', async () => {
      const objective = policyObjective(given);
      const all = {
        ...tokens,
        advantages: perSequence(ofGroups(given.advantages)),
        token_weights: perSequence(
          tokenWeights(fixture.lengths, { lossType: given.lossType, maxNewTokens: fixture.longest }),
        ),
        old_log_probabilities: unpacked(given.old),
        ...(given.beta !== 0 && { reference_log_probabilities: unpacked(given.reference) }),
      };
      const half = (batch * length) / 2;
      const program = gradientsProgram(model, batch / 2, length, { isAdding: true }, objective);
      let loss = 0;
      for (const part of [0, 1]) {
        const inputs = Object.entries(all).map(([name, values]) => [
          name,
          values.slice(part * half, (part + 1) * half),
        ]);
        const result = await runOnce(executor, program, {
          ...(Object.fromEntries(inputs) as typeof all),
          loss_scale: Float32Array.of(1),
          accumulate: Float32Array.of(part),
        });
        loss += result['loss']?.[0] ?? NaN;
      }
      expect(loss).toBeCloseTo(given.loss, 5);
      for (const [name, gradient] of Object.entries(given.gradients))
        expectClose(await executor.read(gradientName(name)), unpacked(gradient), 1e-4);
    });
  });
});
