import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evaluateConfig, sampleConfig } from '../../../src/config/schema.ts';
import type { Executor } from '../../../src/engine/executor.ts';
import { evaluate } from '../../../src/engine/recipes/evaluate.ts';
import { recipeOf, recipes } from '../../../src/engine/recipes/index.ts';
import { sample } from '../../../src/engine/recipes/sample.ts';
import { sft } from '../../../src/engine/recipes/sft.ts';
import type { RunEvent } from '../../../src/protocol/events.ts';
import { apply, newRun } from '../../../src/protocol/state.ts';
import { createOnnxExecutor } from '../../../src/trainer/executors/onnx.ts';
import { collect, ofType, scene, tinyConfig } from './tinyRun.ts';
import type { SavedState } from '../../../src/protocol/savedState.ts';

let executor: Executor;
beforeAll(async () => {
  executor = await createOnnxExecutor({ threads: 1 });
});
afterAll(() => executor.dispose());

/** The story without the lines that only tell progress. */
const story = (events: readonly RunEvent[]): string[] =>
  events
    .filter(({ type }) => type !== 'evaluation.progressed')
    .map((event) => {
      if (event.type === 'phase.changed') return event.phase;
      if (event.type === 'step.finished') return `step ${event.step}`;
      if (event.type === 'completions.sampled') return `${event.purpose} x${event.completions.length}`;
      if (event.type === 'evaluation.finished') return `evaluated ${event.step}`;
      return event.type === 'checkpoint.saved' ? `${event.cause} ${event.step}` : event.type;
    });

async function trained(): Promise<SavedState> {
  const { deps, saved } = scene(executor);
  await collect(sft(tinyConfig(), deps));
  return saved.at(-1)!.state;
}

describe('sft', () => {
  test('tells the whole story in order, and folds into a finished run', async () => {
    const { deps, saved, clock } = scene(executor);
    const events = await collect(sft(tinyConfig(), deps), () => (clock.now += 10));
    expect(story(events)).toEqual([
      ...['run.started', 'preparing', 'compiling', 'evaluating', 'evaluation x6', 'evaluated 0'],
      ...['training', 'step 1', 'step 2', 'sampling', 'training x2', 'training', 'step 3', 'step 4'],
      ...['evaluating', 'evaluation x6', 'evaluated 4', 'saving', 'planned 4', 'training', 'step 5'],
      ...['sampling', 'training x2', 'training', 'step 6', 'evaluating', 'evaluation x6', 'evaluated 6'],
      ...['saving', 'final 6', 'run.finished'],
    ]);
    expect(saved.map(({ score }) => typeof score)).toEqual(['number', 'number']);
    const run = newRun();
    events.forEach((event, seq) => apply(run, { v: 1, runId: 'r', attempt: 1, seq, time: seq, event }));
    expect(run).toMatchObject({ status: 'finished', step: 6, totalSteps: 6, evaluationSteps: [0, 4, 6] });
    expect(Object.keys(run.series).sort((a, b) => a.localeCompare(b))).toEqual([
      ...['completions/clipped_ratio', 'completions/mean_length', 'epoch', 'grad_norm', 'learning_rate', 'loss'],
      ...['num_tokens', 'tokens_per_second'],
    ]);
    expect(run.series['completions/mean_length']!.steps).toEqual([3, 6]);
  });

  test('learns: the loss of a repeated handful falls by more than half', async () => {
    const config = tinyConfig({ data: { problems: 8 }, training: { maxSteps: 60, batchSize: 8, learningRate: 0.02 } });
    const steps = ofType(await collect(sft(config, scene(executor).deps)), 'step.finished');
    expect(steps.at(-1)!.metrics['loss']!).toBeLessThan(steps[0]!.metrics['loss']! / 2);
  });

  test('accumulated passes learn what one large batch learns', async () => {
    const training = { maxSteps: 3, learningRate: 0.01, warmupRatio: 0.3 };
    const run = async (batchSize: number, gradientAccumulationSteps: number) => {
      const config = tinyConfig({
        training: { ...training, batchSize, gradientAccumulationSteps },
        data: { problems: 8 },
      });
      return ofType(await collect(sft(config, scene(executor).deps)), 'step.finished').map(({ metrics }) => metrics);
    };
    const whole = await run(8, 1);
    const parts = await run(4, 2);
    // With as many problems as a step holds, both see the same ones in each step.
    parts.forEach((metrics, i) => {
      expect(metrics['loss']!).toBeCloseTo(whole[i]!['loss']!, 4);
      expect(metrics['grad_norm']!).toBeCloseTo(whole[i]!['grad_norm']!, 3);
    });
  });

  test('two runs of one seed are the same; another seed is another run', async () => {
    const run = async (seed: number) => {
      const { deps, saved } = scene(executor);
      const events = await collect(sft(tinyConfig({ seed }), deps));
      return { events, weights: saved.at(-1)!.state.weights };
    };
    const first = await run(5);
    expect(await run(5)).toEqual(first);
    expect((await run(6)).weights).not.toEqual(first.weights);
  });

  test.each([0, 1, 3, 4, 5])('stopped after step %d and continued: bit for bit the uninterrupted run', async (k) => {
    const whole = scene(executor);
    const wholeEvents = await collect(sft(tinyConfig(), whole.deps));
    const first = scene(executor);
    await collect(sft(tinyConfig(), first.deps), (event) => {
      const isThere =
        k === 0 ? event.type === 'evaluation.finished' : event.type === 'step.finished' && event.step === k;
      if (isThere) first.asked.push({ type: 'stop' });
    });
    const stopped = first.saved.at(-1)!;
    expect([stopped.cause, stopped.state.step]).toEqual(['stopping', k]);
    const second = scene(executor, { resume: structuredClone(stopped.state) });
    const events = await collect(sft(tinyConfig(), second.deps));
    expect(second.saved.at(-1)!.state).toEqual(whole.saved.at(-1)!.state);
    const after = (all: readonly RunEvent[]) => ofType(all, 'step.finished').filter(({ step }) => step > k);
    expect(after(events)).toEqual(after(wholeEvents));
    expect(events[0]).toMatchObject({ type: 'run.started', resumedFrom: { step: k } });
  });

  test('stopped inside an evaluation: saved at once, and measured again when continued', async () => {
    const first = scene(executor);
    const events = await collect(sft(tinyConfig(), first.deps), (event) => {
      if (event.type === 'evaluation.progressed' && event.step === 4) first.asked.push({ type: 'stop' });
    });
    expect(ofType(events, 'evaluation.finished').map(({ step }) => step)).toEqual([0]);
    expect(events.at(-1)).toEqual({ type: 'run.finished', reason: 'stopped' });
    const second = scene(executor, { resume: first.saved.at(-1)!.state });
    const rest = await collect(sft(tinyConfig(), second.deps));
    expect(ofType(rest, 'evaluation.finished').map(({ step }) => step)).toEqual([4, 6]);
  });

  test('continued after its last step, it only says that it is done', async () => {
    const { deps, saved } = scene(executor, { resume: await trained() });
    const events = await collect(sft(tinyConfig(), deps));
    expect(ofType(events, 'step.finished')).toEqual([]);
    expect(events.at(-1)).toEqual({ type: 'run.finished', reason: 'completed' });
    expect(saved.map(({ cause }) => cause)).toEqual(['final']);
  });

  test('a wish for a checkpoint is met between steps and inside evaluations, once', async () => {
    const { deps, saved, asked } = scene(executor);
    await collect(sft(tinyConfig(), deps), (event) => {
      const isStep = event.type === 'step.finished' && event.step === 1;
      const isInside = event.type === 'evaluation.progressed' && event.step === 4 && event.done === 0;
      if (isStep || isInside) asked.push({ type: 'saveCheckpoint' }, { type: 'saveCheckpoint' });
    });
    expect(saved.map(({ cause, state }) => `${cause} ${state.step}`)).toEqual(['asked 1', 'asked 4', 'final 6']);
  });

  test('a checkpoint is due after so many minutes of the clock, too', async () => {
    const { deps, saved, clock } = scene(executor);
    const config = tinyConfig({ checkpoints: { everySteps: 1000, everyMinutes: 1 } });
    await collect(sft(config, deps), (event) => {
      if (event.type === 'step.finished') clock.now += 31_000;
    });
    expect(saved.map(({ state }) => state.step)).toEqual([2, 4, 6]);
  });

  test('an interactive sample is streamed, graded and answered between steps and inside evaluations', async () => {
    const { deps, streamed, asked } = scene(executor);
    const wish = { type: 'sample', prompt: '1+2=', temperature: 1, maxNewTokens: 5, seed: 8 } as const;
    const events = await collect(sft(tinyConfig(), deps), (event) => {
      const isStep = event.type === 'step.finished' && event.step === 1;
      const isInside = event.type === 'evaluation.progressed' && event.step === 4 && event.done === 0;
      if (isStep || isInside) asked.push(wish, { ...wish, seed: 9 });
    });
    const answers = ofType(events, 'completions.sampled').filter(({ purpose }) => purpose === 'interactive');
    const completions = answers.flatMap((answer) => answer.completions);
    expect(completions.map(({ step, seed }) => [step, seed])).toEqual([
      [1, 8],
      [1, 9],
      [4, 8],
      [4, 9],
    ]);
    expect(completions[0]).toMatchObject({ prompt: '1+2=', gold: '3', temperature: 1 });
    expect(new Set(completions.map(({ id }) => id)).size).toBe(4);
    const texts = streamed
      .map(({ text, done }) => (done ? '\u0000' : text))
      .join('')
      .split('\u0000');
    expect(texts.slice(0, 4)).toEqual(completions.map(({ text }) => text));
    expect(ofType(events, 'evaluation.finished').map(({ step }) => step)).toEqual([0, 4, 6]);
  });

  test('a sample given up by a stop ends its stream', async () => {
    const { deps, streamed, asked } = scene(executor);
    asked.push({ type: 'sample', prompt: '1+2=', temperature: 1, maxNewTokens: 150, seed: 8 });
    const takeRequests = () => (streamed.length > 0 ? [{ type: 'stop' } as const] : asked.splice(0));
    await collect(sft(tinyConfig(), { ...deps, takeRequests }));
    expect(streamed.filter(({ done }) => done)).toHaveLength(1);
    expect(streamed.at(-1)).toEqual({ text: '', done: true });
  });

  test('wishes that follow each other cost no step in between: a paused run can answer', async () => {
    const { deps, asked } = scene(executor);
    const wish = { type: 'sample', prompt: '1+2=', temperature: 1, maxNewTokens: 5, seed: 8 } as const;
    const then = [{ type: 'saveCheckpoint' }, { ...wish, seed: 9 }] as const;
    let at = 0;
    const events = await collect(sft(tinyConfig(), deps), (event) => {
      const isAnswer = event.type === 'completions.sampled' && event.purpose === 'interactive';
      const next = isAnswer || event.type === 'checkpoint.saved' ? then[at++] : undefined;
      if (event.type === 'step.finished' && event.step === 1) asked.push(wish);
      else if (next) asked.push(next);
    });
    const told = story(events);
    expect(told.slice(told.indexOf('step 1'), told.indexOf('step 2'))).toEqual([
      ...['step 1', 'sampling', 'interactive x1', 'saving', 'asked 1', 'sampling', 'interactive x1', 'training'],
    ]);
  });

  test('a prompt that the model cannot read is answered with a sentence, and the run goes on', async () => {
    const { deps, streamed, asked } = scene(executor);
    const wish = { type: 'sample', temperature: 1, maxNewTokens: 5, seed: 8 } as const;
    asked.push({ ...wish, prompt: 'Hello' }, { ...wish, prompt: '' }, { ...wish, prompt: '1'.repeat(192) });
    const events = await collect(
      sft(tinyConfig({ evaluation: { atStart: false, problems: 2, maxNewTokens: 4 } }), deps),
    );
    const messages = ofType(events, 'log.written').map(({ message }) => message);
    expect(messages).toEqual([
      expect.stringContaining('"H"'),
      expect.stringContaining('0 tokens'),
      expect.stringContaining('192 tokens; this model takes 1 to 191'),
    ]);
    expect(streamed.filter(({ done }) => done)).toHaveLength(3);
    expect(events.at(-1)).toEqual({ type: 'run.finished', reason: 'completed' });
  });

  test('a diverging run ends with its code before the update that would spoil the weights', async () => {
    const config = tinyConfig({ training: { maxSteps: 6, batchSize: 8, learningRate: 1e30, warmupRatio: 0 } });
    const events: RunEvent[] = [];
    const failed = async (): Promise<void> => {
      for await (const event of sft(config, scene(executor).deps)) events.push(event);
    };
    await expect(failed()).rejects.toMatchObject({
      code: 'diverged',
      message: expect.stringMatching(/at step \d is (NaN|Infinity)/),
      remedy: expect.stringContaining('training.learningRate'),
    });
    expect(ofType(events, 'step.finished').every(({ metrics }) => Number.isFinite(metrics['loss']))).toBe(true);
  });

  test('leaving early frees everything but the weights', async () => {
    const fresh = await createOnnxExecutor({ threads: 1 });
    const run = sft(tinyConfig(), scene(fresh).deps);
    for await (const event of run) if (event.type === 'step.finished') break;
    const afterFirst = fresh.handles();
    for await (const event of sft(tinyConfig(), scene(fresh).deps)) if (event.type === 'checkpoint.saved') break;
    expect(fresh.handles()).toBe(afterFirst);
    await fresh.dispose();
  });

  test('a level with too few problems is used up, and says so', async () => {
    const config = tinyConfig({ data: { problems: 60_000 }, training: { maxSteps: 1 }, evaluation: { problems: 2 } });
    const [warning] = ofType(await collect(sft(config, scene(executor).deps)), 'log.written');
    expect(warning!.message).toMatch(/^data.problems asks for 60000 problems, but the level addition-2 has only \d+/);
  });

  test('a new run may start from a checkpoint: the model is kept, the steps begin at 0', async () => {
    const { weights, tokenizer, config } = await trained();
    const { deps, saved } = scene(executor, { model: { weights, tokenizer, config } });
    const events = await collect(
      sft(tinyConfig({ model: { checkpoint: 'somewhere' }, training: { maxSteps: 1 } }), deps),
    );
    expect(ofType(events, 'step.finished').map(({ step }) => step)).toEqual([1]);
    expect(saved.at(-1)!.state.config).toEqual(config);
  });

  test('an example that does not fit ends the run as a matter of the config', async () => {
    const config = tinyConfig({ task: { name: 'arithmetic', level: 'paper' } });
    await expect(collect(sft(config, scene(executor).deps))).rejects.toMatchObject({ code: 'badConfig' });
  });
});

describe('sft by adapters', () => {
  const lora = { rank: 2, alpha: 4, targetModules: ['q_proj', 'down_proj'] as ('q_proj' | 'down_proj')[] };
  const training = { ...tinyConfig().training, method: 'lora' as const, lora };
  const config = () => tinyConfig({ model: { checkpoint: 'earlier' }, training });

  test('trains a small part of the model; the checkpoint holds the merged model and PEFT beside it', async () => {
    const model = await trained();
    const { deps, saved } = scene(executor, { model });
    const events = await collect(sft(config(), deps));
    // hidden 16, feed-forward 32, one layer
    expect(events[0]).toMatchObject({ type: 'run.started', parameters: 2 * (16 + 16) + 2 * (32 + 16) });
    const { weights, adapter, optimizer } = saved.at(-1)!.state;
    expect(Object.keys(weights)).toEqual(Object.keys(model.weights));
    expect(adapter!.config).toMatchObject({ r: 2, lora_alpha: 4, base_model_name_or_path: 'earlier' });
    const changed = Object.keys(weights).filter(
      (name) => String(weights[name]!.values) !== String(model.weights[name]!.values),
    );
    expect(new Set(changed.map((name) => name.split('.').at(-2)))).toEqual(new Set(['down_proj', 'q_proj']));
    expect(adapter!.base).toEqual(Object.fromEntries(changed.map((name) => [name, model.weights[name]])));
    expect(Object.keys(optimizer)).toHaveLength(2 * 2 * 2);
    // Anything that reads the model alone gets the one that was trained.
    const asked = evaluateConfig.parse({
      recipe: 'evaluate',
      model: { checkpoint: 'x' },
      task: config().task,
      evaluation: { problems: 6, maxNewTokens: 12 },
    });
    const measured = await collect(evaluate(asked, scene(executor, { model: saved.at(-1)!.state }).deps));
    expect(measured.at(-1)).toEqual({ type: 'run.finished', reason: 'completed' });
  });

  test.each([0, 3, 5])('stopped after step %d and continued: bit for bit the uninterrupted run', async (k) => {
    const model = await trained();
    const whole = scene(executor, { model });
    await collect(sft(config(), whole.deps));
    const first = scene(executor, { model });
    await collect(sft(config(), first.deps), (event) => {
      const isThere =
        k === 0 ? event.type === 'evaluation.finished' : event.type === 'step.finished' && event.step === k;
      if (isThere) first.asked.push({ type: 'stop' });
    });
    const second = scene(executor, { resume: structuredClone(first.saved.at(-1)!.state) });
    await collect(sft(config(), second.deps));
    expect(second.saved.at(-1)!.state).toEqual(whole.saved.at(-1)!.state);
  });

  test('a checkpoint without adapters, or with others, is refused in words', async () => {
    const resume = await trained();
    await expect(collect(sft(config(), scene(executor, { resume }).deps))).rejects.toMatchObject({
      code: 'badCheckpoint',
      message: expect.stringContaining('holds no adapters'),
    });
    const { deps, saved } = scene(executor, { model: resume });
    await collect(sft(config(), deps));
    const adapted = saved.at(-1)!.state;
    await expect(collect(sft(tinyConfig(), scene(executor, { resume: adapted }).deps))).rejects.toMatchObject({
      code: 'badCheckpoint',
    });
    const wider = tinyConfig({ model: { checkpoint: 'x' }, training: { ...training, lora: { ...lora, rank: 3 } } });
    await expect(collect(sft(wider, scene(executor, { resume: adapted }).deps))).rejects.toMatchObject({
      code: 'badCheckpoint',
      message: expect.stringContaining('lora_A'),
    });
  });
});

describe('evaluate', () => {
  test('measures a checkpoint exactly as the training run did', async () => {
    const training = scene(executor);
    const during = ofType(await collect(sft(tinyConfig(), training.deps)), 'evaluation.finished').at(-1)!;
    const { everySteps: _, atStart: __, ...evaluation } = tinyConfig().evaluation;
    const config = evaluateConfig.parse({
      recipe: 'evaluate',
      model: { checkpoint: 'x' },
      task: tinyConfig().task,
      evaluation,
    });
    const { deps } = scene(executor, { model: training.saved.at(-1)!.state });
    const events = await collect(evaluate(config, deps));
    expect(ofType(events, 'evaluation.finished')[0]!.scores).toEqual(during.scores);
    expect(events.at(-1)).toEqual({ type: 'run.finished', reason: 'completed' });
  });

  test('samples that people ask for in between change nothing of what is measured', async () => {
    const model = await trained();
    const config = evaluateConfig.parse({
      recipe: 'evaluate',
      model: { checkpoint: 'x' },
      task: tinyConfig().task,
      evaluation: { problems: 30, samplesPerProblem: 2, maxNewTokens: 40, batchSize: 12, temperature: 1 },
    });
    const measured = (events: readonly RunEvent[]) =>
      ofType(events, 'completions.sampled')
        .filter(({ purpose }) => purpose === 'evaluation')
        .flatMap(({ completions }) => completions)
        .sort((a, b) => a.id.localeCompare(b.id));
    const undisturbed = measured(await collect(evaluate(config, scene(executor, { model }).deps)));
    const { deps, asked } = scene(executor, { model });
    const wish = { type: 'sample', prompt: '9+9+9+9+9=', temperature: 1, maxNewTokens: 120, seed: 8 } as const;
    const events = await collect(evaluate(config, deps), (event) => {
      if (event.type === 'evaluation.progressed' && event.done < event.total) asked.push(wish);
    });
    expect(ofType(events, 'completions.sampled').filter(({ purpose }) => purpose === 'interactive')).not.toHaveLength(
      0,
    );
    expect(measured(events)).toEqual(undisturbed);
    expect(undisturbed).toHaveLength(60);
  });

  test('a stop text ends completions before it', async () => {
    const model = await trained();
    const evaluation = { problems: 20, maxNewTokens: 30, temperature: 1 };
    const completionsOf = async (stop: string[]) => {
      const asked = { recipe: 'evaluate', model: { checkpoint: 'x' }, task: tinyConfig().task };
      const config = evaluateConfig.parse({ ...asked, evaluation: { ...evaluation, stop } });
      const events = await collect(evaluate(config, scene(executor, { model }).deps));
      return ofType(events, 'completions.sampled')
        .flatMap(({ completions }) => completions)
        .sort((a, b) => a.id.localeCompare(b.id));
    };
    const free = await completionsOf([]);
    const stopped = await completionsOf(['1', '+2']);
    for (const [i, { text, finishReason, tokens }] of stopped.entries()) {
      const [before = ''] = free[i]!.text.split(/1|\+2/);
      expect(text).toBe(before);
      if (before === free[i]!.text) continue;
      expect(finishReason).toBe('stop');
      expect(tokens).toBeLessThanOrEqual(free[i]!.tokens);
    }
    expect(stopped.some(({ text }, i) => text !== free[i]!.text)).toBe(true);
  });

  test('refuses damaged models in words', async () => {
    const { weights, tokenizer, config } = await trained();
    const asked = evaluateConfig.parse({ recipe: 'evaluate', model: { checkpoint: 'x' } });
    const broken = [
      { weights, tokenizer, config: { ...config, model_type: 'other' } },
      { weights, tokenizer: { model: { type: 'BPE' } }, config },
      { weights, tokenizer, config: { ...config, vocab_size: 99 } },
      { weights: {}, tokenizer, config },
    ];
    for (const model of broken)
      await expect(collect(evaluate(asked, scene(executor, { model }).deps))).rejects.toMatchObject({
        code: 'badCheckpoint',
      });
    await expect(collect(evaluate(asked, scene(executor).deps))).rejects.toMatchObject({ code: 'badCheckpoint' });
  });
});

describe('sample', () => {
  const config = (prompt: string, completions = 2) =>
    sampleConfig.parse({
      recipe: 'sample',
      seed: 40,
      model: { checkpoint: 'x' },
      prompt,
      sampling: { completions, maxNewTokens: 6, temperature: 1 },
    });

  test('completes the prompt with consecutive seeds and streams the text', async () => {
    const { deps, streamed } = scene(executor, { model: await trained() });
    const events = await collect(sample(config('12+3='), deps));
    const completions = ofType(events, 'completions.sampled').flatMap((event) => event.completions);
    expect(completions.map(({ seed, prompt, gold }) => [seed, prompt, gold])).toEqual([
      [40, '12+3=', '15'],
      [41, '12+3=', '15'],
    ]);
    expect(streamed.map(({ text }) => text).join('')).toBe(completions.map(({ text }) => text).join(''));
  });

  test('shows nothing of a stop text, and all of what only looked like one', async () => {
    const model = await trained();
    const [free] = ofType(
      await collect(sample(config('12+3=', 1), scene(executor, { model }).deps)),
      'completions.sampled',
    );
    const { text } = free!.completions[0]!;
    expect(text.length).toBeGreaterThan(3);
    for (const stop of [[text.slice(1, 3)], [`${text.slice(1)}~`]]) {
      const { deps, streamed } = scene(executor, { model });
      const wish = config('12+3=', 1);
      const events = await collect(sample({ ...wish, sampling: { ...wish.sampling, stop } }, deps));
      const [event] = ofType(events, 'completions.sampled');
      const [before = ''] = text.split(stop[0]!);
      expect(event!.completions[0]!.text).toBe(before);
      expect(streamed.map((piece) => piece.text).join('')).toBe(before);
      expect(streamed.at(-1)).toEqual({ text: '', done: true });
    }
  });

  test('a prompt that states no problem is not graded', async () => {
    const { deps } = scene(executor, { model: await trained() });
    const [event] = ofType(await collect(sample(config('12+', 1), deps)), 'completions.sampled');
    expect(event!.completions[0]).toMatchObject({ verdict: 'ungraded', gold: null, answer: null });
  });

  test('a prompt that the model cannot read is a matter of the config', async () => {
    const { deps } = scene(executor, { model: await trained() });
    await expect(collect(sample(config('Hello'), deps))).rejects.toMatchObject({ code: 'badConfig' });
  });
});

test('recipes are found by their name in the config', async () => {
  expect(Object.keys(recipes)).toEqual(['sft', 'grpo', 'dpo', 'evaluate', 'sample']);
  const first = await recipeOf(tinyConfig(), scene(executor).deps).next();
  expect(first.value).toMatchObject({ type: 'run.started', recipe: 'sft', name: 'tiny' });
});
