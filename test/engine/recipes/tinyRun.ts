/** A run that takes a second: a model of a few thousand parameters on the real executor, with clock, requests and disk as values. */
import type { z } from 'zod';
import { sftConfig, type SftConfig } from '../../../src/config/schema.ts';
import type { Executor } from '../../../src/engine/executor.ts';
import type { RecipeDeps, Request } from '../../../src/engine/recipes/deps.ts';
import type { CheckpointSaved, RunEvent } from '../../../src/protocol/events.ts';
import type { SavedState } from '../../../src/protocol/savedState.ts';

type Input = Partial<z.input<typeof sftConfig>>;

export const tinyConfig = (changes: Input = {}): SftConfig =>
  sftConfig.parse({
    recipe: 'sft',
    name: 'tiny',
    seed: 5,
    model: {
      family: 'decoder',
      hiddenSize: 16,
      numHiddenLayers: 1,
      numAttentionHeads: 2,
      numKeyValueHeads: 1,
      intermediateSize: 32,
      maxPositionEmbeddings: 192,
    },
    task: { name: 'arithmetic', level: 'addition-2' },
    data: { problems: 200 },
    training: { maxSteps: 6, batchSize: 8, learningRate: 0.01, warmupRatio: 0.3 },
    sampling: { everySteps: 3, completions: 2, maxNewTokens: 12 },
    evaluation: { everySteps: 4, problems: 6, maxNewTokens: 12, batchSize: 4 },
    checkpoints: { everySteps: 4 },
    ...changes,
  });

export interface Recorded {
  readonly state: SavedState;
  readonly cause: CheckpointSaved['cause'];
  readonly score: number | null;
}

export interface Scene {
  readonly deps: RecipeDeps;
  readonly saved: Recorded[];
  readonly streamed: { text: string; done: boolean }[];
  /** Requests to be taken at the next look. */
  readonly asked: Request[];
  /** Milliseconds that the clock shows. */
  readonly clock: { now: number };
}

/** The clock stands still unless a test moves it. */
export function scene(executor: Executor, given: Partial<Pick<RecipeDeps, 'model' | 'resume'>> = {}): Scene {
  const saved: Recorded[] = [];
  const streamed: { text: string; done: boolean }[] = [];
  const asked: Request[] = [];
  const clock = { now: 0 };
  const deps: RecipeDeps = {
    executor,
    model: null,
    resume: null,
    ...given,
    now: () => clock.now,
    takeRequests: () => asked.splice(0),
    save: async (state, cause, score) => {
      saved.push({ state, cause, score });
      const checkpoint = `step-${state.step}`;
      return [{ type: 'checkpoint.saved', step: state.step, checkpoint, bytes: 0, cause, best: false }];
    },
    stream: (text, done) => streamed.push({ text, done }),
  };
  return { deps, saved, streamed, asked, clock };
}

/** All events; `onEvent` may ask for things or move the clock between them. */
export async function collect(
  events: AsyncGenerator<RunEvent>,
  onEvent: (event: RunEvent) => void = () => {},
): Promise<RunEvent[]> {
  const all: RunEvent[] = [];
  for await (const event of events) {
    all.push(event);
    onEvent(event);
  }
  return all;
}

export const ofType = <Type extends RunEvent['type']>(events: readonly RunEvent[], type: Type) =>
  events.filter((event): event is Extract<RunEvent, { type: Type }> => event.type === type);
