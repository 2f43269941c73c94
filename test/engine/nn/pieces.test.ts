import { afterAll, describe, expect, test } from 'vitest';
import type { Executor } from '../../../src/engine/executor.ts';
import { record } from '../../../src/engine/graph/record.ts';
import { createOnnxExecutor } from '../../../src/trainer/executors/onnx.ts';
import { createReferenceExecutor } from '../../../src/trainer/executors/reference.ts';
import { centralDifference, interpret } from '../interpreter.ts';
import { expectClose, pieceInputs, pieceProgram, runOnce } from '../support.ts';
import { pieces } from './pieces.ts';

const onnx: Executor = await createOnnxExecutor({ threads: 1 });
const reference: Executor = await createReferenceExecutor();
afterAll(async () => {
  await onnx.dispose();
  await reference.dispose();
});

describe.each(pieces)('$name', (piece) => {
  const program = pieceProgram(piece);
  const inputs = pieceInputs(piece);

  test('recorded on ONNX Runtime and composite on the reference agree within 1e-5, forward and backward', async () => {
    const [fast, truth] = [await runOnce(onnx, program, inputs), await runOnce(reference, program, inputs)];
    for (const name of program.returns) expectClose(fast[name] ?? [], truth[name] ?? [], 1e-5);
  });

  test('gradients equal central differences (step 1e-5, float64, within 1e-7)', () => {
    const graph = record(program, {});
    const gradients = interpret(graph, inputs);
    for (const name of Object.keys(piece.inputs)) {
      const values = inputs[name] ?? new Float32Array();
      const objective = (changed: Float64Array): number => {
        const { value = new Float64Array() } = interpret(graph, { ...inputs, [name]: changed }, ['value']);
        return value.reduce((sum, x, i) => sum + x * (inputs['weights']?.[i] ?? 0), 0);
      };
      const checked = someIndices(values.length);
      const differences = checked.map((i) => centralDifference(objective, values, i));
      expect(Math.max(...differences.map(Math.abs))).toBeGreaterThan(0);
      expectClose(
        checked.map((i) => gradients[`d.${name}`]?.[i] ?? Number.NaN),
        differences,
        1e-7,
      );
    }
  });
});

/** Up to 40 entries spread over the first 160 (of a large table only the first rows are used). */
const someIndices = (count: number): number[] => {
  const reach = Math.min(count, 160);
  const stride = Math.ceil(reach / 40);
  return Array.from({ length: Math.ceil(reach / stride) }, (_, i) => i * stride);
};
