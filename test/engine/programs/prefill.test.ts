import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Executor } from '../../../src/engine/executor.ts';
import { arrangeProgram } from '../../../src/engine/programs/arrange.ts';
import { decodeProgram } from '../../../src/engine/programs/decode.ts';
import { logitsProgram } from '../../../src/engine/programs/logits.ts';
import { placeProgram, prefillProgram } from '../../../src/engine/programs/prefill.ts';
import {
  allocateCache,
  allocatePrompt,
  allocateWeights,
  freeCache,
  freePrompt,
} from '../../../src/engine/programs/state.ts';
import { createOnnxExecutor } from '../../../src/trainer/executors/onnx.ts';
import { createReferenceExecutor } from '../../../src/trainer/executors/reference.ts';
import { expectClose, runOnce, someWeights, tinyModel, tokens } from '../support.ts';

const executors: readonly Executor[] = [await createOnnxExecutor({ threads: 1 }), await createReferenceExecutor()];
afterAll(async () => {
  for (const executor of executors) await executor.dispose();
});

const model = tinyModel();
const vocab = model.vocabSize;
const [prompt, padded, slots, cacheLength] = [5, 8, 3, 12];
const shape = { rows: 2, length: padded };
const sequence = tokens(8, vocab, 4);

describe.each(executors)('prefill on $identity.executor', (executor) => {
  let full: Float32Array;
  const fullRow = (time: number): Float32Array => full.subarray(time * vocab, (time + 1) * vocab);

  /** Reads the prompt in the second row, beside another one; returns the logits behind it. */
  const read = async (): Promise<Float32Array> => {
    const ids = new Int32Array(2 * padded).fill(3);
    ids.set(sequence.subarray(0, prompt), padded);
    const { logits } = await runOnce(executor, prefillProgram(model, shape), {
      ids,
      last: Int32Array.of(6, padded + prompt - 1),
    });
    return logits?.slice(vocab) ?? new Float32Array();
  };
  /** Puts the second row into `slot`, and nothing else anywhere. */
  const place = (slot: number) =>
    runOnce(executor, placeProgram(model, shape), {
      from: Int32Array.of(0, 1),
      slot: Int32Array.of(0, slot),
      at: Int32Array.of(-1, 0),
    });
  /** Feeds the rest of the sequence to `slot`, the other slots idle; returns its scores. */
  const goOn = async (slot: number, slotCount: number): Promise<Float32Array[]> => {
    const program = await executor.compile(decodeProgram(model, slotCount, cacheLength));
    const rows: Float32Array[] = [];
    for (let time = prompt; time < sequence.length; time++) {
      const ids = new Int32Array(slotCount).fill(sequence[time] ?? 0);
      const positions = Int32Array.from({ length: slotCount }, (_, i) => (i === slot ? time : -1));
      const { logits } = await program.run({ ids, positions });
      rows.push(logits?.slice(slot * vocab, (slot + 1) * vocab) ?? new Float32Array());
    }
    await program.dispose();
    return rows;
  };

  beforeAll(async () => {
    await allocateWeights(executor, model, someWeights(model));
    const { logits } = await runOnce(executor, logitsProgram(model, 1, sequence.length), { input_ids: sequence });
    full = logits ?? new Float32Array();
    await allocatePrompt(executor, model, shape);
    await allocateCache(executor, model, slots, cacheLength);
  });
  afterAll(async () => {
    const before = executor.handles();
    await freeCache(executor, model);
    await freePrompt(executor, model, padded);
    expect(before - executor.handles()).toBe(4 * model.cache.layers + 1);
  });

  test('the logits are those of the last token, whatever stands behind the prompt', async () => {
    expectClose(await read(), fullRow(prompt - 1), 1e-5);
  });

  test('slots that take the prompt go on as a pass over the whole sequence does', async () => {
    await read();
    for (const slot of [2, 0]) {
      await place(slot);
      for (const [i, row] of (await goOn(slot, slots)).entries()) expectClose(row, fullRow(prompt + i), 1e-5);
    }
  });

  test('a sequence goes on in another slot of a smaller cache', async () => {
    await read();
    await place(2);
    await runOnce(executor, arrangeProgram(model, slots, 2, cacheLength), { from: Int32Array.of(0, 2) });
    for (const [i, row] of (await goOn(1, 2)).entries()) expectClose(row, fullRow(prompt + i), 1e-5);
    await expect(place(2)).rejects.toThrow(/Slot 2 is outside a cache of 2 slots/);
    await runOnce(executor, arrangeProgram(model, 2, slots, cacheLength), { from: Int32Array.of(1, 0, 0) });
    for (const [i, row] of (await goOn(0, slots)).entries()) expectClose(row, fullRow(prompt + i), 1e-5);
  });
});
