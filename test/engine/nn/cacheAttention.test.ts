import { afterAll, describe, expect, test } from 'vitest';
import type { Executor, Program } from '../../../src/engine/executor.ts';
import { cacheMask } from '../../../src/engine/nn/attention.ts';
import { cacheAttention } from '../../../src/engine/nn/cacheAttention.ts';
import { slidingWindowCacheMask } from '../../../src/engine/nn/slidingWindow.ts';
import { tensor } from '../../../src/engine/programs/tensors.ts';
import { createOnnxExecutor } from '../../../src/trainer/executors/onnx.ts';
import { createReferenceExecutor } from '../../../src/trainer/executors/reference.ts';
import { expectClose, noise, runOnce } from '../support.ts';

const onnx = await createOnnxExecutor({ threads: 2 });
const reference = await createReferenceExecutor();
afterAll(async () => {
  for (const executor of [onnx, reference]) await executor.dispose();
});

interface Case {
  readonly window: number | null;
  readonly cap: number | null;
  readonly queryHeads: number;
  readonly keyValueHeads: number;
  readonly headDim: number;
}

const [SLOTS, LENGTH] = [5, 12];
/** -1 is idle. */
const POSITIONS = Int32Array.of(0, 10, 3, -1, 4);
const CACHE = ['keys', 'values'];

const program = ({ window, cap, ...heads }: Case): Program => ({
  name: 'cacheAttention',
  inputs: [
    { name: 'q', shape: [SLOTS, heads.queryHeads * heads.headDim], dtype: 'float32' },
    ...['k', 'v'].map((name) => ({
      name,
      shape: [SLOTS, heads.keyValueHeads * heads.headDim],
      dtype: 'float32' as const,
    })),
    { name: 'positions', shape: [SLOTS], dtype: 'int32' },
  ],
  reads: CACHE,
  writes: CACHE,
  overwrites: CACHE,
  appends: [],
  returns: ['mixed'],
  body: (t) => {
    const [q, k, v, positions] = [tensor(t, 'q'), tensor(t, 'k'), tensor(t, 'v'), tensor(t, 'positions')];
    const mask = window === null ? cacheMask(positions, LENGTH) : slidingWindowCacheMask(positions, LENGTH, window);
    return { ...cacheAttention({ q, k, v, keys: tensor(t, 'keys'), values: tensor(t, 'values'), mask, cap }, heads) };
  },
});

/** What is found, and the cache afterwards. */
const attended = async (executor: Executor, one: Case) => {
  const { queryHeads, keyValueHeads, headDim } = one;
  const size = SLOTS * keyValueHeads * headDim;
  for (const [i, name] of CACHE.entries())
    await executor.allocate(name, [SLOTS, keyValueHeads, LENGTH, headDim], noise(i + 1, size * LENGTH, 2));
  const { mixed = new Float32Array() } = await runOnce(executor, program(one), {
    q: noise(3, SLOTS * queryHeads * headDim, 2),
    k: noise(4, size, 2),
    v: noise(5, size, 2),
    positions: POSITIONS,
  });
  return { mixed, keys: await executor.read('keys'), values: await executor.read('values') };
};

const plain = { queryHeads: 4, keyValueHeads: 4, headDim: 16, window: null, cap: null };
const cases: readonly (readonly [name: string, one: Case])[] = [
  ['heads of their own', plain],
  ['heads of 8', { ...plain, headDim: 8 }],
  ['heads too narrow for the kernel', { ...plain, headDim: 4 }],
  ['shared keys and values', { ...plain, queryHeads: 6, keyValueHeads: 2 }],
  ['a window of 4', { ...plain, window: 4 }],
  ['a window of 1', { ...plain, window: 1 }],
  ['capped scores', { ...plain, cap: 1.5 }],
  ['a window, capped scores and shared heads', { ...plain, keyValueHeads: 1, window: 3, cap: 0.8 }],
];

describe.each(cases)('attention over a cache with %s', (_, one) => {
  test('in one kernel equals the composite within 1e-5, and both have the new rows at the last time', async () => {
    const [fast, truth] = [await attended(onnx, one), await attended(reference, one)];
    expectClose(fast.mixed, truth.mixed, 1e-5);
    expect(fast.keys).toEqual(truth.keys);
    expect(fast.values).toEqual(truth.values);
    const width = one.keyValueHeads * one.headDim;
    const rows = noise(4, SLOTS * width, 2);
    for (let slot = 0; slot < SLOTS; slot++)
      expect(truth.keys[slot * width * LENGTH + (LENGTH - 1) * one.headDim]).toBe(rows[slot * width]);
  });
});
