import { afterAll, describe, expect, test } from 'vitest';
import type { Executor, Program } from '../../../src/engine/executor.ts';
import { elementwiseProgram } from '../../../src/engine/programs/elementwise.ts';
import { tensor } from '../../../src/engine/programs/tensors.ts';
import * as tf from '../../../src/engine/tf.ts';
import { createOnnxExecutor } from '../../../src/trainer/executors/onnx.ts';
import { createReferenceExecutor } from '../../../src/trainer/executors/reference.ts';
import { tensorflowForTests } from '../../support/tensorflow.ts';
import { webgpuForTests } from '../../support/webgpu.ts';

/** What every executor promises. One that cannot be had here is null, and its tests count as not run. */
const executors: readonly { readonly name: string; readonly executor: Executor | null; readonly missing: string }[] = [
  { name: 'onnx', executor: await createOnnxExecutor({ threads: 1 }), missing: '' },
  { name: 'reference', executor: await createReferenceExecutor(), missing: '' },
  await webgpuForTests(),
  await tensorflowForTests(),
];
afterAll(async () => {
  for (const { executor } of executors) await executor?.dispose();
});

/** total += x; returns the new total and a score that guards the writing. */
const adding: Program = {
  name: 'adding',
  inputs: [{ name: 'x', shape: [2], dtype: 'float32' }],
  reads: ['total'],
  writes: ['total'],
  appends: [],
  returns: ['total', 'score'],
  guard: 'score',
  body: (t) => {
    const total = tf.add(tensor(t, 'total'), tensor(t, 'x'));
    return { total, score: tf.sum(total) };
  },
};

/** total [size] += x, from zero where `goes_on` is 0. */
const goingOn = (size: number): Program => ({
  name: `going on/${size}`,
  inputs: [
    { name: 'x', shape: [], dtype: 'float32' },
    { name: 'goes_on', shape: [], dtype: 'float32' },
  ],
  reads: ['total'],
  writes: ['total'],
  overwrites: ['total'],
  afresh: 'goes_on',
  appends: [],
  returns: [],
  body: (t) => ({ total: tf.add(tensor(t, 'total'), tensor(t, 'x')) }),
});

/** Appends x + 1 to the cache [2 slots, 1 head, T, 2]; returns what the cache held before, summed per slot. */
const appending: Program = {
  name: 'appending',
  inputs: [
    { name: 'x', shape: [2, 1, 1, 2], dtype: 'float32' },
    { name: 'at', shape: [2], dtype: 'int32' },
  ],
  reads: ['cache'],
  writes: [],
  appends: [{ state: 'cache', output: 'row', at: 'at' }],
  returns: ['before'],
  body: (t) => ({ row: tf.add(tensor(t, 'x'), 1), before: tf.sum(tensor(t, 'cache'), [1, 2, 3]) }),
};

/** Puts x [2 rows, 1 head, 2 times, 1] into slots of the cache. */
const placing: Program = {
  name: 'placing',
  inputs: [
    { name: 'x', shape: [2, 1, 2, 1], dtype: 'float32' },
    { name: 'at', shape: [2], dtype: 'int32' },
    { name: 'to', shape: [2], dtype: 'int32' },
  ],
  reads: [],
  writes: [],
  appends: [{ state: 'cache', output: 'rows', at: 'at', slots: 'to' }],
  returns: [],
  body: (t) => ({ rows: tensor(t, 'x') }),
};

describe.each(executors)('$name', ({ name, executor: found, missing }) => {
  if (found === null) return test.skip(`the contract ${missing}`, () => undefined);
  const executor = found;

  test('says what it is', () => {
    const { version, adapter, reason, provider, threads } = executor.identity;
    expect(version).toMatch(/\d+\.\d+/);
    expect([adapter, reason].every((text) => text.length > 0)).toBe(true);
    expect(
      name.startsWith('webgpu') ? ['webgpu'] : name.startsWith('tensorflow') ? ['cuda', 'cpu'] : ['cpu'],
    ).toContain(provider);
    expect(threads).toBeGreaterThanOrEqual(1);
  });

  test('allocates copies, reads copies, frees', async () => {
    const values = Float32Array.of(1, 2, 3, 4);
    await executor.allocate('a', [2, 2], values);
    values[0] = 99;
    const read = await executor.read('a');
    read[1] = 99;
    expect(await executor.read('a')).toEqual(Float32Array.of(1, 2, 3, 4));
    await executor.allocate('a', [3]);
    expect(await executor.read('a')).toEqual(new Float32Array(3));
    await executor.free('a');
    await executor.free('a');
    expect(executor.has('a')).toBe(false);
    await expect(executor.read('a')).rejects.toThrow(/State a is not allocated/);
    await expect(executor.allocate('a', [5], values)).rejects.toThrow(/\[5\] but was given 4 values/);
  });

  test('writes outputs into state and hands out arrays that are the caller’s own', async () => {
    await executor.allocate('total', [2], Float32Array.of(1, 2));
    const compiled = await executor.compile(adding);
    const x = Float32Array.of(10, 20);
    const first = await compiled.run({ x });
    x.fill(0);
    first['total']?.fill(-1);
    expect(await executor.read('total')).toEqual(Float32Array.of(11, 22));
    expect((await compiled.run({ x: Float32Array.of(1, 1) }))['score']).toEqual(Float32Array.of(35));
    await compiled.dispose();
    await compiled.dispose();
  });

  test('copies values of the caller, and takes over what is given away', async () => {
    const [kept, given] = [Float32Array.of(1, 2), Float32Array.of(3, 4)];
    await executor.allocate('kept', [2], kept);
    await executor.allocate('total', [2], given, 'executor');
    kept.fill(0);
    expect(await executor.read('kept')).toEqual(Float32Array.of(1, 2));
    const compiled = await executor.compile(adding);
    await compiled.run({ x: Float32Array.of(1, 1) });
    expect(await executor.read('total')).toEqual(Float32Array.of(4, 5));
    await compiled.dispose();
    await executor.free('kept');
  });

  test('writes nothing where the guard is not finite', async () => {
    await executor.allocate('total', [2], Float32Array.of(1, 2));
    const compiled = await executor.compile(adding);
    const { score } = await compiled.run({ x: Float32Array.of(Number.NaN, 0) });
    expect(score?.[0]).toBeNaN();
    expect(await executor.read('total')).toEqual(Float32Array.of(1, 2));
    await compiled.dispose();
  });

  test('starts afresh where it is told to, whatever stood there', async () => {
    await executor.allocate('total', [3], new Float32Array(3).fill(Number.NaN));
    const compiled = await executor.compile(goingOn(3));
    const after = async (x: number, goesOn: number): Promise<Float32Array> => {
      await compiled.run({ x: Float32Array.of(x), goes_on: Float32Array.of(goesOn) });
      return executor.read('total');
    };
    expect(await after(1, 0)).toEqual(Float32Array.of(1, 1, 1));
    expect(await after(2, 1)).toEqual(Float32Array.of(3, 3, 3));
    expect(await after(4, 1)).toEqual(Float32Array.of(7, 7, 7));
    expect(await after(8, 0)).toEqual(Float32Array.of(8, 8, 8));
    await compiled.dispose();
    await executor.free('total');
  });

  test('an elementwise program goes through every set, whole pieces and what is left of them', async () => {
    const program = elementwiseProgram('moving', ['by'], {
      over: [
        { x: 'long', speed: 'long.speed' },
        { x: 'short', speed: 'short.speed' },
      ],
      writes: ['x'],
      body: (t) => ({ x: tf.add(tensor(t, 'x'), tf.mul(tensor(t, 'speed'), tensor(t, 'by'))) }),
    });
    const size = 2 * (1 << 18) + 5;
    await executor.allocate('long', [size]);
    await executor.allocate(
      'long.speed',
      [size],
      Float32Array.from({ length: size }, (_, i) => i % 1000),
    );
    await executor.allocate('short', [2, 2], Float32Array.of(1, 2, 3, 4));
    await executor.allocate('short.speed', [2, 2], Float32Array.of(1, 0, -1, 2));
    const compiled = await executor.compile(program);
    await compiled.run({ by: Float32Array.of(2) });
    await compiled.run({ by: Float32Array.of(-1) });
    await compiled.dispose();
    expect((await executor.read('long')).findIndex((x, i) => x !== i % 1000)).toBe(-1);
    expect(await executor.read('long.speed')).toHaveLength(size);
    expect(await executor.read('short')).toEqual(Float32Array.of(2, 2, 2, 6));
  });

  test('appends rows at the times that are given, after the body, and none at a negative time', async () => {
    await executor.allocate('cache', [2, 1, 3, 2]);
    const compiled = await executor.compile(appending);
    const x = Float32Array.of(1, 2, 3, 4);
    expect((await compiled.run({ x, at: Int32Array.of(2, 0) }))['before']).toEqual(Float32Array.of(0, 0));
    expect((await compiled.run({ x, at: Int32Array.of(-1, 1) }))['before']).toEqual(Float32Array.of(5, 9));
    expect(await executor.read('cache')).toEqual(Float32Array.of(0, 0, 0, 0, 2, 3, 4, 5, 4, 5, 0, 0));
    await compiled.dispose();
  });

  test('appends several times to slots that are given', async () => {
    await executor.allocate('cache', [3, 1, 3, 1]);
    const compiled = await executor.compile(placing);
    const x = Float32Array.of(1, 2, 3, 4);
    await compiled.run({ x, at: Int32Array.of(1, 0), to: Int32Array.of(2, 0) });
    expect(await executor.read('cache')).toEqual(Float32Array.of(3, 4, 0, 0, 0, 0, 0, 1, 2));
    await compiled.run({ x: Float32Array.of(7, 8, 9, 9), at: Int32Array.of(1, -1), to: Int32Array.of(0, 1) });
    expect(await executor.read('cache')).toEqual(Float32Array.of(3, 7, 8, 0, 0, 0, 0, 1, 2));
    await expect(compiled.run({ x, at: Int32Array.of(0, 0), to: Int32Array.of(3, 0) })).rejects.toThrow(
      /Slot 3 is outside a cache of 3 slots/,
    );
    await compiled.dispose();
  });

  test('grows again and again, each time keeping what is there and adding zeros', async () => {
    const start = Float32Array.of(1, 2, 3, 4);
    await executor.allocate('cache', [2, 1, 2, 1], start);
    for (let length = 3; length <= 9; length++) {
      await executor.grow('cache', length);
      const zeros = Array<number>(length - 2).fill(0);
      expect(await executor.read('cache')).toEqual(Float32Array.from([1, 2, ...zeros, 3, 4, ...zeros]));
    }
  });

  test('grows the time axis and keeps what is there; a program of the earlier shape says so', async () => {
    await executor.allocate('cache', [2, 1, 2, 2], Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    const compiled = await executor.compile(appending);
    await executor.grow('cache', 3);
    expect(await executor.read('cache')).toEqual(Float32Array.of(1, 2, 3, 4, 0, 0, 5, 6, 7, 8, 0, 0));
    const inputs = { x: new Float32Array(4), at: Int32Array.of(0, 0) };
    await expect(compiled.run(inputs)).rejects.toThrow(
      /State cache is \[2, 1, 3, 2\], but program appending was compiled for \[2, 1, 2, 2\]/,
    );
    await expect(executor.grow('cache', 1)).rejects.toThrow(/cannot grow to 1/);
    await executor.allocate('flat', [4]);
    await expect(executor.grow('flat', 8)).rejects.toThrow(/only \[slots, heads, T, d\] can grow/);
    await compiled.dispose();
  });

  test('names the program and tensor of a wrong call', async () => {
    await executor.free('total');
    await expect(executor.compile(adding)).rejects.toThrow(/Program adding uses state total, which is not allocated/);
    await executor.allocate('total', [2]);
    const compiled = await executor.compile(adding);
    await expect(compiled.run({})).rejects.toThrow(
      /Program adding wants float32 \[2\] for its input x, and was given nothing/,
    );
    await expect(compiled.run({ x: Int32Array.of(1, 2) })).rejects.toThrow(/was given Int32Array of 2/);
    await expect(compiled.run({ x: new Float32Array(3) })).rejects.toThrow(/was given Float32Array of 3/);
    await compiled.dispose();
    const silent = await executor.compile({ ...adding, body: () => ({ score: tf.scalar(0) }) });
    await expect(silent.run({ x: new Float32Array(2) })).rejects.toThrow(
      /promises the output total but does not return it/,
    );
    await silent.dispose();
  });

  test('holds no more tensors and handles after 100 steps than before', async () => {
    await executor.allocate('total', [2]);
    await executor.allocate('cache', [2, 1, 3, 2]);
    const programs = [await executor.compile(adding), await executor.compile(appending)];
    const run = async (): Promise<void> => {
      const inputs = { x: new Float32Array(2) };
      await programs[0]?.run(inputs);
      await programs[0]?.run({ x: Float32Array.of(Number.NaN, 0) });
      await programs[1]?.run({ x: new Float32Array(4), at: Int32Array.of(0, 1) });
    };
    await run();
    const before = [tf.memory().numTensors, tf.memory().numDataBuffers, executor.handles()];
    for (let i = 0; i < 100; i++) await run();
    expect([tf.memory().numTensors, tf.memory().numDataBuffers, executor.handles()]).toEqual(before);
    for (const program of programs) await program.dispose();
    expect(executor.handles()).toBe((before[2] ?? 0) - 2);
  });
});

test('onnx starts afresh over a tensor that is too large for shared zeros', async () => {
  const [executor, size] = [await createOnnxExecutor({ threads: 1 }), 5_000_000];
  await executor.allocate('total', [size], new Float32Array(size).fill(Number.NaN), 'executor');
  const compiled = await executor.compile(goingOn(size));
  await compiled.run({ x: Float32Array.of(2), goes_on: Float32Array.of(0) });
  expect((await executor.read('total')).every((value) => value === 2)).toBe(true);
  await compiled.dispose();
  await executor.dispose();
});

test('a disposed executor holds nothing', async () => {
  for (const executor of [await createOnnxExecutor({ threads: 1 }), await createReferenceExecutor()]) {
    const before = tf.memory().numTensors;
    await executor.allocate('total', [2]);
    await executor.compile(adding);
    await executor.dispose();
    expect([executor.handles(), tf.memory().numTensors]).toEqual([0, before]);
  }
});
