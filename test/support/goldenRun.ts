/** A complete run as events, without a trainer: 2,000 steps of learning to add, with everything that a run can say. */
import type { Completion, RunEvent, Score, StampedEvent } from '../../src/protocol/events.ts';
import { apply, newRun, type RunState } from '../../src/protocol/state.ts';

export const GOLDEN = { runId: 'golden-run', steps: 2000, evaluateEvery: 250, sampleEvery: 50, problems: 400 } as const;

const STARTED_AT = Date.UTC(2026, 0, 15, 9, 30);
const STEP_MS = 55;
const EVALUATION_MS = 1400;

/** All events up to and including a step; at the last step the run is finished. */
export function goldenRun(upTo: number = GOLDEN.steps): StampedEvent[] {
  const events: StampedEvent[] = [];
  let time = STARTED_AT;
  const say = (event: RunEvent, after = 1): void => {
    time += after;
    events.push({ v: 1, runId: GOLDEN.runId, attempt: 1, seq: events.length, time, event });
  };
  say(started());
  say({ type: 'phase.changed', phase: 'preparing' });
  say({ type: 'log.written', level: 'info', message: '50,000 training problems, 400 held out' }, 300);
  say({ type: 'log.written', level: 'warning', message: 'No GPU adapter was found: computing on the CPU' });
  say({ type: 'phase.changed', phase: 'compiling', detail: 'bucket 64 x 96' }, 200);
  evaluate(say, 0);
  say({ type: 'phase.changed', phase: 'training' });
  for (let step = 1; step <= upTo; step++) {
    say(stepFinished(step), STEP_MS + (step % 7));
    if (step % GOLDEN.sampleEvery === 0) sample(say, step);
    if (step % GOLDEN.evaluateEvery === 0) evaluate(say, step);
    if (step % GOLDEN.evaluateEvery === 0) save(say, step);
  }
  if (upTo === GOLDEN.steps) say({ type: 'run.finished', reason: 'completed' });
  return events;
}

/** What an observer of these events knows. */
export function folded(events: readonly StampedEvent[]): RunState {
  const run = newRun();
  for (const event of events) apply(run, event);
  return run;
}

/** The next events of a run that has come this far. */
export function stamp(run: RunState, events: readonly RunEvent[]): StampedEvent[] {
  const { runId, attempt, updatedAt } = run;
  return events.map((event, at) => ({ v: 1, runId, attempt, seq: 1_000_000 + at, time: updatedAt + at + 1, event }));
}

/** A completion of the golden run: a sum by columns, right or with its second column wrong. */
export function completionAt(step: number, index: number, change: Partial<Completion> = {}): Completion {
  const random = noise(step * 31 + index);
  const [a, b] = [100 + Math.floor(random() * 900), 10 + Math.floor(random() * 900)];
  const isRight = random() < accuracyAt(step);
  const isCut = !isRight && random() < 0.3;
  const { lines, answer } = writeSum(a, b, isRight ? null : 1);
  const trace = (isCut ? lines.slice(0, -1) : lines).join('\n');
  return {
    id: `${step}-training-${index}`,
    step,
    prompt: `${a}+${b}=`,
    text: isCut ? trace : `${trace}\n#${answer}`,
    trace,
    answer: isCut ? null : answer,
    gold: String(a + b),
    verdict: isCut ? 'unparsed' : isRight ? 'correct' : 'wrong',
    finishReason: isCut ? 'length' : 'stop',
    tokens: isCut ? 128 : 28 + Math.floor(random() * 30) + (isRight ? 0 : 14),
    seed: 7,
    temperature: 0.6,
    meanLogProbability: -0.02 - random() * (isRight ? 0.1 : 0.5),
    steps: { count: lines.length - (isCut ? 1 : 0), wrong: isRight ? 0 : 1, firstError: isRight ? null : 1 },
    ...change,
  };
}

type Say = (event: RunEvent, after?: number) => void;

const started = (): RunEvent => ({
  type: 'run.started',
  recipe: 'sft',
  name: '3-digit chains',
  task: 'arithmetic/addition-3',
  parameters: 813_440,
  executor: {
    executor: 'onnx',
    version: 'onnxruntime-node 1.30.0',
    provider: 'cpu',
    adapter: 'AMD EPYC 7763, 2 of 64 cores',
    precision: 'f32',
    threads: 2,
    reason: 'No GPU adapter was found, so the CPU computes through ONNX Runtime.',
  },
  runtime: { version: 'node 20.20.2', foundBy: 'path' },
  totalSteps: GOLDEN.steps,
  evaluationSteps: Array.from(
    { length: GOLDEN.steps / GOLDEN.evaluateEvery + 1 },
    (_, at) => at * GOLDEN.evaluateEvery,
  ),
});

function stepFinished(step: number): RunEvent {
  const random = noise(step);
  const jitter = (width: number): number => 1 + (random() - 0.5) * width;
  const isSampled = step % GOLDEN.sampleEvery === 0;
  return {
    type: 'step.finished',
    step,
    metrics: {
      loss: step === 640 ? null : (2.6 * Math.exp(-step / 260) + 0.18) * jitter(0.3),
      learning_rate: 1e-3 * Math.min(1, step / 100) * 0.5 * (1 + Math.cos((Math.PI * step) / GOLDEN.steps)),
      grad_norm: (1.4 * Math.exp(-step / 500) + 0.3) * jitter(0.8),
      tokens_per_second: 16_200 * jitter(0.12),
      ...(isSampled
        ? {
            'completions/mean_length': 61 - 20 * accuracyAt(step),
            'completions/clipped_ratio': 0.2 * (1 - accuracyAt(step)),
          }
        : {}),
    },
  };
}

function sample(say: Say, step: number): void {
  say({ type: 'phase.changed', phase: 'sampling' });
  const completions = Array.from({ length: 4 }, (_, index) => completionAt(step, index));
  say({ type: 'completions.sampled', step, purpose: 'training', completions }, 180);
  say({ type: 'phase.changed', phase: 'training' });
}

function evaluate(say: Say, step: number): void {
  const benchmark = 'arithmetic/addition-3';
  say({ type: 'phase.changed', phase: 'evaluating' });
  for (let done = 64; done < GOLDEN.problems; done += 128)
    say({ type: 'evaluation.progressed', step, benchmark, done, total: GOLDEN.problems }, EVALUATION_MS / 4);
  const file = `step-${String(step).padStart(8, '0')}-addition-3.jsonl`;
  say({ type: 'samples.written', file, step, benchmark, count: GOLDEN.problems });
  say({ type: 'evaluation.finished', step, benchmark, scores: scoresAt(step) }, EVALUATION_MS / 4);
  if (step > 0) say({ type: 'phase.changed', phase: 'training' });
}

function save(say: Say, step: number): void {
  const checkpoint = `step-${String(step).padStart(8, '0')}`;
  const cause = step === GOLDEN.steps ? 'final' : 'planned';
  say({ type: 'checkpoint.saved', step, checkpoint, bytes: 9_800_000, cause, best: true }, 90);
  say({ type: 'log.written', level: 'info', message: `Saved ${checkpoint} (9.8 MB)` });
}

/** An S from 0.2 % to 97 %. */
const accuracyAt = (step: number): number => 0.002 + 0.97 / (1 + Math.exp((900 - step) / 160));

function scoresAt(step: number): Score[] {
  const accuracy = Math.round(accuracyAt(step) * GOLDEN.problems) / GOLDEN.problems;
  const share = (name: string, value: number): Score => ({
    name,
    value,
    n: GOLDEN.problems,
    k: 1,
    interval: wilson(value, GOLDEN.problems),
    unit: 'share',
  });
  const length = 61 - 20 * accuracy;
  return [
    share('accuracy', accuracy),
    {
      name: 'completions/mean_length',
      value: length,
      n: GOLDEN.problems,
      k: 1,
      interval: [length - 1.5, length + 1.5],
      unit: 'tokens',
    },
    share('completions/clipped_ratio', 0.2 * (1 - accuracy)),
    share('wrong_steps', 0.4 * (1 - accuracy)),
  ];
}

/** Wilson's 95 % interval. */
function wilson(p: number, n: number): [number, number] {
  const z = 1.96;
  const centre = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))) / (1 + (z * z) / n);
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

/** Column by column from the last digit: `7+5+0=12`. The column at `wrongAt` is off by one, and what follows is honest. */
function writeSum(a: number, b: number, wrongAt: number | null): { lines: string[]; answer: string } {
  const lines: string[] = [];
  let [carry, answer] = [0, ''];
  for (let place = 0; place < 3; place++) {
    const [left, right] = [Math.floor(a / 10 ** place) % 10, Math.floor(b / 10 ** place) % 10];
    const sum = left + right + carry + (place === wrongAt ? 1 : 0);
    lines.push(`${left}+${right}+${carry}=${sum}`);
    answer = `${place === 2 ? sum : sum % 10}${answer}`;
    carry = Math.floor(sum / 10);
  }
  return { lines, answer: String(Number(answer)) };
}

/** Numbers in 0..1 that look random and are the same in every run (mulberry32). */
export function noise(seed: number): () => number {
  let state = (seed * 2654435761) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
