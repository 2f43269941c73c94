import { afterAll, describe, expect, test } from 'vitest';
import { Sampler, type SamplingSettings } from '../../../src/engine/generation/sampler.ts';
import { ChoosingInGraph, type Pick } from '../../../src/engine/generation/choosing.ts';
import { CompiledPrograms } from '../../../src/engine/programs/compiledPrograms.ts';
import { randomSource } from '../../../src/engine/random/randomSource.ts';
import { createOnnxExecutor } from '../../../src/trainer/executors/onnx.ts';
import { createReferenceExecutor } from '../../../src/trainer/executors/reference.ts';
import { webgpuForTests } from '../../support/webgpu.ts';
import { noise } from '../support.ts';

const webgpu = await webgpuForTests();
const executors = [
  { name: 'onnx', executor: await createOnnxExecutor({ threads: 1 }) },
  { name: 'reference', executor: await createReferenceExecutor() },
  webgpu,
];
afterAll(async () => {
  for (const { executor } of executors) await executor?.dispose();
});

/** On software Vulkan a new shader takes up to a second on a busy machine. */
const LONG = 300_000;
const ROWS = 32;
const source = randomSource(4, 'sampling test');
const settingsOf: readonly ((i: number) => SamplingSettings)[] = [
  () => ({ temperature: 1, topP: 1, topK: 0 }),
  (i) => ({ temperature: i % 3 === 0 ? 0 : 0.7, topP: 1, topK: 0 }),
  (i) => ({ temperature: [0, 0.6, 1.5][i % 3]!, topP: [0.3, 0.9, 1][(i >> 1) % 3]!, topK: [0, 1, 5, 40][i % 4]! }),
];

describe.each(executors)('tokens chosen in the graph on $name', ({ executor: found }) => {
  if (found === null) return test.skip(`equal the host’s ${webgpu.missing}`, () => undefined);
  const executor = found;

  /** What the graph and the host choose for rows of logits [ROWS, size]. */
  const bothWays = async (logits: Float32Array, size: number, picks: readonly Pick[]) => {
    await executor.allocate('logits', [ROWS, size], logits);
    const programs = new CompiledPrograms(executor);
    const inGraph = await new ChoosingInGraph(programs, size).choose(
      { state: 'logits', rows: ROWS, values: null },
      picks,
    );
    await programs.dispose();
    await executor.free('logits');
    const sampler = new Sampler(size);
    const onHost = picks.map(({ row, draw: { settings, uniform } }) =>
      sampler.sample(logits.subarray(row * size, (row + 1) * size), settings, uniform),
    );
    return { inGraph, onHost };
  };
  const picksOf = (settings: (i: number) => SamplingSettings): Pick[] =>
    Array.from({ length: ROWS - 3 }, (_, i) => ({
      row: (i * 7) % ROWS,
      draw: { settings: settings(i), uniform: source.uniform(i) },
    }));

  test.each([11, 300])(
    'are the host’s, and so are their log-probabilities within 1e-4, with %i tokens',
    async (size) => {
      const logits = noise(size, ROWS * size, 6);
      for (const settings of settingsOf) {
        const { inGraph, onHost } = await bothWays(logits, size, picksOf(settings));
        expect(inGraph.map(({ token }) => token)).toEqual(onHost.map(({ token }) => token));
        inGraph.forEach(({ logProbability }, i) =>
          expect(Math.abs(logProbability - onHost[i]!.logProbability)).toBeLessThan(1e-4),
        );
        expect(new Set(inGraph.map(({ token }) => token)).size).toBeGreaterThan(3);
      }
    },
    LONG,
  );

  test(
    'entropy and likeliest tokens are the host’s within 1e-4, for whoever asks for them',
    async () => {
      const logits = noise(9, ROWS * 60, 6);
      for (let row = 0; row < ROWS; row++) logits[row * 60 + 7] = logits[row * 60 + 3]!;
      const asked = (i: number) => [{}, { alternatives: 0 }, { alternatives: 2 }, { alternatives: 5 }][i % 4]!;
      const { inGraph, onHost } = await bothWays(
        logits,
        60,
        picksOf((i) => ({ temperature: 0.7, topP: 0.9, topK: 0, ...asked(i) })),
      );
      for (const [i, { token, details }] of inGraph.entries()) {
        const host = onHost[i]!;
        expect(token).toBe(host.token);
        expect(details?.alternatives).toEqual(host.details?.alternatives);
        if (!details || !host.details) continue;
        expect(Math.abs(details.entropy - host.details.entropy)).toBeLessThan(1e-4);
        details.alternativeLogProbabilities.forEach((told, place) =>
          expect(Math.abs(told - host.details!.alternativeLogProbabilities[place]!)).toBeLessThan(1e-4),
        );
      }
    },
    LONG,
  );

  test(
    'never are tokens without weight, at either end of chance',
    async () => {
      const logits = new Float32Array(ROWS * 5).map((_, i) => [-Infinity, 0, 0, -1e9, -Infinity][i % 5]!);
      const settings = { temperature: 1, topP: 1, topK: 0 };
      const picks = [0, 0.49, 0.51, 1 - 2 ** -53].map((uniform, row) => ({ row, draw: { settings, uniform } }));
      const { inGraph } = await bothWays(logits, 5, picks);
      expect(inGraph.map(({ token }) => token)).toEqual([1, 1, 2, 2]);
    },
    LONG,
  );

  test(
    'logits that are not numbers are refused',
    async () => {
      const draw = { settings: { temperature: 1, topP: 1, topK: 0 }, uniform: 0.5 };
      const logits = new Float32Array(ROWS * 5);
      logits[7] = NaN;
      const choosing = bothWays(logits, 5, [{ row: 1, draw }]);
      await expect(choosing).rejects.toThrow('damaged or diverged');
    },
    LONG,
  );
});
