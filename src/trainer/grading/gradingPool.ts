/** Grades answers: plain ones at once, all others in threads that are killed where they take too long or too much. */
import { performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import type { GradeRecord, GradeVerdict } from '../../protocol/grading.ts';
import { VERIFIER_VERSION } from '../../protocol/grading.ts';
import { graders } from '../../engine/grading/graders/index.ts';
import type { Judgement } from '../../engine/grading/judgement.ts';
import type { FromGrading, GradingJob } from './gradingMessages.ts';

export interface GradingLimits {
  /** For one answer. */
  readonly judgeMs: number;
  /** Of JavaScript objects of one thread. */
  readonly memoryMB: number;
}

export const GRADING_LIMITS: GradingLimits = { judgeMs: 250, memoryMB: 64 };

export interface GradingPoolOptions {
  /** The bundled gradingThread.ts. */
  readonly script: URL;
  readonly threads: number;
  readonly limits?: GradingLimits;
}

/** Threads start when they are needed. Whoever made the pool closes it. */
export class GradingPool {
  private readonly script: URL;
  private readonly limits: GradingLimits;
  private readonly most: number;
  private readonly idle: GradingThread[] = [];
  private readonly all = new Set<GradingThread>();
  private readonly waiting: Waiting[] = [];
  private isClosed = false;

  constructor({ script, threads, limits = GRADING_LIMITS }: GradingPoolOptions) {
    this.script = script;
    this.most = threads;
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
    await Promise.all([...this.all].map((thread) => thread.close()));
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
      const thread = this.takeIdle() ?? (this.all.size < this.most ? this.start() : null);
      const next = thread && this.waiting.shift();
      if (!thread || !next) return;
      this.run(thread, next);
    }
  }

  /** A thread may have died while it waited. */
  private takeIdle(): GradingThread | null {
    for (let thread = this.idle.pop(); thread; thread = this.idle.pop()) {
      if (!thread.isOver) return thread;
      this.all.delete(thread);
    }
    return null;
  }

  private start(): GradingThread {
    const thread = new GradingThread(this.script, this.limits);
    this.all.add(thread);
    return thread;
  }

  private run(thread: GradingThread, { job, resolve, reject }: Waiting): void {
    thread
      .judge(job)
      .then(resolve, reject)
      .finally(() => {
        if (thread.isOver) this.all.delete(thread);
        else this.idle.push(thread);
        this.dispatch();
      });
  }
}

/** The time in the thread, without waiting for it. */
interface Timed {
  readonly judgement: Judgement;
  readonly ms: number;
}

interface Waiting {
  readonly job: GradingJob;
  readonly resolve: (timed: Timed) => void;
  readonly reject: (error: Error) => void;
}

/** One thread with one answer at a time. */
class GradingThread {
  isOver = false;
  private readonly worker: Worker;
  private readonly limits: GradingLimits;
  private readonly ready: Promise<void>;
  private isReady = false;
  private isClosing = false;
  private hear: (heard: FromGrading | Error) => void = () => undefined;

  constructor(script: URL, limits: GradingLimits) {
    this.limits = limits;
    this.worker = new Worker(script, {
      resourceLimits: { maxOldGenerationSizeMb: limits.memoryMB, maxYoungGenerationSizeMb: 16 },
    });
    this.ready = new Promise((resolve) => (this.hear = () => resolve()));
    this.worker.on('message', (message: FromGrading) => this.hear(message));
    this.worker.on('error', (error) => this.end(error));
    this.worker.on('exit', () => this.end(new Error('The thread has ended.')));
  }

  /** Rejects with a bug, and when the thread is closed. */
  async judge(job: GradingJob): Promise<Timed> {
    if (!this.isReady) await this.ready;
    this.isReady = true;
    const started = performance.now();
    const heard = await this.ask(job);
    return { judgement: this.judgementOf(heard, job), ms: performance.now() - started };
  }

  private judgementOf(heard: FromGrading | Error, job: GradingJob): Judgement {
    if (!(heard instanceof Error)) return judgementIn(heard, job);
    if (this.isClosing) throw new Error('The grading pool was closed.');
    const isMemory = 'code' in heard && heard.code === 'ERR_WORKER_OUT_OF_MEMORY';
    if (heard instanceof Late) return without(job, 'timeout', 'time');
    return without(job, 'error', isMemory ? 'memory' : `thread: ${heard.message}`);
  }

  async close(): Promise<void> {
    this.isClosing = true;
    this.end(new Error('closed'));
    await this.worker.terminate();
  }

  private ask(job: GradingJob): Promise<FromGrading | Error> {
    return new Promise((resolve) => {
      if (this.isOver) return resolve(new Error('The thread has ended.'));
      const timer = setTimeout(() => {
        this.end(new Late());
        this.worker.terminate().catch(() => undefined);
      }, this.limits.judgeMs);
      this.hear = (heard) => {
        clearTimeout(timer);
        resolve(heard);
      };
      this.worker.postMessage(job);
    });
  }

  private end(error: Error): void {
    this.isOver = true;
    this.hear(error);
  }
}

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
