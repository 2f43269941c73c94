import { afterAll, expect, test } from 'vitest';
import { embedding } from '../../../src/engine/nn/embedding.ts';
import { tensor } from '../../../src/engine/programs/tensors.ts';
import { createOnnxExecutor } from '../../../src/trainer/executors/onnx.ts';
import { expectClose, noise, pieceProgram, tokens } from '../support.ts';

const executor = await createOnnxExecutor({ threads: 2 });
afterAll(() => executor.dispose());

/** Threads that add into the same row must not lose each other's sums, as ONNX Runtime's ScatterND does. */
test.each([32, 1500])(
  'the gradient of a table of %i rows is exact and the same in every run on two threads',
  async (rows) => {
    const [count, width, used] = [4096, 256, 32];
    const ids = tokens(count, used);
    const weights = noise(3, count * width);
    const expected = new Float64Array(rows * width);
    weights.forEach((x, i) => {
      const at = (ids[Math.floor(i / width)] ?? 0) * width + (i % width);
      expected[at] = (expected[at] ?? 0) + x;
    });
    const program = pieceProgram({
      name: 'embedding',
      inputs: { table: [rows, width] },
      indices: { ids: { shape: [count], values: ids } },
      output: [count, width],
      run: (t) => embedding(tensor(t, 'table'), tensor(t, 'ids')),
    });
    const compiled = await executor.compile({ ...program, returns: ['d.table'] });
    const inputs = { table: new Float32Array(rows * width), ids, weights };
    const { 'd.table': first = new Float32Array() } = await compiled.run(inputs);
    expectClose(first, expected, 1e-5);
    for (let i = 0; i < 10; i++) {
      const { 'd.table': again = new Float32Array() } = await compiled.run(inputs);
      expect(again.every((x, at) => x === first[at])).toBe(true);
    }
    await compiled.dispose();
  },
);
