/** Memory that runs out by plan: passes become smaller, steps stay the same. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Executor, Program } from '../../../src/engine/executor.ts';
import { ExecutorError } from '../../../src/engine/executorError.ts';
import { passSizeOf } from '../../../src/engine/recipes/learner.ts';
import { sft } from '../../../src/engine/recipes/sft.ts';
import type { RunEvent } from '../../../src/protocol/events.ts';
import { createOnnxExecutor } from '../../../src/trainer/executors/onnx.ts';
import { collect, ofType, scene, tinyConfig } from './tinyRun.ts';

let real: Executor;
beforeAll(async () => {
  real = await createOnnxExecutor({ threads: 1 });
});
afterAll(() => real.dispose());

interface Plan {
  /** Most sequences that a pass can be compiled for. */
  readonly compiles?: number;
  /** Most sequences that a pass can run with, from its `after`th run on. */
  readonly runs?: number;
  readonly after?: number;
}

/** The real executor with little memory; `passes` are the shapes that ran. */
function scarce({ compiles = Infinity, runs = Infinity, after = 0 }: Plan): { executor: Executor; passes: string[] } {
  const passes: string[] = [];
  const noMemory = () => new ExecutorError('outOfMemory', 'There is no memory, by plan.');
  const compile = async (program: Program) => {
    const size = Number(/^gradients\/(\d+)x/.exec(program.name)?.[1] ?? 0);
    if (size > compiles) throw noMemory();
    const compiled = await real.compile(program);
    return {
      dispose: () => compiled.dispose(),
      run: async (inputs: Parameters<typeof compiled.run>[0]) => {
        if (size > runs && passes.length >= after) throw noMemory();
        const result = await compiled.run(inputs);
        if (size > 0) passes.push(program.name);
        return result;
      },
    };
  };
  const executor: Executor = {
    identity: real.identity,
    allocate: (name, shape, values) => real.allocate(name, shape, values),
    grow: (name, length) => real.grow(name, length),
    free: (name) => real.free(name),
    has: (name) => real.has(name),
    read: (name) => real.read(name),
    handles: () => real.handles(),
    dispose: () => real.dispose(),
    compile,
  };
  return { executor, passes };
}

const config = (training: object = {}) =>
  tinyConfig({ training: { maxSteps: 4, batchSize: 8, learningRate: 0.01, warmupRatio: 0.3, ...training } });
const steps = (events: readonly RunEvent[]) => ofType(events, 'step.finished').map(({ metrics }) => metrics);
const warnings = (events: readonly RunEvent[]) => ofType(events, 'log.written').map(({ message }) => message);

function expectSameSteps(actual: readonly RunEvent[], expected: readonly RunEvent[]): void {
  const [is, should] = [steps(actual), steps(expected)];
  expect(is).toHaveLength(should.length);
  is.forEach((metrics, i) => {
    expect(metrics['num_tokens']).toBe(should[i]!['num_tokens']);
    expect(Math.abs(metrics['loss']! / should[i]!['loss']! - 1)).toBeLessThan(1e-5);
    expect(Math.abs(metrics['grad_norm']! / should[i]!['grad_norm']! - 1)).toBeLessThan(1e-4);
  });
}

describe('memory that runs out', () => {
  test('while compiling: half, and half again; the same steps, told once', async () => {
    const whole = await collect(sft(config(), scene(real).deps));
    const { executor, passes } = scarce({ compiles: 2 });
    const { deps, saved } = scene(executor);
    const events = await collect(sft(config(), deps));
    expectSameSteps(events, whole);
    expect(warnings(events)).toEqual([
      expect.stringContaining('Memory ran out at step 1: a pass now takes 2 sequences instead of 8.'),
    ]);
    expect(passes.every((name) => name.startsWith('gradients/2x'))).toBe(true);
    expect(passes).toHaveLength(4 * 4);
    expect(saved.at(-1)!.state.counters['microBatchSize']).toBe(2);
  });

  test('in the middle of a step: what half a step left is forgotten', async () => {
    const whole = await collect(sft(config({ gradientAccumulationSteps: 2 }), scene(real).deps));
    // The third pass is the first of step 2, the fourth its second.
    const { executor } = scarce({ runs: 4, after: 3 });
    const events = await collect(sft(config({ gradientAccumulationSteps: 2 }), scene(executor).deps));
    expectSameSteps(events, whole);
    expect(warnings(events)).toEqual([expect.stringContaining('at step 2: a pass now takes 4 sequences instead of 8')]);
  });

  test('a continued run goes on with the smaller passes: bit for bit the uninterrupted one', async () => {
    const whole = scene(scarce({ compiles: 3 }).executor);
    await collect(sft(config(), whole.deps));
    const first = scene(scarce({ compiles: 3 }).executor);
    await collect(sft(config(), first.deps), (event) => {
      if (event.type === 'step.finished' && event.step === 2) first.asked.push({ type: 'stop' });
    });
    const second = scene(scarce({ compiles: 3 }).executor, { resume: first.saved.at(-1)!.state });
    const events = await collect(sft(config(), second.deps));
    expect(warnings(events)).toEqual([]);
    expect(second.saved.at(-1)!.state).toEqual(whole.saved.at(-1)!.state);
  });

  test('not even one sequence fits: the run ends in words, and frees what it had', async () => {
    const handles = real.handles();
    const weights = (await collect(sft(config({ maxSteps: 1 }), scene(real).deps))).length > 0 ? real.handles() : 0;
    await expect(collect(sft(config(), scene(scarce({ compiles: 0 }).executor).deps))).rejects.toMatchObject({
      code: 'outOfMemory',
      message: expect.stringContaining('a pass over a single sequence'),
      remedy: expect.stringContaining('smaller model'),
    });
    expect(real.handles()).toBe(weights);
    expect(handles).toBeLessThanOrEqual(weights);
  });

  test('another failure of the executor is not taken for it', async () => {
    const { executor } = scarce({});
    const broken: Executor = {
      ...executor,
      compile: (program) =>
        program.name.startsWith('gradients')
          ? Promise.reject(new ExecutorError('deviceLost', 'gone'))
          : executor.compile(program),
    };
    await expect(collect(sft(config(), scene(broken).deps))).rejects.toMatchObject({ code: 'deviceLost' });
  });
});

test('a micro-batch that was asked for: the same steps in smaller passes, the last one as small as it must be', async () => {
  const whole = await collect(sft(config(), scene(real).deps));
  const { executor, passes } = scarce({});
  const { deps, saved } = scene(executor);
  const events = await collect(sft(config({ microBatchSize: 3 }), deps));
  expectSameSteps(events, whole);
  expect(passes.slice(0, 3).map((name) => name.split('x')[0])).toEqual(['gradients/3', 'gradients/3', 'gradients/2']);
  expect(saved.at(-1)!.state.counters).not.toHaveProperty('microBatchSize');
});

test('blocks that are computed again teach the same', async () => {
  const whole = await collect(sft(config(), scene(real).deps));
  expectSameSteps(await collect(sft(config({ activationRecompute: true }), scene(real).deps)), whole);
});

test('the estimate is told before anything is allocated, with what the machine has', async () => {
  const events = await collect(sft(config({ maxSteps: 1 }), { ...scene(real).deps, memoryBytes: 16e9 }));
  const told = events.findIndex(({ type }) => type === 'log.written');
  expect(events[told]).toMatchObject({
    level: 'info',
    message: expect.stringMatching(/^Memory: about \d+ MB of this machine's 16\.00 GB \(weights 1 MB, /),
  });
  expect(told).toBeLessThan(events.findIndex((event) => event.type === 'phase.changed' && event.phase === 'compiling'));
  const tight = await collect(sft(config({ maxSteps: 1 }), { ...scene(real).deps, memoryBytes: 1e8 }));
  expect(ofType(tight, 'log.written')[0]).toMatchObject({
    level: 'warning',
    message: expect.stringContaining('microBatchSize'),
  });
});

test('a batch larger than the caches is cut on a processor and nowhere else: even parts, or as many as were asked for', () => {
  const on = (executor: 'onnx' | 'reference', provider: string) => ({
    identity: { ...real.identity, executor, provider, threads: 1 },
  });
  const batch = { size: 16, length: 256 };
  expect(passSizeOf(on('onnx', 'cpu'), batch, 16)).toBe(4);
  expect(passSizeOf(on('onnx', 'cpu'), batch, 2)).toBe(2);
  expect(passSizeOf(on('onnx', 'webgpu'), batch, 16)).toBe(16);
  expect(passSizeOf(on('reference', 'cpu'), batch, 8)).toBe(8);
});
