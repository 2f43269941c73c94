import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { ladderConfig } from '../../../src/config/schema.ts';
import type { Executor } from '../../../src/engine/executor.ts';
import type { Request } from '../../../src/engine/recipes/deps.ts';
import { ladder } from '../../../src/engine/recipes/ladder.ts';
import type { RunEvent } from '../../../src/protocol/events.ts';
import { cellName, type Ladder, trainingName, withoutClock } from '../../../src/protocol/ladder.ts';
import { apply, newRun } from '../../../src/protocol/state.ts';
import { createOnnxExecutor } from '../../../src/trainer/executors/onnx.ts';
import { MemoryCells } from './memoryCells.ts';
import { ofType } from './tinyRun.ts';

let executor: Executor;
beforeAll(async () => {
  executor = await createOnnxExecutor({ threads: 1 });
});
afterAll(() => executor.dispose());

type Input = Partial<z.input<typeof ladderConfig>>;
const tiny = (changes: Input = {}) =>
  ladderConfig.parse({
    ...{ recipe: 'ladder', name: 'tiny', seed: 5, task: { name: 'arithmetic', level: 'addition-2' } },
    base: {
      model: {
        ...{ family: 'decoder', hiddenSize: 16, numHiddenLayers: 1, numAttentionHeads: 2, numKeyValueHeads: 1 },
        ...{ intermediateSize: 32, maxPositionEmbeddings: 192 },
      },
      problems: 40,
      training: { maxSteps: 3, batchSize: 8, learningRate: 0.01 },
    },
    ...{ sizes: [8, 16], seeds: [1] },
    training: { epochs: 2, batchSize: 8, learningRate: 0.01 },
    grpo: {
      ...{ from: [0, 16], problems: 20, everySteps: 1 },
      rollout: { prompts: 2, numGenerations: 2, maxNewTokens: 8, batchSize: 4 },
      training: { maxSteps: 2, batchSize: 4 },
    },
    evaluation: { problems: 4, samplesPerProblem: 2, maxNewTokens: 8, batchSize: 4 },
    checkpoints: { everySteps: 1 },
    ...changes,
  });

interface Climb {
  readonly cells: MemoryCells;
  readonly asked: Request[];
  readonly events: RunEvent[];
}
const climb = (): Climb => ({ cells: new MemoryCells(), asked: [], events: [] });

/** One attempt, given up after so many events. */
async function attempt(
  { cells, asked, events }: Climb,
  changes: Input = {},
  most = Infinity,
  again: readonly string[] = [],
): Promise<RunEvent[]> {
  let clock = 0;
  const own: RunEvent[] = [];
  const told = ladder(tiny(changes), {
    executor,
    base: null,
    ...{ cells, again },
    now: () => (clock += 1000 * (1 + events.length)),
    takeRequests: () => asked.splice(0),
    stream: () => undefined,
  });
  for await (const event of told) {
    own.push(event);
    if (own.length >= most) break;
  }
  events.push(...own);
  return own;
}

function recordOf({ events }: Climb): Ladder {
  const run = newRun('r');
  events.forEach((event, seq) => apply(run, { v: 1, runId: 'r', attempt: 1, seq, time: seq, event }));
  if (!run.ladder) throw new Error('The ladder told no plan.');
  return run.ladder;
}

describe('the ladder', () => {
  const whole = climb();
  beforeAll(async () => void (await attempt(whole)));

  test('does the ends first, reinforcement learning last, and counts steps over all of it', () => {
    const { plan } = recordOf(whole);
    expect(plan.trainings.map(({ name, from, firstStep, steps }) => [name, from, firstStep, steps])).toEqual([
      ['base-0-seed-5', null, 0, 3],
      ['sft-8-seed-1', 'base-0-seed-5', 3, 2],
      ['short-8-seed-1', 'base-0-seed-5', 5, 2],
      ['sft-16-seed-1', 'base-0-seed-5', 7, 4],
      ['short-16-seed-1', 'base-0-seed-5', 11, 4],
      ['grpo-0-seed-1', 'base-0-seed-5', 15, 2],
      ['grpo-16-seed-1', 'sft-16-seed-1', 17, 2],
    ]);
    expect(ofType(whole.events, 'step.finished').map(({ step }) => step)).toEqual(
      Array.from({ length: 19 }, (_, i) => i + 1),
    );
    expect(ofType(whole.events, 'run.started')).toMatchObject([{ recipe: 'ladder', totalSteps: 19 }]);
    expect(ofType(whole.events, 'run.finished')).toEqual([{ type: 'run.finished', reason: 'completed' }]);
  });

  test('has a result in every cell, each problem at its place', () => {
    const { cells, plan } = recordOf(whole);
    expect(cells.map(({ key, state }) => `${trainingName(key)}@${key.step} ${state}`)).toEqual(
      [
        ...['base-0-seed-5@3', 'sft-8-seed-1@2', 'short-8-seed-1@2', 'sft-16-seed-1@4', 'short-16-seed-1@4'],
        ...['grpo-0-seed-1@1', 'grpo-0-seed-1@2', 'grpo-16-seed-1@1', 'grpo-16-seed-1@2'],
      ].map((name) => `${name} finished`),
    );
    const sampled = ofType(whole.events, 'completions.sampled').filter(({ purpose }) => purpose === 'evaluation');
    for (const { key, result } of cells) {
      const { outcomes, completions, scores } = result!;
      const { firstStep } = plan.trainings.find(({ name }) => name === trainingName(key))!;
      const own = sampled.filter(({ step }) => step === firstStep + key.step).flatMap((event) => event.completions);
      expect([outcomes.verdicts.length, completions.count, own.length, outcomes.k]).toEqual([8, 8, 8, 2]);
      own.forEach((one) => {
        const place = Number(one.id.split('-').at(-1));
        expect(outcomes.tokens[place]).toBe(one.tokens);
        expect(outcomes.verdicts[place]).toBe(one.verdict);
      });
      const right = outcomes.verdicts.filter((verdict) => verdict === 'correct').length / 8;
      expect(scores[0]).toMatchObject({ name: 'accuracy', value: right, n: 4, k: 2 });
    }
    expect(new Set(sampled.flatMap((event) => event.completions.map(({ id }) => id))).size).toBe(9 * 8);
  });

  test('the control learns the same problems in fewer tokens', () => {
    const teachings = recordOf(whole).cells.map(({ result }) => result?.teaching);
    expect(teachings[1]).toMatchObject({ examples: 8 });
    expect(teachings[2]).toMatchObject({ examples: 8 });
    expect(teachings[1]!.meanTokens).toBeGreaterThan(1.5 * teachings[2]!.meanTokens);
    expect(teachings[5]).toBeNull();
  });

  test.each([9, 31, 47, 73])('given up after %i events and begun again: the same record', async (most) => {
    const twice = climb();
    await attempt(twice, {}, most);
    await attempt(twice, {}, 20);
    const finished = new Set(ofType(twice.events, 'cell.finished').map(({ result: { key } }) => cellName(key)));
    const last = await attempt(twice);
    expect(withoutClock(recordOf(twice))).toEqual(withoutClock(recordOf(whole)));
    // What was finished is told again, and not done again.
    const again = ofType(last, 'cell.finished').filter(({ seconds }) => seconds === null);
    expect(new Set(again.map(({ result: { key } }) => cellName(key)))).toEqual(finished);
  });

  test('frees all but the weights', async () => {
    const before = executor.handles();
    await attempt(climb());
    expect(executor.handles()).toBe(before);
  });

  test('a training that is named is done again alone, with the same result', async () => {
    const again = climb();
    await attempt(again);
    const first = withoutClock(recordOf(again));
    const events = await attempt(again, {}, Infinity, ['short-8-seed-1']);
    expect(ofType(events, 'cell.started')).toEqual([{ type: 'cell.started', training: 'short-8-seed-1' }]);
    expect(ofType(events, 'run.started')[0]?.resumedFrom?.step).toBe(5);
    expect(withoutClock(recordOf(again))).toEqual(first);
  });
});

test('a stop is heard inside a training, saved there, and the rest is done by the next attempt', async () => {
  const stopped = climb();
  stopped.asked.push({ type: 'stop' });
  const events = await attempt(stopped);
  expect(ofType(events, 'run.finished')).toEqual([{ type: 'run.finished', reason: 'stopped' }]);
  expect(stopped.cells.states.has('base-0-seed-5')).toBe(true);
  await attempt(stopped);
  expect(recordOf(stopped).cells.every(({ state }) => state === 'finished')).toBe(true);
});

test('a stop after the last look of a training ends the ladder before the next', async () => {
  const stopped = climb();
  const take = stopped.asked.splice.bind(stopped.asked);
  // The first wish after the base is measured is taken by the base itself.
  stopped.asked.splice = ((start: number) => {
    if (stopped.cells.results('base-0-seed-5').length > 0) stopped.asked.push({ type: 'stop' });
    return take(start);
  }) as typeof stopped.asked.splice;
  const events = await attempt(stopped);
  expect(ofType(events, 'cell.started').map(({ training }) => training)).toEqual(['base-0-seed-5']);
  expect(ofType(events, 'run.finished')).toEqual([{ type: 'run.finished', reason: 'stopped' }]);
});

test('a training killed while it is measured repeats no steps, and one that was measured is not measured again', async () => {
  const whole = await attempt(climb(), { only: ['base-0-seed-5'], checkpoints: { everySteps: 500 } });
  const cell = whole.findIndex(({ type }) => type === 'cell.finished');
  const saving = whole.findIndex((event) => event.type === 'phase.changed' && event.phase === 'saving');
  for (const [most, isMeasured] of [
    [saving + 2, true],
    [cell + 1, false],
  ] as const) {
    const killed = climb();
    const changes = { only: ['base-0-seed-5'], checkpoints: { everySteps: 500 } };
    await attempt(killed, changes, most);
    const rest = await attempt(killed, changes);
    expect(ofType(rest, 'step.finished')).toHaveLength(0);
    expect(ofType(rest, 'evaluation.finished').length > 0).toBe(isMeasured);
    expect(rest.at(-1)).toEqual({ type: 'run.finished', reason: 'completed' });
  }
});

test('what starts from a training that is done again is done again too', async () => {
  const again = climb();
  await attempt(again);
  const events = await attempt(again, {}, Infinity, ['sft-16-seed-1']);
  expect(ofType(events, 'cell.started').map(({ training }) => training)).toEqual(['sft-16-seed-1', 'grpo-16-seed-1']);
  await expect(attempt(again, { only: ['sft-8-seed-1'] }, Infinity, ['sft-16-seed-1'])).rejects.toThrow(
    'The config leaves the training sft-16-seed-1 out.',
  );
});

test('what is to be done again must be in the ladder', async () => {
  await expect(attempt(climb(), {}, Infinity, ['../..'])).rejects.toThrow('The ladder has no training ../...');
});

test('`only` does what is named and what that starts from', async () => {
  const some = climb();
  const events = await attempt(some, { only: ['grpo-16-seed-1'] });
  expect(ofType(events, 'cell.started').map(({ training }) => training)).toEqual([
    'base-0-seed-5',
    'sft-16-seed-1',
    'grpo-16-seed-1',
  ]);
  expect(recordOf(some).cells.filter(({ state }) => state === 'planned')).toHaveLength(5);
});

test('a training that diverges fails alone, with what starts from it', async () => {
  const bad = climb();
  const rungs = [{ size: 16, learningRate: 1e30 }];
  await attempt(bad, { schedule: 'custom', rungs, shortControl: false });
  const states = Object.fromEntries(recordOf(bad).cells.map(({ key, state }) => [trainingName(key), state]));
  expect(states).toEqual({
    'base-0-seed-5': 'finished',
    'sft-8-seed-1': 'finished',
    'sft-16-seed-1': 'failed',
    'grpo-0-seed-1': 'finished',
    'grpo-16-seed-1': 'failed',
  });
  expect(recordOf(bad).cells.find(({ key }) => key.stage === 'sft' && key.size === 16)?.error?.code).toBe('diverged');
});

test('more problems than the task has are refused by name', async () => {
  const base = { ...tiny().base, problems: 100_000 } as Input['base'];
  await expect(attempt(climb(), { base })).rejects.toThrow('base.problems asks for 100000 problems');
  await expect(attempt(climb(), { evaluation: { problems: 100_000, maxNewTokens: 8 } })).rejects.toThrow(
    'evaluation.problems asks for 100000 problems',
  );
});
