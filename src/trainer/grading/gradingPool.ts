/** Grades answers: plain ones at once, all others in processes that are killed where they take too long or too much. A thread would not do: V8 ends the whole process where its heap is full. */
import { fork, type ChildProcess } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import type { GradeRecord, GradeVerdict } from '../../protocol/grading.ts';
import { VERIFIER_VERSION } from '../../protocol/grading.ts';
import { graders } from '../../engine/grading/graders/index.ts';
import type { Judgement } from '../../engine/grading/judgement.ts';
import type { FromGrading, GradingJob } from './gradingMessages.ts';

export interface GradingLimits {
  /** Processor time for one answer: a busy machine makes nobody late. */
  readonly judgeMs: number;
  /** Of JavaScript objects of one process. */
  readonly memoryMB: number;
}

export const GRADING_LIMITS: GradingLimits = { judgeMs: 250, memoryMB: 64 };

export interface GradingPoolOptions {
  /** The bundled gradingProcess.ts. */
  readonly script: URL;
  readonly processes: number;
  readonly limits?: GradingLimits;
}

/** Processes start when they are needed. Whoever made the pool closes it. */
export class GradingPool {
  private readonly script: URL;
  private readonly limits: GradingLimits;
  private readonly most: number;
  private readonly idle: GradingChild[] = [];
  private readonly all = new Set<GradingChild>();
  private readonly waiting: Waiting[] = [];
  private isClosed = false;

  constructor({ script, processes, limits = GRADING_LIMITS }: GradingPoolOptions) {
    this.script = script;
    this.most = processes;
    this.limits = limits;
  }

  /** Never rejects for what texts do; rejects when the pool is closed, and with what a bug throws. */
  async grade(job: GradingJob): Promise<GradeRecord> {
    const started = performance.now();
    const grader = graders.find(({ name }) => name === job.grader);
    const quick = grader?.quick(job, job.options);
    const { judgement, ms } = quick ? { judgement: quick, ms: performance.now() - started } : await this.enqueue(job);
    return { ...judgement, ms: Math.round(ms * 1000) / 1000, version: VERIFIER_VERSION };
  }

  /** Answers that are under way are given up: no verdict is made of them. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const { reject } of this.waiting.splice(0)) reject(new Error('The grading pool was closed.'));
    await Promise.all([...this.all].map((child) => child.close()));
  }

  private enqueue(job: GradingJob): Promise<Timed> {
    return new Promise((resolve, reject) => {
      if (this.isClosed) return reject(new Error('The grading pool was closed.'));
      this.waiting.push({ job, resolve, reject });
      this.dispatch();
    });
  }

  private dispatch(): void {
    while (this.waiting.length > 0) {
      const child = this.takeIdle() ?? (this.all.size < this.most ? this.start() : null);
      const next = child && this.waiting.shift();
      if (!child || !next) return;
      this.run(child, next);
    }
  }

  /** A process may have died while it waited. */
  private takeIdle(): GradingChild | null {
    for (let child = this.idle.pop(); child; child = this.idle.pop()) {
      if (!child.isOver) return child;
      this.all.delete(child);
    }
    return null;
  }

  private start(): GradingChild {
    const child = new GradingChild(this.script, this.limits);
    this.all.add(child);
    return child;
  }

  private run(child: GradingChild, { job, resolve, reject }: Waiting): void {
    child
      .judge(job)
      .then(resolve, reject)
      .finally(() => {
        if (child.isOver) this.all.delete(child);
        else this.idle.push(child);
        this.dispatch();
      });
  }
}

/** The time in the process, without waiting for it. */
interface Timed {
  readonly judgement: Judgement;
  readonly ms: number;
}

interface Waiting {
  readonly job: GradingJob;
  readonly resolve: (timed: Timed) => void;
  readonly reject: (error: Error) => void;
}

/** One process with one answer at a time. */
class GradingChild {
  isOver = false;
  private readonly process: ChildProcess;
  private readonly limits: GradingLimits;
  private readonly ready: Promise<void>;
  private isReady = false;
  private isClosing = false;
  /** What it said last: V8 tells why it gives up. */
  private words = '';
  private hear: (heard: FromGrading | Error) => void = () => undefined;
  private readonly killer = (): void => void this.process.kill('SIGKILL');

  constructor(script: URL, limits: GradingLimits) {
    this.limits = limits;
    this.process = fork(fileURLToPath(script), [String(process.pid), String(limits.judgeMs)], {
      execArgv: [`--max-old-space-size=${limits.memoryMB}`, '--max-semi-space-size=8'],
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    process.once('exit', this.killer);
    this.ready = new Promise((resolve) => (this.hear = () => resolve()));
    this.process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.words = (this.words + text).slice(0, KEPT_WORDS);
    });
    this.process.on('message', (message: FromGrading) => this.hear(message));
    this.process.on('error', (error) => this.end(error));
    this.process.on('close', (_, signal) =>
      this.end(signal === 'SIGKILL' ? new Late() : new Error('The process has ended.')),
    );
  }

  /** Rejects with a bug, and when the process is closed. */
  async judge(job: GradingJob): Promise<Timed> {
    if (!this.isReady) await this.ready;
    this.isReady = true;
    const started = performance.now();
    const heard = await this.ask(job);
    return { judgement: this.judgementOf(heard, job), ms: performance.now() - started };
  }

  /** Resolves when the process is gone. */
  close(): Promise<void> {
    this.isClosing = true;
    this.end(new Error('closed'));
    const { exitCode, signalCode } = this.process;
    if (exitCode !== null || signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => this.process.once('exit', () => resolve()));
  }

  private judgementOf(heard: FromGrading | Error, job: GradingJob): Judgement {
    if (!(heard instanceof Error)) return judgementIn(heard, job);
    if (this.isClosing) throw new Error('The grading pool was closed.');
    if (heard instanceof Late) return without(job, 'timeout', 'time');
    const isMemory = /out of memory|FATAL ERROR|Fatal JavaScript/.test(this.words);
    return without(job, 'error', isMemory ? 'memory' : heard.message);
  }

  private ask(job: GradingJob): Promise<FromGrading | Error> {
    return new Promise((resolve) => {
      if (this.isOver) return resolve(new Error('The process has ended.'));
      let isHeard = false;
      // An answer that came while this process was busy lies there already: it is looked at first.
      const late = (): unknown => setImmediate(() => isHeard || this.end(new Late()));
      const timer = setTimeout(late, PATIENCE * this.limits.judgeMs);
      this.hear = (heard) => {
        isHeard = true;
        clearTimeout(timer);
        resolve(heard);
      };
      // A process that is gone is heard of by its end.
      this.process.send(job, () => undefined);
    });
  }

  private end(error: Error): void {
    this.isOver = true;
    process.off('exit', this.killer);
    this.process.kill('SIGKILL');
    this.hear(error);
  }
}

const KEPT_WORDS = 2_000;
/** By the clock, an answer may take so many times its processor time. */
const PATIENCE = 40;

class Late extends Error {}

function judgementIn(heard: FromGrading, job: GradingJob): Judgement {
  if (heard.type === 'judged') return heard.judgement;
  return without(job, 'error', heard.type === 'failed' ? heard.message : heard.type);
}

const without = ({ gold }: GradingJob, verdict: GradeVerdict, rule: string): Judgement => ({
  verdict,
  answer: null,
  normalisedAnswer: null,
  normalisedGold: gold.slice(0, 200),
  rule,
});
