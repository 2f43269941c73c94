import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Executor } from '../../../src/engine/executor.ts';
import { Decoder } from '../../../src/engine/generation/decoder.ts';
import { generate } from '../../../src/engine/generation/generate.ts';
import type { Generated, GenerationRequest } from '../../../src/engine/generation/sequence.ts';
import { logitsProgram } from '../../../src/engine/programs/logits.ts';
import { allocateWeights } from '../../../src/engine/programs/state.ts';
import { randomSource } from '../../../src/engine/random/randomSource.ts';
import { record } from '../../../src/engine/graph/record.ts';
import { trainingStart } from '../../../src/engine/recipes/startingPoint.ts';
import { taskOf } from '../../../src/engine/tasks/index.ts';
import { createOnnxExecutor } from '../../../src/trainer/executors/onnx.ts';
import { interpret } from '../interpreter.ts';
import { expectClose } from '../support.ts';
import { scene, tinyConfig } from '../recipes/tinyRun.ts';

const END = 1;
const config = tinyConfig();
const { maxPositionEmbeddings: longest } = config.model as { maxPositionEmbeddings: number };

let executor: Executor;
let decoder: Decoder;
let handlesBefore: number;
const start = () => trainingStart(config, scene(executor).deps, taskOf(config.task));

beforeAll(async () => {
  executor = await createOnnxExecutor({ threads: 1 });
  const { model, weights } = start();
  // Sharper than new weights are, so that a wrong cache or position shows.
  const sharp = Object.fromEntries(
    Object.entries(weights).map(([name, { shape, values }]) => [name, { shape, values: values.map((v) => v * 3) }]),
  );
  await allocateWeights(executor, model, sharp);
  handlesBefore = executor.handles();
  decoder = new Decoder(executor, model, 12);
});
afterAll(async () => {
  await decoder.dispose();
  expect(executor.handles()).toBe(handlesBefore);
  await executor.dispose();
});

const source = randomSource(9, 'prompts');
const requests: GenerationRequest[] = Array.from({ length: 14 }, (_, i) => ({
  prompt: Array.from({ length: 1 + source.integer(i * 20, 9) }, (__, at) => 2 + source.integer(i * 20 + at + 1, 24)),
  seed: i,
  maxNewTokens: 1 + source.integer(i * 20 + 19, 45),
  temperature: i % 3 === 0 ? 0 : 1.3,
  topP: i % 2 === 0 ? 0.9 : 1,
  topK: i % 4 === 0 ? 6 : 0,
}));

/** The names of the programs that are run while `work` is done, in their order. */
async function runsOf(work: (watched: Decoder) => Promise<unknown>): Promise<string[]> {
  const names: string[] = [];
  const compile = executor.compile.bind(executor);
  const spy = vi.spyOn(executor, 'compile').mockImplementation(async (program) => {
    const compiled = await compile(program);
    return {
      run: (inputs) => {
        names.push(program.name);
        return compiled.run(inputs);
      },
      dispose: () => compiled.dispose(),
    };
  });
  const watched = new Decoder(executor, start().model, 12);
  await work(watched);
  await watched.dispose();
  spy.mockRestore();
  return names;
}

/** A model whose products are large enough for several threads. */
const wideStart = () => {
  const wide = { ...config, model: { ...config.model, hiddenSize: 128, intermediateSize: 352 } } as typeof config;
  return trainingStart(wide, scene(executor).deps, taskOf(wide.task));
};

const once = (request: GenerationRequest) => {
  const waiting = [request];
  return () => waiting.shift() ?? null;
};

async function all(wanted: readonly GenerationRequest[], by = decoder): Promise<Generated[]> {
  const done = new Map<GenerationRequest, Generated>();
  const waiting = [...wanted];
  for await (const { finished } of generate(by, [END], () => waiting.shift() ?? null))
    for (const { request, generated } of finished) done.set(request, generated);
  return wanted.map((request) => done.get(request)!);
}

describe('generate', () => {
  test('the same seed gives the same tokens and log-probabilities, bit for bit, whatever is written beside them', async () => {
    const together = await all(requests);
    const backwards = (await all([...requests].reverse())).reverse();
    const alone: Generated[] = [];
    for (const request of requests) alone.push(...(await all([request])));
    expect(backwards).toEqual(together);
    expect(alone).toEqual(together);
    expect(new Set(together.map(({ tokens }) => tokens.join())).size).toBeGreaterThan(10);
  });

  test('stops at any of the tokens that end a completion', async () => {
    const [free] = await all([requests[1]!]);
    const other = free!.tokens[3]!;
    const waiting = once(requests[1]!);
    let seen: Generated | undefined;
    for await (const { finished } of generate(decoder, [END, other], waiting)) seen ??= finished[0]?.generated;
    expect(seen).toMatchObject({ tokens: free!.tokens.slice(0, free!.tokens.indexOf(other)), finishReason: 'stop' });
  });

  test('neighbours that are longer, or come and go at other times, change no bit', async () => {
    const [expected] = await all([requests[1]!]);
    const long = { ...requests[2]!, prompt: Array.from({ length: 100 }, (_, i) => 2 + (i % 20)), maxNewTokens: 60 };
    for (const arrival of [0, 3, 11]) {
      const arriving: (GenerationRequest | null)[] = [long, ...Array<null>(arrival).fill(null), requests[1]!, long];
      let seen: Generated | undefined;
      for await (const { finished } of generate(decoder, [END], () => arriving.shift() ?? null))
        seen = finished.find(({ request }) => request === requests[1])?.generated ?? seen;
      expect(seen).toEqual(expected);
    }
  });

  test('tokens and log-probabilities are those of the full forward pass without a cache, in float64', async () => {
    const { model } = start();
    const shapes = Object.fromEntries(model.parameters.map(({ name, shape }) => [name, shape]));
    const reads = model.parameters.map(async ({ name }) => [name, await executor.read(name)] as const);
    const weights = Object.fromEntries(await Promise.all(reads));
    for (const request of requests) {
      const [generated] = await all([request]);
      const sequence = [...request.prompt, ...generated!.tokens];
      const graph = record(logitsProgram(model, 1, sequence.length), shapes);
      const { logits } = interpret(graph, { ...weights, input_ids: sequence });
      const truths = generated!.logProbabilities.map((_, i) => {
        const row = logits!.subarray((request.prompt.length - 1 + i) * model.vocabSize).subarray(0, model.vocabSize);
        const top = Math.max(...row);
        const token = generated!.tokens[i] ?? END;
        if (request.temperature === 0) expect(row.indexOf(top)).toBe(token);
        return row[token]! - top - Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - top), 0));
      });
      expectClose(generated!.logProbabilities, truths, 1e-5);
    }
  });

  test('samples of one prompt read it once, in one pass', async () => {
    const samples = Array.from({ length: 30 }, (_, seed) => ({ ...requests[1]!, prompt: [2, 3, 4, 5], seed }));
    let shared: Generated[] = [];
    const names = await runsOf(async (watched) => (shared = await all(samples, watched)));
    expect(new Set(shared.map(({ tokens }) => tokens.join())).size).toBeGreaterThan(10);
    expect(await all([samples[7]!, samples[29]!])).toEqual([shared[7], shared[29]]);
    expect(names.filter((name) => name.startsWith('prefill/'))).toEqual(['prefill/4x16']);
    expect(names.filter((name) => name.startsWith('place/')).length).toBeGreaterThanOrEqual(30 / 4);
  });

  test('short prompts of different texts share a pass; a long one has its own', async () => {
    const short = Array.from({ length: 8 }, (_, i) => ({ ...requests[1]!, prompt: [2, 3 + i, 4] }));
    const long = { ...requests[1]!, prompt: Array.from({ length: 60 }, (_, i) => 2 + (i % 9)) };
    const names = await runsOf((watched) => all([...short, long], watched));
    expect(names.filter((name) => name.startsWith('prefill/')).sort()).toEqual([
      'prefill/1x64',
      'prefill/4x16',
      'prefill/4x16',
    ]);
  });

  test.each([2, 4])(
    'with %i threads too, neither company nor its row in a pass changes a bit of a prompt',
    async (threads) => {
      const other = await createOnnxExecutor({ threads });
      const { model, weights } = wideStart();
      await allocateWeights(other, model, weights);
      const wide = new Decoder(other, model, 12);
      const few = requests.map((request) => ({ ...request, maxNewTokens: 4 }));
      const together = await all(few, wide);
      expect((await all([...few].reverse(), wide)).reverse()).toEqual(together);
      for (const i of [0, 5, 13]) expect(await all([few[i]!], wide)).toEqual([together[i]]);
      await wide.dispose();
      await other.dispose();
    },
  );

  test('a prompt is read anew when the weights may have changed', async () => {
    const names = await runsOf(async (watched) => {
      await all([requests[1]!], watched);
      await all([requests[1]!], watched);
    });
    expect(names.filter((name) => name.startsWith('prefill/'))).toHaveLength(2);
  });

  test('few sequences take few slots; the memory of the cache comes back at the end', async () => {
    const lasting = { ...requests[1]!, temperature: 0, maxNewTokens: 40, isStop: () => false };
    const sizes = (names: readonly string[]): string[] => [
      ...new Set(names.filter((name) => name.startsWith('decode/')).map((name) => name.slice(7).split('x')[0]!)),
    ];
    expect(sizes(await runsOf((watched) => all([lasting], watched)))).toEqual(['8']);
    const many = Array.from({ length: 11 }, () => ({ ...lasting, maxNewTokens: 3 }));
    expect(sizes(await runsOf((watched) => all([...many, lasting], watched)))).toEqual(['12', '8']);
    for await (const _ of generate(decoder, [END], once(lasting))) break;
    expect(['cache.k.0', 'cache.v.0', 'prompt.k.16.0'].map((name) => executor.has(name))).toEqual([
      false,
      false,
      false,
    ]);
  });

  test('ends where its stop test says so', async () => {
    const [free] = await all([{ ...requests[1]!, maxNewTokens: 45 }]);
    const [stopped] = await all([{ ...requests[1]!, maxNewTokens: 45, isStop: ({ length }) => length === 4 }]);
    expect(stopped).toEqual({
      tokens: free!.tokens.slice(0, 4),
      endToken: null,
      logProbabilities: free!.logProbabilities.slice(0, 4),
      details: { entropies: [], alternatives: [], alternativeLogProbabilities: [] },
      finishReason: 'stop',
    });
  });

  test('ends by itself or at its limit, and says which', async () => {
    for (const [i, generated] of (await all(requests)).entries()) {
      const { maxNewTokens } = requests[i]!;
      expect(generated.tokens).not.toContain(END);
      expect(generated.tokens.length).toBeLessThanOrEqual(maxNewTokens);
      const hasEnd = generated.finishReason === 'stop' ? 1 : 0;
      expect(generated.logProbabilities.length).toBe(generated.tokens.length + hasEnd);
      if (generated.finishReason === 'length') expect(generated.tokens.length).toBe(maxNewTokens);
    }
  });

  test('never goes beyond what the model reads', async () => {
    const prompt = Array.from({ length: longest - 3 }, (_, i) => 2 + (i % 20));
    const [generated] = await all([{ ...requests[1]!, prompt, maxNewTokens: 1000 }]);
    expect(generated!.tokens.length).toBeLessThanOrEqual(3);
    await expect(all([{ ...requests[1]!, prompt: [...prompt, 2, 2, 2] }])).rejects.toThrow('leaves no room');
    await expect(all([{ ...requests[1]!, prompt: [] }])).rejects.toThrow('at least one token');
  });

  test('a free slot takes the next prompt at once: no step is wasted while work waits', async () => {
    const waiting = [...requests];
    let slotSteps = 0;
    let steps = 0;
    for await (const { finished } of generate(decoder, [END], () => waiting.shift() ?? null)) {
      steps++;
      for (const { request, generated } of finished)
        slotSteps += request.prompt.length - 1 + generated.logProbabilities.length;
    }
    const longestOne = Math.max(...requests.map(({ prompt, maxNewTokens }) => prompt.length + maxNewTokens));
    expect(steps).toBeLessThanOrEqual(Math.ceil(slotSteps / decoder.slots) + longestOne);
    expect(slotSteps / steps).toBeGreaterThan(2);
  });

  test('work may arrive late, and an early end leaves the decoder usable', async () => {
    const [expected] = await all([requests[1]!]);
    const waiting = [requests[2]!];
    const seen: Generated[] = [];
    let ticks = 0;
    for await (const { finished } of generate(decoder, [END], () => waiting.shift() ?? null)) {
      if (++ticks === 2) waiting.push(requests[1]!);
      for (const { request, generated } of finished) if (request === requests[1]) seen.push(generated);
      if (seen.length > 0) break;
    }
    expect(seen[0]!.tokens).toEqual(expected!.tokens);
    expect((await all([requests[1]!]))[0]!.tokens).toEqual(expected!.tokens);
  });
});
