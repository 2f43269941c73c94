import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { Executor } from '../../../src/engine/executor.ts';
import type { Model, ModelConfig } from '../../../src/engine/families/family.ts';
import { modelOf } from '../../../src/engine/families/index.ts';
import { gradientsProgram, type PassSettings } from '../../../src/engine/programs/gradients.ts';
import { gradientName } from '../../../src/engine/programs/names.ts';
import { allocateTraining, allocateWeights, freeTraining } from '../../../src/engine/programs/state.ts';
import { type Batch, batchOf, type Example, packedBatchOf } from '../../../src/engine/recipes/batch.ts';
import { microBatches } from '../../../src/engine/recipes/microBatch.ts';
import { randomSource } from '../../../src/engine/random/randomSource.ts';
import { createOnnxExecutor } from '../../../src/trainer/executors/onnx.ts';
import { createReferenceExecutor } from '../../../src/trainer/executors/reference.ts';
import { expectClose, runOnce, someWeights } from '../support.ts';

const executors: readonly Executor[] = [await createOnnxExecutor({ threads: 1 }), await createReferenceExecutor()];
afterAll(async () => {
  for (const executor of executors) await executor.dispose();
});

const config = (name: string): ModelConfig =>
  JSON.parse(readFileSync(`test/fixtures/transformers/${name}/config.json`, 'utf8')) as ModelConfig;

/** Examples of these lengths, of whose tokens a part is learned. */
function examplesOf(lengths: readonly number[], vocabSize: number): Example[] {
  const source = randomSource(1, 'packing');
  let drawn = 0;
  return lengths.map((length) => {
    const tokens = Array.from({ length }, () => source.integer(drawn++, vocabSize));
    return { tokens, isLearned: (place) => place >= length / 3 };
  });
}

const LENGTHS = [30, 5, 17, 9, 12, 3, 22, 8, 2];

async function passOf(executor: Executor, model: Model, batch: Batch, settings: PassSettings) {
  const { inputIds, labels, packing, labelled, size, length } = batch;
  const result = await runOnce(executor, gradientsProgram(model, size, length, settings), {
    input_ids: inputIds,
    labels,
    loss_scale: Float32Array.of(1 / labelled),
    ...(packing && { position_ids: packing.positions, document_ids: packing.documents }),
  });
  const gradients = new Map<string, Float32Array>();
  for (const { name } of model.parameters) gradients.set(name, await executor.read(gradientName(name)));
  return { loss: result['loss'] ?? new Float32Array(), gradients };
}

const [onnx, reference] = executors as [Executor, Executor];
/** Long enough that attention is cut into blocks of queries. */
const LONG = [150, 70, 60, 20, 9];

test.each([
  ['qwen3', onnx, LENGTHS],
  ['gemma3_text', onnx, LENGTHS],
  ['gemma3_text-capped', onnx, LENGTHS],
  ['llama-biases', onnx, LONG],
  ['llama-biases', reference, LENGTHS],
] as const)(
  '%s: packed, the loss and every gradient are those of the rows one by one (within 1e-5)',
  async (name, executor, lengths) => {
    const model = modelOf(config(name));
    const examples = examplesOf(lengths, model.vocabSize);
    await allocateWeights(executor, model, someWeights(model, 0.3));
    await allocateTraining(executor, model);
    const apart = await passOf(executor, model, batchOf(examples, 0), {});
    const packed = packedBatchOf(examples, 0);
    expect(packed.size).toBeLessThan(lengths.length / 1.5);
    for (const isRecomputed of executor === onnx ? [false, true] : [false]) {
      const together = await passOf(executor, model, packed, { isPacked: true, isRecomputed });
      expectClose(together.loss, apart.loss, 1e-5);
      for (const [weight, gradient] of apart.gradients)
        expectClose(together.gradients.get(weight) ?? [], gradient, 1e-5);
    }
    await freeTraining(executor, model);
  },
);

test('without the documents told apart the loss would be another', async () => {
  const model = modelOf(config('llama'));
  const packed = packedBatchOf(examplesOf(LENGTHS, model.vocabSize), 0);
  await allocateWeights(onnx, model, someWeights(model, 0.3));
  await allocateTraining(onnx, model);
  const { loss } = await passOf(onnx, model, packed, { isPacked: true });
  const blind = { ...packed, packing: { ...packed.packing!, documents: packed.packing!.documents.map(() => 1) } };
  const { loss: leaking } = await passOf(onnx, model, blind, { isPacked: true });
  expect(Math.abs((loss[0] ?? 0) - (leaking[0] ?? 0))).toBeGreaterThan(1e-3);
  await freeTraining(onnx, model);
});

/** The examples of a packed batch as they stand in its rows: inputs and labels. */
function unpacked({ size, length, inputIds, labels, packing }: Batch): string[] {
  const found = new Map<string, string[]>();
  for (let at = 0; at < size * length; at++) {
    const document = packing?.documents[at] ?? 0;
    if (document === 0) continue;
    const key = `${Math.floor(at / length)}/${document}`;
    found.set(key, [...(found.get(key) ?? []), `${packing?.positions[at]}:${inputIds[at]}>${labels[at]}`]);
  }
  return [...found.values()].map((tokens) => tokens.join(' ')).sort();
}

describe('packedBatchOf', () => {
  test('every example stands in it once, whole, with places of its own; no row is longer than the longest asks for', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 2, max: 90 }), { minLength: 1, maxLength: 20 }), (lengths) => {
        const examples = examplesOf(lengths, 50);
        const [apart, packed] = [batchOf(examples, 0), packedBatchOf(examples, 0)];
        expect([packed.length, packed.tokens, packed.labelled]).toEqual([apart.length, apart.tokens, apart.labelled]);
        const ones = examples.flatMap((example) => unpacked(packedBatchOf([example], 0)).map((text) => text));
        expect(unpacked(packed)).toEqual(ones.sort());
      }),
      { numRuns: 50 },
    );
  });

  test('is cut into passes with its places and documents', () => {
    const packed = packedBatchOf(examplesOf(LENGTHS, 50), 0);
    const parts = microBatches(packed, 1);
    expect(parts).toHaveLength(packed.size);
    const joined = (of: (part: (typeof parts)[number]) => Int32Array | undefined): number[] =>
      parts.flatMap((part) => [...(of(part) ?? [])]);
    expect(joined(({ packing }) => packing?.documents)).toEqual([...packed.packing!.documents]);
    expect(joined(({ packing }) => packing?.positions)).toEqual([...packed.packing!.positions]);
  });
});
