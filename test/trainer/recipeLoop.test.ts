import { describe, expect, test } from 'vitest';
import type { Request } from '../../src/engine/recipes/deps.ts';
import type { Completion, RunEvent } from '../../src/protocol/events.ts';
import { Desk, EndNow, parseCommand } from '../../src/trainer/commands.ts';
import { pullRecipe } from '../../src/trainer/recipeLoop.ts';

const sample = { type: 'sample', prompt: '1+1=', temperature: 0, maxNewTokens: 4, seed: 1 } as const;
const step = (number: number): RunEvent => ({ type: 'step.finished', step: number, metrics: {} });
const saved = (number: number): RunEvent => ({
  type: 'checkpoint.saved',
  step: number,
  checkpoint: `step-${number}`,
  bytes: 1,
  cause: 'asked',
  best: false,
});
const sampled = (number: number): RunEvent => ({
  type: 'completions.sampled',
  step: number,
  purpose: 'interactive',
  completions: [] as Completion[],
});

/** A recipe as all are: looks for requests, does them, makes a step. */
async function* recipe(desk: Desk, steps: number, log: string[] = []): AsyncGenerator<RunEvent, void> {
  try {
    for (let done = 0; done < steps; done++) {
      for (let requests = desk.take(); requests.length > 0; requests = desk.take()) {
        for (const request of requests) {
          if (request.type === 'stop') return;
          yield request.type === 'saveCheckpoint' ? saved(done) : sampled(done);
        }
      }
      log.push(`step ${done + 1}`);
      yield step(done + 1);
    }
  } finally {
    log.push('closed');
  }
}

/** Runs a recipe; `at` maps an event to what someone asks right after it. */
async function play(steps: number, at: (event: RunEvent, desk: Desk) => void) {
  const desk = new Desk();
  const events: RunEvent[] = [];
  const log: string[] = [];
  const say = (event: RunEvent): Promise<void> => {
    events.push(event);
    at(event, desk);
    return Promise.resolve();
  };
  const reason = await pullRecipe(recipe(desk, steps, log), { desk, poll: () => undefined, say });
  const types = events.map((event) => (event.type === 'step.finished' ? event.step : event.type));
  return { reason, types, log };
}
const isStep = (event: RunEvent, number: number): boolean => event.type === 'step.finished' && event.step === number;
const later = (action: () => void): void => void setTimeout(action, 20);

describe('a recipe that is pulled', () => {
  test('runs to its end when nobody asks anything', async () => {
    expect(await play(3, () => undefined)).toEqual({
      reason: 'completed',
      types: [1, 2, 3],
      log: ['step 1', 'step 2', 'step 3', 'closed'],
    });
  });

  test('rests while paused and goes on when resumed', async () => {
    const { types, reason } = await play(3, (event, desk) => {
      if (isStep(event, 1)) desk.accept({ type: 'pause' });
      if (event.type === 'run.paused') later(() => desk.accept({ type: 'resume' }));
    });
    expect(types).toEqual([1, 'run.paused', 'run.resumed', 2, 3]);
    expect(reason).toBe('completed');
  });

  test('pauses and resumes said in one breath are not told', async () => {
    const { types } = await play(2, (event, desk) => {
      if (!isStep(event, 1)) return;
      desk.accept({ type: 'pause' });
      desk.accept({ type: 'resume' });
    });
    expect(types).toEqual([1, 2]);
  });

  test('a paused run still saves and samples, without a step, and stays paused', async () => {
    const { types } = await play(3, (event, desk) => {
      if (isStep(event, 1)) desk.accept({ type: 'pause' });
      if (event.type === 'run.paused') {
        later(() => {
          desk.accept({ type: 'saveCheckpoint' });
          desk.accept(sample);
          setTimeout(() => desk.accept(sample), 20);
          setTimeout(() => desk.accept({ type: 'resume' }), 60);
        });
      }
    });
    expect(types).toEqual([
      1,
      'run.paused',
      'checkpoint.saved',
      'completions.sampled',
      'completions.sampled',
      'run.resumed',
      2,
      3,
    ]);
  });

  test('a polite stop is handed to the recipe, also while paused', async () => {
    const { types, reason, log } = await play(9, (event, desk) => {
      if (isStep(event, 2)) desk.accept({ type: 'pause' });
      if (event.type === 'run.paused') later(() => desk.accept({ type: 'stop' }));
    });
    expect(types).toEqual([1, 2, 'run.paused', 'run.resumed']);
    expect(reason).toBe('stopped');
    expect(log.at(-1)).toBe('closed');
  });

  test('an order to end at once ends it between two events, and its finally runs', async () => {
    const { types, reason, log } = await play(9, (event, desk) => {
      if (isStep(event, 2)) desk.accept({ type: 'stop', now: true });
    });
    expect(types).toEqual([1, 2]);
    expect(reason).toBe('stopped');
    expect(log).toEqual(['step 1', 'step 2', 'closed']);
  });

  test('an order to end at once that comes during a step ends it at the next look', async () => {
    const desk = new Desk();
    async function* long(): AsyncGenerator<RunEvent, void> {
      yield step(1);
      desk.accept({ type: 'stop', now: true });
      desk.take();
      yield step(2);
    }
    const events: RunEvent[] = [];
    const say = (event: RunEvent): Promise<void> => Promise.resolve(void events.push(event));
    expect(await pullRecipe(long(), { desk, poll: () => undefined, say })).toBe('stopped');
    expect(events).toEqual([step(1)]);
  });

  test('its own word on how it ended counts, and is not said twice', async () => {
    const desk = new Desk();
    async function* done(): AsyncGenerator<RunEvent, void> {
      yield step(1);
      desk.accept({ type: 'stop' });
      yield { type: 'run.finished', reason: 'completed' };
    }
    const events: RunEvent[] = [];
    const say = (event: RunEvent): Promise<void> => Promise.resolve(void events.push(event));
    expect(await pullRecipe(done(), { desk, poll: () => undefined, say })).toBe('completed');
    expect(events).toEqual([step(1)]);
  });

  test('what it throws comes out, after its finally', async () => {
    const log: string[] = [];
    async function* broken(): AsyncGenerator<RunEvent, void> {
      try {
        yield step(1);
        throw new TypeError('a bug');
      } finally {
        log.push('closed');
      }
    }
    const parts = { desk: new Desk(), poll: () => undefined, say: () => Promise.resolve() };
    await expect(pullRecipe(broken(), parts)).rejects.toThrow('a bug');
    expect(log).toEqual(['closed']);
  });

  test('a lost folder ends it, paused or not, with that reason', async () => {
    for (const isPaused of [false, true]) {
      const desk = new Desk();
      if (isPaused) desk.accept({ type: 'pause' });
      const say = (): Promise<void> => {
        later(() => desk.lose(new Error('the folder is gone')));
        return Promise.resolve();
      };
      const endless = (async function* (): AsyncGenerator<RunEvent, void> {
        for (let number = 1; ; number++) yield step(number);
      })();
      await expect(pullRecipe(endless, { desk, poll: () => undefined, say })).rejects.toThrow('the folder is gone');
    }
  });

  test('commands are heard between all events, even by a recipe that never waits', async () => {
    const desk = new Desk();
    const waiting: Request[] = [];
    const poll = (): void => {
      if (waiting.length > 0) desk.accept({ type: 'stop', now: true });
    };
    const busy = (async function* (): AsyncGenerator<RunEvent, void> {
      for (let number = 1; ; number++) yield step(number);
    })();
    setTimeout(() => waiting.push({ type: 'stop' }), 10);
    expect(await pullRecipe(busy, { desk, poll, say: () => Promise.resolve() })).toBe('stopped');
  });
});

describe('the desk', () => {
  test('joins checkpoints that are asked for together and drops a flood of samples', () => {
    const desk = new Desk();
    for (let count = 0; count < 5000; count++) {
      desk.accept({ type: 'saveCheckpoint' });
      desk.accept(sample);
    }
    const requests = desk.take();
    expect(requests.filter(({ type }) => type === 'saveCheckpoint')).toHaveLength(1);
    expect(requests.length).toBeLessThanOrEqual(100);
    expect(desk.take()).toEqual([]);
  });

  test('a flood of wishes does not drown a stop', () => {
    const desk = new Desk();
    for (let count = 0; count < 5000; count++) desk.accept(sample);
    desk.accept({ type: 'stop' });
    expect(desk.take().at(-1)).toEqual({ type: 'stop' });
  });

  test('nothing pauses a run that is stopping; a second polite stop stays one', () => {
    const desk = new Desk();
    desk.accept({ type: 'stop' });
    desk.accept({ type: 'stop' });
    desk.accept({ type: 'pause' });
    expect(desk.isPaused).toBe(false);
    expect(desk.take()).toEqual([{ type: 'stop' }]);
    desk.accept({ type: 'stop', now: true });
    expect(() => desk.take()).toThrow(EndNow);
  });

  test('a sample that the recipe refused does not keep a paused run going for ever', () => {
    const desk = new Desk();
    desk.accept({ type: 'pause' });
    desk.accept(sample);
    expect(desk.isHolding).toBe(false);
    desk.take();
    desk.settle(step(1));
    expect(desk.isHolding).toBe(true);
  });
});

describe('a command from outside', () => {
  const good: unknown[] = [
    { type: 'pause' },
    { type: 'resume' },
    { type: 'saveCheckpoint' },
    { type: 'stop', now: false },
    { type: 'stop', now: true },
    sample,
  ];
  test.each(good)('%j is understood', (command) => expect(parseCommand(command)).toEqual(command));

  test('a stop is polite unless it says otherwise in so many words', () => {
    expect(parseCommand({ type: 'stop' })).toEqual({ type: 'stop', now: false });
    expect(parseCommand({ type: 'stop', now: 'yes' })).toEqual({ type: 'stop', now: false });
  });

  const bad: unknown[] = [
    null,
    'stop',
    [],
    {},
    { type: 'explode' },
    { type: '__proto__' },
    { ...sample, prompt: '' },
    { ...sample, prompt: 5 },
    { ...sample, prompt: 'x'.repeat(100_001) },
    { ...sample, temperature: -1 },
    { ...sample, temperature: '1' },
    { ...sample, temperature: Number.NaN },
    { ...sample, maxNewTokens: 0 },
    { ...sample, maxNewTokens: 1.5 },
    { ...sample, maxNewTokens: 1e9 },
    { ...sample, seed: -1 },
    { ...sample, seed: 2 ** 60 },
  ];
  test.each(bad.map((command, index) => [index, command]))('no. %i is refused', (_, command) =>
    expect(parseCommand(command)).toBeNull(),
  );

  test('carries nothing that was not asked for', () => {
    expect(parseCommand({ type: 'pause', extra: 1, __proto__: { x: 1 } })).toEqual({ type: 'pause' });
  });
});
