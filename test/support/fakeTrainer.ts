/** The real trainer around a recipe without mathematics, so that tests can make a step long, blocking, failing or silent. */
import { writeFileSync } from 'node:fs';
import type { ModelRunConfig } from '../../src/config/schema.ts';
import type { Executor } from '../../src/engine/executor.ts';
import type { RecipeDeps, Request } from '../../src/engine/recipes/deps.ts';
import { characterTokenizer } from '../../src/engine/tokenizer/characterTokenizer.ts';
import { preparing } from './preparing.ts';
import { RunFailure } from '../../src/engine/recipes/runFailure.ts';
import type { Completion, RunEvent } from '../../src/protocol/events.ts';
import { Crash } from '../../src/trainer/crash.ts';
import { readInvocation } from '../../src/trainer/invocation.ts';
import { refuse, runAttempt } from '../../src/trainer/runAttempt.ts';
import type { SavedState } from '../../src/protocol/savedState.ts';

/** What VALLEY_FAKE holds as JSON. */
export interface FakePlan {
  readonly steps: number;
  /** Time of a step in which the thread is free. */
  readonly stepMs?: number;
  /** Time of a step in which the thread is blocked, as by a native call. */
  readonly blockMs?: number;
  readonly saveEvery?: number;
  /** At this step: fail as an expected failure, throw a bug, throw it where nobody can catch it, or end the process. */
  readonly failAt?: number;
  readonly throwAt?: number;
  readonly crashAt?: number;
  readonly exitAt?: number;
  /** Evaluate after this step with so many completions. */
  readonly evaluateAt?: number;
  readonly completions?: number;
  /** Pieces of an interactive sample, each of so many characters. */
  readonly pieces?: number;
  readonly pieceLength?: number;
  /** Bytes that the first step writes to standard error, all zero and without a line break. */
  readonly noise?: number;
}

const plan = JSON.parse(process.env['VALLEY_FAKE'] ?? '{"steps":3}') as FakePlan;
const crash = new Crash();
crash.install();
const invocation = readInvocation(process.argv.slice(2));
if (invocation.kind !== 'run') throw new Error('The fake trainer only runs.');
const parts = {
  recipeOf: fakeRecipe,
  ...preparing,
  chooseExecutor: () => Promise.resolve(fakeExecutor()),
  pulseScript: new URL('./pulse.mjs', import.meta.url),
};
runAttempt(invocation, parts, crash).then(
  (code) => process.exit(code),
  (error: unknown) => process.exit(refuse(error)),
);

async function* fakeRecipe(config: ModelRunConfig, deps: RecipeDeps): AsyncGenerator<RunEvent, void> {
  yield {
    type: 'run.started',
    recipe: config.recipe,
    name: '',
    task: 'arithmetic',
    parameters: 1,
    executor: deps.executor.identity,
    runtime: { version: '', foundBy: 'cli' },
    totalSteps: plan.steps,
    evaluationSteps: [],
  };
  let weight = deps.resume?.weights['w']?.values[0] ?? 1;
  for (let step = (deps.resume?.step ?? 0) + 1; step <= plan.steps; step++) {
    let isStopping = false;
    for (let requests = deps.takeRequests(); requests.length > 0; requests = deps.takeRequests()) {
      for (const request of requests) {
        if (request.type === 'stop') isStopping = true;
        else if (request.type === 'saveCheckpoint') yield* save(deps, step - 1, weight, 'asked');
        else yield answer(deps, step - 1, request);
      }
    }
    if (isStopping) {
      yield* save(deps, step - 1, weight, 'stopping');
      yield { type: 'run.finished', reason: 'stopped' };
      return;
    }
    await work(step);
    weight = Math.fround(weight * 1.25 + 1 / step);
    yield { type: 'step.finished', step, metrics: { loss: 1 / step, weight } };
    if (plan.saveEvery !== undefined && step % plan.saveEvery === 0) yield* save(deps, step, weight, 'planned');
    if (step === plan.evaluateAt) yield* evaluate(step);
  }
  yield* save(deps, plan.steps, weight, 'final');
  yield { type: 'run.finished', reason: 'completed' };
}

async function work(step: number): Promise<void> {
  if (step === plan.failAt)
    throw new RunFailure('diverged', `The loss of step ${step} is no number.`, 'Lower learningRate.');
  if (step === plan.throwAt) throw new TypeError('a bug in the recipe');
  if (step === plan.exitAt) process.exit(77);
  if (step === plan.crashAt) {
    setTimeout(() => {
      throw new Error('a bug that nobody catches');
    }, 0);
    await new Promise(() => undefined);
  }
  if (step === 1 && plan.noise !== undefined) writeFileSync(2, Buffer.alloc(plan.noise));
  if (plan.blockMs) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, plan.blockMs);
  if (plan.stepMs) await new Promise((resolve) => setTimeout(resolve, plan.stepMs));
}

async function* save(
  deps: RecipeDeps,
  step: number,
  weight: number,
  cause: 'asked' | 'planned' | 'stopping' | 'final',
): AsyncGenerator<RunEvent> {
  const array = { shape: [1], values: Float32Array.of(weight) };
  const state: SavedState = {
    config: { model_type: 'fake' },
    tokenizer: characterTokenizer({ words: [], characters: '01' }).toJson(),
    weights: { w: array },
    step,
    optimizer: { 'm.w': array },
    counters: {},
  };
  yield* await deps.save(state, cause, null);
}

function* evaluate(step: number): Generator<RunEvent> {
  const count = plan.completions ?? 4;
  for (let done = 0; done < count; done += 2) {
    const completions = [
      completion(`${step}-evaluation-${done}`, step),
      completion(`${step}-evaluation-${done + 1}`, step),
    ];
    yield { type: 'completions.sampled', step, purpose: 'evaluation', benchmark: 'fake/../bench', completions };
    yield { type: 'evaluation.progressed', step, benchmark: 'fake/../bench', done: done + 2, total: count };
  }
  yield { type: 'evaluation.finished', step, benchmark: 'fake/../bench', scores: [] };
}

function answer(deps: RecipeDeps, step: number, request: Extract<Request, { type: 'sample' }>): RunEvent {
  const piece = 'x'.repeat(plan.pieceLength ?? 1);
  for (let index = 0; index < (plan.pieces ?? 3); index++) deps.stream(piece, false);
  deps.stream('', true);
  const one = { ...completion(`${step}-interactive-0`, step), prompt: request.prompt, seed: request.seed };
  return { type: 'completions.sampled', step, purpose: 'interactive', completions: [one] };
}

const completion = (id: string, step: number): Completion => ({
  id,
  step,
  prompt: '1+1=',
  text: '2',
  trace: '',
  answer: '2',
  gold: '2',
  verdict: 'correct',
  finishReason: 'stop',
  tokens: 1,
  seed: 0,
  temperature: 0,
  meanLogProbability: -0.1,
  steps: null,
});

function fakeExecutor(): Executor {
  const refuseWork = (): never => {
    throw new Error('The fake executor computes nothing.');
  };
  return {
    identity: {
      executor: 'fake',
      version: 'fake 1',
      provider: 'cpu',
      adapter: 'none',
      precision: 'f32',
      threads: 1,
      reason: 'a test',
    },
    allocate: refuseWork,
    grow: refuseWork,
    free: refuseWork,
    has: refuseWork,
    read: refuseWork,
    compile: refuseWork,
    handles: () => 0,
    dispose: () => Promise.resolve(),
  };
}
