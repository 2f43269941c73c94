/** Run folders as a trainer leaves them, for tests of those who only read. */
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { runConfig } from '../../src/config/schema.ts';
import { encodeEventLine } from '../../src/protocol/eventLine.ts';
import type { Completion, EvaluationFinished, RunEvent, RunStarted } from '../../src/protocol/events.ts';
import { RUN_FOLDER, type ExitRecord, type Lease } from '../../src/protocol/runFolder.ts';
import { bootId, processStart } from '../../src/runs/processIdentity.ts';

export const started: RunStarted = {
  type: 'run.started',
  recipe: 'sft',
  name: '3-digit chains',
  task: 'arithmetic',
  parameters: 812_000,
  executor: {
    executor: 'onnx',
    version: 'onnxruntime-node 1.30.0',
    provider: 'cpu',
    adapter: 'A processor',
    precision: 'f32',
    threads: 2,
    reason: 'No GPU adapter was found.',
  },
  runtime: { version: 'node 20.0.0', foundBy: 'path' },
  totalSteps: 100,
  evaluationSteps: [0, 100],
};

export const stepped = (step: number): RunEvent => ({ type: 'step.finished', step, metrics: { loss: 1 / step } });

export const completion = (id: string): Completion => ({
  id,
  step: 50,
  prompt: '57+68?',
  text: '7+8=15\n5+6+1=12\n125',
  trace: '7+8=15\n5+6+1=12',
  answer: '125',
  gold: '125',
  verdict: 'correct',
  finishReason: 'stop',
  tokens: 20,
  seed: 7,
  temperature: 0.6,
  meanLogProbability: -0.1,
  steps: { count: 2, wrong: 0, firstError: null },
});

export const evaluated: EvaluationFinished = {
  type: 'evaluation.finished',
  step: 100,
  benchmark: 'addition-3',
  scores: [{ name: 'accuracy', value: 0.948, n: 400, k: 1, interval: [0.927, 0.969], unit: 'share' }],
};

/** A folder for the test that vanishes with `remove`. */
export function makeRoot(): { readonly root: string; readonly remove: () => void } {
  const root = mkdtempSync(join(tmpdir(), 'valley-extension-'));
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}

/** One run folder that grows as the test says. */
export class WrittenRun {
  readonly folder: string;
  readonly runId: string;
  #seq = 0;

  constructor(root: string, name: string, runId = `id-${name}`) {
    this.folder = join(root, '.valley', 'runs', name);
    this.runId = runId;
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(join(this.folder, RUN_FOLDER.marker), `${runId}\n`);
  }

  say(...events: readonly RunEvent[]): this {
    for (const event of events) {
      const stamp = { v: 1, runId: this.runId, attempt: 1, seq: this.#seq, time: 1_700_000_000_000 + this.#seq * 100 };
      appendFileSync(join(this.folder, RUN_FOLDER.events), encodeEventLine({ ...stamp, event }));
      this.#seq++;
    }
    return this;
  }

  /** `pid` null: a process that is gone. */
  async lease(pid: number | null): Promise<this> {
    const lease: Lease = {
      v: 1,
      runId: this.runId,
      instanceId: 'one',
      attempt: 1,
      pid: pid ?? 2 ** 30,
      processStart: pid === null ? 'long ago' : await processStart(pid),
      bootId: await bootId(),
      host: hostname(),
      socketPath: join(this.folder, 'none.sock'),
      startedAt: Date.now(),
      recipe: 'sft',
      name: '3-digit chains',
      configPath: join(this.folder, '..', '..', '..', 'sft.valley.jsonc'),
    };
    writeFileSync(join(this.folder, RUN_FOLDER.lease), JSON.stringify(lease));
    return this;
  }

  exit(outcome: ExitRecord['outcome']): this {
    const exit: ExitRecord = {
      v: 1,
      instanceId: 'one',
      attempt: 1,
      outcome,
      exitCode: outcome === 'failed' ? 1 : 0,
      lastWords: '',
      time: Date.now(),
    };
    writeFileSync(join(this.folder, RUN_FOLDER.exit), JSON.stringify(exit));
    return this;
  }
}

/** Where the completions of an evaluation lie in a `measuredRun`. */
export const samplesAt = (step: number): string => `addition-3-${step}.jsonl`;

/** The answers of an evaluation: two for each problem, as many right ones as given. */
const answersAt = (step: number, right: readonly number[]): Completion[] =>
  right.flatMap((count, problem) =>
    [0, 1].map((sample) => ({
      ...completion(`${step}-evaluation-${problem * 2 + sample}`),
      ...{
        step,
        prompt: `${problem}+1=`,
        gold: String(problem + 1),
        answer: String(problem + (sample < count ? 1 : 2)),
      },
      ...{ verdict: sample < count ? ('correct' as const) : ('wrong' as const), tokens: 10 + problem },
    })),
  );

/** A run that was measured at some steps: by step, how many of the two answers to each problem are right. */
export function measuredRun(
  root: string,
  name: string,
  steps: Readonly<Record<number, readonly number[]>>,
): WrittenRun {
  const run = new WrittenRun(root, name).say(started);
  mkdirSync(join(run.folder, RUN_FOLDER.samples));
  writeFileSync(join(run.folder, RUN_FOLDER.resolvedConfig), JSON.stringify(runConfig.parse({ recipe: 'sft' })));
  for (const [key, right] of Object.entries(steps)) {
    const step = Number(key);
    const answers = answersAt(step, right);
    const lines = answers.map((one) => `${JSON.stringify(one)}\n`);
    writeFileSync(join(run.folder, RUN_FOLDER.samples, samplesAt(step)), lines.join(''));
    run.say({ type: 'samples.written', file: samplesAt(step), step, benchmark: 'addition-3', count: answers.length });
    run.say({ ...evaluated, step });
  }
  return run;
}

/** A process that does nothing until it is ended. */
export function idleProcess(): { readonly pid: number; readonly end: () => Promise<void> } {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const end = async (): Promise<void> => {
    child.kill('SIGKILL');
    await gone;
  };
  return { pid: child.pid ?? 0, end };
}

/** Waits until `holds`, looking often; the deadline is ten times what it takes. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`Waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
