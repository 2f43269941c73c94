/** A benchmark of very many problems is asked like a small one. */
import { expect, test } from 'vitest';
import type { BenchmarkEntry } from '../../../src/config/benchmarkSchema.ts';
import { askedBenchmark, type Asking } from '../../../src/engine/benchmarks/askedBenchmark.ts';

test('150,000 problems, 10,000 of them without an answer that can be read', async () => {
  const problems = Array.from({ length: 150_000 }, (_, i) => ({ id: `p${i}`, prompt: '', gold: i, grader: 'math' }));
  const asking = {
    source: {
      open: () => Promise.resolve({ name: 'b', samplesPerProblem: 1, problems, others: 0, bad: 0, published: null }),
      grade: ({ gold }: { gold: number }) => Promise.resolve({ verdict: gold < 10_000 ? 'gold_unparsed' : 'correct' }),
    },
    text: { tokenizer: { beginTokens: [1], encode: () => [2, 3], decode: () => '' }, template: null },
    ...{ window: 8, seed: 1, chatTemplateKwargs: {} },
  } as unknown as Asking;
  const { facts } = await askedBenchmark({ maxNewTokens: 4 } as BenchmarkEntry, asking);
  const unreadable = { count: 10_000, first: 'p0' };
  expect(facts).toMatchObject({ problems: 140_000, longestPrompt: 3, tooLong: 0, unreadable });
});
