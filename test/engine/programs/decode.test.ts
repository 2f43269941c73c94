import { afterAll, describe, expect, test } from 'vitest';
import type { CompiledProgram, Executor } from '../../../src/engine/executor.ts';
import { decodeProgram, type DecodeOptions } from '../../../src/engine/programs/decode.ts';
import { logitsProgram } from '../../../src/engine/programs/logits.ts';
import { allocateCache, allocateWeights, growCache } from '../../../src/engine/programs/state.ts';
import { createOnnxExecutor } from '../../../src/trainer/executors/onnx.ts';
import { createReferenceExecutor } from '../../../src/trainer/executors/reference.ts';
import { expectClose, runOnce, someWeights, tinyModel, tokens } from '../support.ts';

const [onnx, reference] = [await createOnnxExecutor({ threads: 1 }), await createReferenceExecutor()];
const ways: readonly { readonly name: string; readonly executor: Executor; readonly isInPlace: boolean }[] = [
  { name: 'onnx, beside the cache', executor: onnx, isInPlace: false },
  { name: 'onnx, in place', executor: onnx, isInPlace: true },
  { name: 'reference, beside the cache', executor: reference, isInPlace: false },
  { name: 'reference, in place', executor: reference, isInPlace: true },
];
afterAll(async () => {
  for (const executor of [onnx, reference]) await executor.dispose();
});

/** With heads that the kernel in place takes. */
const model = tinyModel({ hiddenSize: 32 });
const vocab = model.vocabSize;
const length = 7;
const sequences = [tokens(length, vocab, 1), tokens(length, vocab, 2), tokens(length, vocab, 3)];

const decode = async (
  program: CompiledProgram,
  ids: readonly number[],
  positions: readonly number[],
): Promise<Float32Array> => {
  const { logits } = await program.run({ ids: Int32Array.from(ids), positions: Int32Array.from(positions) });
  return logits ?? new Float32Array();
};
const rowOf = (logits: Float32Array, slot: number): Float32Array => logits.subarray(slot * vocab, (slot + 1) * vocab);

/** Row t: the scores after token t, from a pass over the whole sequence. */
const fullForward = async (executor: Executor, sequence: Int32Array): Promise<Float32Array> => {
  const { logits } = await runOnce(executor, logitsProgram(model, 1, sequence.length), { input_ids: sequence });
  return logits ?? new Float32Array();
};

/** Writes sequence `i` into slot `i`, each starting `delays[i]` steps late, and collects each slot's scores per position. */
const decodeAll = async (
  executor: Executor,
  inSlots: readonly Int32Array[],
  delays: readonly number[],
  options: DecodeOptions,
  cacheLength = 8,
): Promise<Float32Array[][]> => {
  await allocateCache(executor, model, inSlots.length, cacheLength);
  const program = await executor.compile(decodeProgram(model, inSlots.length, cacheLength, options));
  const scores: Float32Array[][] = inSlots.map(() => []);
  for (let time = 0; time < length + Math.max(...delays); time++) {
    const positions = delays.map((delay) => (time - delay >= 0 && time - delay < length ? time - delay : -1));
    const ids = inSlots.map((sequence, slot) => sequence[Math.max(0, positions[slot] ?? 0)] ?? 0);
    const logits = await decode(program, ids, positions);
    positions.forEach((position, slot) => {
      if (position >= 0) scores[slot]?.push(rowOf(logits, slot));
    });
  }
  await program.dispose();
  return scores;
};

describe.each(ways)('decodeProgram on $name', ({ executor, isInPlace }) => {
  test('slots that start at different times each equal their own full forward within 1e-5', async () => {
    await allocateWeights(executor, model, someWeights(model));
    const scores = await decodeAll(executor, sequences, [0, 2, 5], { isInPlace });
    for (const [slot, sequence] of sequences.entries()) {
      const full = await fullForward(executor, sequence);
      scores[slot]?.forEach((row, position) => expectClose(row, rowOf(full, position), 1e-5));
      expect(scores[slot]).toHaveLength(length);
    }
  });

  test('what a neighbour does changes no bit of a slot', async () => {
    await allocateWeights(executor, model, someWeights(model));
    const [first = new Int32Array()] = sequences;
    const alone = await decodeAll(executor, [first, tokens(length, vocab, 8), tokens(length, vocab, 9)], [0, 0, 0], {
      isInPlace,
    });
    const crowded = await decodeAll(executor, [first, tokens(length, vocab, 5), tokens(length, vocab, 6)], [0, 3, 1], {
      isInPlace,
    });
    expect(crowded[0]).toEqual(alone[0]);
  });

  test('a slot may be used again: what an earlier sequence left behind is not seen', async () => {
    await allocateWeights(executor, model, someWeights(model));
    await allocateCache(executor, model, 1, 8);
    const program = await executor.compile(decodeProgram(model, 1, 8, { isInPlace }));
    const [earlier = new Int32Array(), later = new Int32Array()] = sequences;
    for (const [position, id] of earlier.entries()) await decode(program, [id], [position]);
    const full = await fullForward(executor, later);
    for (const [position, id] of later.entries())
      expectClose(await decode(program, [id], [position]), rowOf(full, position), 1e-5);
    await program.dispose();
  });

  test('the cache grows in the middle of a sequence', async () => {
    await allocateWeights(executor, model, someWeights(model));
    await allocateCache(executor, model, 1, 4);
    const [sequence = new Int32Array()] = sequences;
    const full = await fullForward(executor, sequence);
    let program = await executor.compile(decodeProgram(model, 1, 4, { isInPlace }));
    for (const [position, id] of sequence.entries()) {
      if (position === (isInPlace ? 3 : 4)) {
        await program.dispose();
        await growCache(executor, model, 8);
        program = await executor.compile(decodeProgram(model, 1, 8, { isInPlace }));
      }
      expectClose(await decode(program, [id], [position]), rowOf(full, position), 1e-5);
    }
    await program.dispose();
  });
});
