/** A short run as a list of events, for tests of what is shown. */
import type { Completion, RunEvent, StampedEvent } from '../../src/protocol/events.ts';
import { apply, newRun, type RunState } from '../../src/protocol/state.ts';

export const completion: Completion = {
  id: '50-training-0',
  step: 50,
  prompt: '12+34=',
  text: '2+4+0=6;1+3+0=4;46',
  trace: '2+4+0=6;1+3+0=4;',
  answer: '46',
  gold: '46',
  verdict: 'correct',
  finishReason: 'stop',
  tokens: 18,
  seed: 7,
  temperature: 0.6,
  meanLogProbability: -0.1,
  steps: { count: 2, wrong: 0, firstError: null },
};

export const started: RunEvent = {
  type: 'run.started',
  recipe: 'sft',
  name: 'addition',
  task: 'arithmetic/addition-2',
  parameters: 812_345,
  executor: {
    executor: 'onnx',
    version: 'onnxruntime-node 1.30.0',
    provider: 'cpu',
    adapter: 'Some Processor',
    precision: 'f32',
    threads: 2,
    reason: 'No GPU adapter was found.',
  },
  runtime: { version: 'node 20.20.2', foundBy: 'cli' },
  totalSteps: 100,
  evaluationSteps: [0, 100],
};

const step = (at: number): RunEvent => ({
  type: 'step.finished',
  step: at,
  metrics: { loss: 2 / at, tokens_per_second: 16_200 },
});

export const evaluated: RunEvent = {
  type: 'evaluation.finished',
  step: 50,
  benchmark: 'arithmetic/addition-2',
  scores: [
    { name: 'accuracy', value: 0.948, n: 400, k: 1, interval: [0.921, 0.967], unit: 'share' },
    { name: 'completions/mean_length', value: 18.25, n: 400, k: 1, interval: null, unit: 'tokens' },
  ],
};

export const events: readonly RunEvent[] = [
  started,
  { type: 'phase.changed', phase: 'training' },
  ...Array.from({ length: 50 }, (_, index) => step(index + 1)),
  {
    type: 'completions.sampled',
    step: 50,
    purpose: 'training',
    completions: [completion, { ...completion, answer: '47', verdict: 'wrong', finishReason: 'length' }],
  },
  evaluated,
  { type: 'checkpoint.saved', step: 50, checkpoint: 'step-00000050', bytes: 9_748_140, cause: 'planned', best: true },
  { type: 'log.written', level: 'warning', message: 'The loss jumped.' },
];

/** The events, half a second apart. */
export const stamped = (told: readonly RunEvent[] = events): StampedEvent[] =>
  told.map((event, seq) => ({ v: 1, runId: 'r1', attempt: 1, seq, time: 1_700_000_000_000 + seq * 500, event }));

export function folded(told: readonly StampedEvent[] = stamped()): RunState {
  const run = newRun();
  for (const event of told) apply(run, event);
  return run;
}
