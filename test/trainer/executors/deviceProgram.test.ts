/** Which programs compute over their own state on a device. That the results are right there, webgpu.test.ts shows. */
import { expect, test } from 'vitest';
import type { Shape } from '../../../src/engine/executor.ts';
import { record } from '../../../src/engine/graph/record.ts';
import { decodeProgram } from '../../../src/engine/programs/decode.ts';
import { gradientsProgram } from '../../../src/engine/programs/gradients.ts';
import { cacheNames, firstMomentName, gradientName, secondMomentName } from '../../../src/engine/programs/names.ts';
import { updateProgram } from '../../../src/engine/programs/update.ts';
import { canBeInPlace, onDevice } from '../../../src/trainer/executors/deviceProgram.ts';
import { forWebgpu } from '../../../src/trainer/executors/webgpuGraph.ts';
import { tinyModel } from '../../engine/support.ts';

const model = tinyModel();
const settings = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.01 };
const { heads, headDim } = model.cache;
const shapes: Readonly<Record<string, Shape>> = {
  ...Object.fromEntries(
    model.parameters.flatMap(({ name, shape }) =>
      [name, gradientName(name), firstMomentName(name), secondMomentName(name)].map((state) => [state, shape] as const),
    ),
  ),
  ...Object.fromEntries(cacheNames(model).map((name) => [name, [2, heads, 3, headDim]] as const)),
};

test.each([
  { name: 'gradients', program: gradientsProgram(model, 4, 8), expected: true },
  { name: 'gradients that add up', program: gradientsProgram(model, 4, 8, { isAdding: true }), expected: true },
  { name: 'AdamW with decay', program: updateProgram(model, settings, true), expected: true },
  {
    name: 'AdamW without: its last kernel would read and write one buffer',
    program: updateProgram(model, settings, false),
    expected: false,
  },
  { name: 'decoding: more than its own row reads a cache', program: decodeProgram(model, 2, 3), expected: false },
  {
    name: 'an update that a guard may refuse',
    program: { ...updateProgram(model, settings, true), guard: 'norm' },
    expected: false,
  },
])('in place is $expected: $name', ({ program, expected }) => {
  expect(canBeInPlace(program, forWebgpu(record(onDevice(program), shapes)))).toBe(expected);
});

test('AdamW’s scalars are recorded once for all weights', () => {
  const count = (layers: number): number => {
    const { parameters } = tinyModel({ numHiddenLayers: layers });
    const program = updateProgram({ ...model, parameters }, settings, true);
    const given = Object.fromEntries(
      parameters.flatMap(({ name, shape }) =>
        program.reads.filter((state) => state.endsWith(name)).map((state) => [state, shape] as const),
      ),
    );
    const { nodes } = record(program, given);
    return nodes.filter(({ op }) => op === 'Tanh').length;
  };
  expect([count(1), count(3)]).toEqual([2, 2]);
});
