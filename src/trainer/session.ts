/** One attempt at a run, from the taken folder to the exit record: who works, what is pulled, where its words go. */
import { join } from 'node:path';
import type { RecipeDeps } from '../engine/recipes/deps.ts';
import { RunFailure } from '../engine/recipes/runFailure.ts';
import type { RunConfig } from '../config/schema.ts';
import type { Executor } from '../engine/executor.ts';
import type { RunError, RunEvent, RuntimeIdentity } from '../protocol/events.ts';
import { RUN_FOLDER } from '../protocol/runFolder.ts';
import { newSecret } from '../runs/controlSocket.ts';
import { machineMemory } from '../runs/machine.ts';
import { describe } from '../runs/runtime.ts';
import { CheckpointStore } from './checkpointStore.ts';
import { Desk } from './commands.ts';
import { acquireDevice, type DeviceLease } from './deviceQueue.ts';
import { EventLog } from './eventLog.ts';
import { codeOf, runErrorOf } from './failure.ts';
import { findResumption, hashOf, readStartingModel, type Input, type Resumption } from './inputs.ts';
import { PulseLink } from './pulseLink.ts';
import { pullRecipe } from './recipeLoop.ts';
import { Recorder } from './recorder.ts';
import { SampleFiles } from './sampleFiles.ts';
import { holdsLease, write, writeExit, writeLease, type Workplace } from './workplace.ts';

export interface SessionOptions {
  readonly workplace: Workplace;
  readonly input: Input;
  readonly onBusy: 'queue' | 'refuse';
  readonly foundBy: RuntimeIdentity['foundBy'];
  readonly parts: SessionParts;
}

/** What a session works with but does not make. */
export interface SessionParts {
  readonly recipeOf: (config: RunConfig, deps: RecipeDeps) => AsyncGenerator<RunEvent, void>;
  /** `warn` hears why a GPU that is there was not taken. */
  readonly chooseExecutor: (config: RunConfig, choice: { warn: (sentence: string) => void }) => Promise<Executor>;
  /** The bundled pulse thread. */
  readonly pulseScript: URL;
}

const EXIT_CODES = { finished: 0, failed: 1, stopped: 130 } as const;
type Outcome = keyof typeof EXIT_CODES;
const CLEAN_UP_MS = 5000;

export class Session {
  readonly #options: SessionOptions;
  readonly #desk: Desk;
  readonly #pulse: PulseLink;
  readonly #log: EventLog;
  readonly #recorder: Recorder;
  readonly #samples: SampleFiles;
  /** What must be freed at the end. */
  readonly #leftovers: (() => void | Promise<void>)[] = [];
  #step = 0;
  #lease: DeviceLease | null = null;

  private constructor(options: SessionOptions, desk: Desk, pulse: PulseLink) {
    const { workplace } = options;
    this.#options = options;
    this.#desk = desk;
    this.#pulse = pulse;
    this.#log = EventLog.open({
      path: join(workplace.folder, RUN_FOLDER.events),
      runId: workplace.runId,
      attempt: workplace.attempt,
      now: Date.now,
    });
    this.#samples = new SampleFiles(workplace.folder);
    this.#recorder = new Recorder({
      log: this.#log,
      runFolder: workplace.folder,
      onWritten: () => this.#pulse.woke(),
      wait: (milliseconds) => Promise.race([pause(milliseconds), desk.changed()]),
      isEnding: () => desk.stopping !== 'no' || desk.lost !== null,
    });
  }

  /** Writes what says that we work here; from then on the run can be seen and commanded. */
  static async open(options: SessionOptions): Promise<Session> {
    const { workplace, input } = options;
    const desk = new Desk();
    const token = newSecret();
    if (workplace.attempt === 1) write(workplace, RUN_FOLDER.config, input.text);
    write(workplace, RUN_FOLDER.resolvedConfig, input.resolved);
    write(workplace, RUN_FOLDER.token, token);
    const pulse = await PulseLink.start({
      runFolder: workplace.folder,
      runId: workplace.runId,
      instanceId: workplace.instanceId,
      token,
      script: options.parts.pulseScript,
      onCommand: (command) => desk.accept(command),
      onLost: (why) => desk.lose(new RunFailure('runFolderLost', `${why}.`)),
      onBroken: (why) => console.error(`The run cannot be watched and commanded any more: ${why}`),
    });
    const session = new Session(options, desk, pulse);
    const { name, configPath } = input;
    const { socketPath } = pulse;
    writeLease(workplace, { socketPath, name, configPath, recipe: input.config.recipe, startedAt: Date.now() });
    pulse.leased();
    return session;
  }

  /** Asks the run to end, as a signal does: politely first, at once the second time. */
  interrupt(): void {
    this.#desk.accept({ type: 'stop', now: this.#desk.stopping !== 'no' });
  }

  /** Works until the end, whatever that is, writes it down and gives the exit code. */
  async work(): Promise<number> {
    const { outcome, error } = await this.#workToTheEnd();
    await this.#end(outcome, error);
    await Promise.race([this.#cleanUp(), pause(CLEAN_UP_MS)]);
    return EXIT_CODES[outcome];
  }

  /** A bug: nothing can be trusted any more, but the reason is written down. */
  async dieOf(thrown: unknown): Promise<void> {
    if (this.#desk.lost !== null) return;
    const error = runErrorOf(thrown);
    this.#lastEvent({ type: 'run.failed', error });
    await this.#writeExit('failed', error);
  }

  async #workToTheEnd(): Promise<{ outcome: Outcome; error: RunError | null }> {
    try {
      await this.#tellOfStart();
      const reason = await this.#run();
      await this.#say({ type: 'run.finished', reason });
      return { outcome: reason === 'completed' ? 'finished' : 'stopped', error: null };
    } catch (thrown) {
      const error = runErrorOf(thrown);
      console.error(error.code === 'internal' ? thrown : error.message);
      return { outcome: 'failed', error };
    }
  }

  async #tellOfStart(): Promise<void> {
    const lines = [
      this.#log.recovered,
      ...this.#options.input.warnings,
      this.#pulse.problem && socketProblem(this.#pulse),
    ];
    for (const message of lines) if (message) await this.#say({ type: 'log.written', level: 'warning', message });
  }

  async #run(): Promise<'completed' | 'stopped'> {
    const { input, parts } = this.#options;
    const warnings: string[] = [];
    const executor = await parts.chooseExecutor(input.config, { warn: (sentence) => warnings.push(sentence) });
    this.#leftovers.push(() => executor.dispose());
    for (const message of warnings) await this.#say({ type: 'log.written', level: 'warning', message });
    this.#leftovers.push(() => this.#lease?.release());
    this.#lease = await this.#acquire(deviceOf(executor), this.#options.onBusy);
    return this.#lease === null ? 'stopped' : this.#pull(executor);
  }

  /** Waits for the device in its queue. Null if someone stopped the run meanwhile. */
  async #acquire(device: string, onBusy: 'queue' | 'refuse'): Promise<DeviceLease | null> {
    const { input, workplace } = this.#options;
    const waiting = new AbortController();
    const watching = this.#abortOnEnd(waiting);
    let told = Promise.resolve();
    const onQueued = (behind: string): void => {
      told = told
        .then(() => this.#say({ type: 'run.queued', device, behind }))
        .catch((error) => this.#desk.lose(error));
    };
    try {
      const { runId } = workplace;
      return await acquireDevice({ device, runId, name: input.name, onBusy, onQueued, signal: waiting.signal });
    } catch (error) {
      if (this.#desk.stopping === 'no' && this.#desk.lost === null) throw error;
      return null;
    } finally {
      waiting.abort();
      this.#desk.tell();
      await Promise.all([watching, told]);
    }
  }

  async #abortOnEnd(gaveUp: AbortController): Promise<void> {
    while (!gaveUp.signal.aborted) {
      if (this.#desk.stopping !== 'no' || this.#desk.lost !== null) gaveUp.abort();
      else await this.#desk.changed();
    }
  }

  async #pull(executor: RecipeDeps['executor']): Promise<'completed' | 'stopped'> {
    const { input, parts } = this.#options;
    const resumption = await this.#findResumption();
    const deps: RecipeDeps = {
      executor,
      model: resumption === null ? readStartingModel(input) : null,
      resume: resumption?.state ?? null,
      memoryBytes: machineMemory(),
      now: () => performance.now(),
      takeRequests: () => this.#takeRequests(),
      save: this.#saver(),
      stream: (text, done) => this.#pulse.sampled(text, done),
    };
    return pullRecipe(parts.recipeOf(input.config, deps), {
      desk: this.#desk,
      poll: () => this.#pulse.poll(),
      say: (event) => this.#say(this.#complete(event, resumption)),
      onPaused: () => this.#lease?.release(),
      // A run that began is not refused any more: it waits. One that is to end needs no device for its last words.
      onResumed: async () => {
        if (this.#desk.stopping === 'no') this.#lease = await this.#acquire(deviceOf(executor), 'queue');
      },
    });
  }

  async #findResumption(): Promise<Resumption | null> {
    const { workplace, input } = this.#options;
    if (workplace.attempt === 1 || input.config.recipe !== 'sft') return null;
    const { found, refused } = findResumption(workplace.folder);
    const lines = found === null ? [...refused, 'There is no checkpoint to go on from: the run begins anew.'] : refused;
    for (const message of lines) await this.#say({ type: 'log.written', level: 'warning', message });
    return found;
  }

  #takeRequests(): ReturnType<Desk['take']> {
    this.#pulse.poll();
    this.#pulse.beat(this.#step);
    return this.#desk.take();
  }

  #saver(): RecipeDeps['save'] {
    const { workplace, input } = this.#options;
    if (input.config.recipe !== 'sft') {
      return () => Promise.reject(new Error(`The recipe ${input.config.recipe} saves no checkpoints.`));
    }
    const store = CheckpointStore.open({
      runFolder: workplace.folder,
      runId: workplace.runId,
      configHash: hashOf(input.resolved),
      policy: input.config.checkpoints,
      now: Date.now,
    });
    return (state, cause, score) => {
      if (this.#desk.lost !== null) return Promise.reject(this.#desk.lost);
      return store.save(state, cause, score);
    };
  }

  /** Fills in what a recipe cannot know. */
  #complete(event: RunEvent, resumption: Resumption | null): RunEvent {
    if (event.type !== 'run.started') return event;
    const { foundBy, workplace, input } = this.#options;
    const runtime = { version: describe(process.versions), foundBy };
    const started = { ...event, runtime, name: event.name || input.name };
    if (workplace.attempt === 1) return started;
    const step = resumption?.state.step ?? 0;
    return { ...started, resumedFrom: { step, checkpoint: resumption?.checkpoint ?? '' } };
  }

  async #say(event: RunEvent): Promise<void> {
    if (this.#desk.lost !== null) throw this.#desk.lost;
    if (event.type === 'step.finished') this.#step = event.step;
    this.#pulse.beat(this.#step);
    note(event);
    if (event.type === 'completions.sampled' && event.purpose === 'evaluation') {
      return this.#recorder.whenThereIsSpace(() => this.#samples.keep(event));
    }
    await this.#recorder.say(event);
    const written = event.type === 'evaluation.finished' ? this.#samples.finish(event) : null;
    if (written !== null) await this.#recorder.say(written);
  }

  /** Last event, list closed, pulse ended, exit record: in this order, so that the record is the last thing written. */
  async #end(outcome: Outcome, error: RunError | null): Promise<void> {
    const isLost = this.#desk.lost !== null || !(await holdsLease(this.#options.workplace));
    if (error !== null && !isLost) this.#lastEvent({ type: 'run.failed', error });
    this.#samples.close();
    this.#recorder.close();
    this.#log.close();
    await this.#pulse.close();
    if (!isLost) await this.#writeExit(outcome, error);
  }

  async #writeExit(outcome: Outcome, error: RunError | null): Promise<void> {
    const exitCode = EXIT_CODES[outcome];
    try {
      await writeExit(this.#options.workplace, { outcome, exitCode, time: Date.now(), ...(error && { error }) });
    } catch (failure) {
      if (codeOf(failure) === null) throw failure;
      console.error(`The exit record could not be written: ${runErrorOf(failure).message}`);
    }
  }

  /** Memory first, then the place in the queue. An executor that hangs while it is freed ends with the process. */
  async #cleanUp(): Promise<void> {
    for (const free of this.#leftovers) {
      try {
        await free();
      } catch (error) {
        console.error(`What the run held could not be freed: ${String(error)}`);
      }
    }
  }

  /** A disk that is still full takes no last event: then the exit record, smaller, must say it alone. */
  #lastEvent(event: RunEvent): void {
    try {
      this.#recorder.sayNow(event);
    } catch (error) {
      if (codeOf(error) === null) throw error;
      console.error(`The last event could not be written: ${runErrorOf(error).message}`);
    }
  }
}

const deviceOf = ({ identity }: Executor): string => (identity.provider === 'cpu' ? 'cpu' : 'gpu');

/** Milestones go to the log too: they are a killed trainer's last words. */
function note(event: RunEvent): void {
  switch (event.type) {
    case 'log.written':
      return console.log(`${event.level}: ${event.message}`);
    case 'checkpoint.saved':
      return console.log(`checkpoint ${event.checkpoint} saved (${event.cause})`);
    case 'run.started':
      return console.log(`${event.recipe} started on ${event.executor.executor} ${event.executor.provider}`);
    case 'evaluation.finished':
      return console.log(`evaluated at step ${event.step}`);
    case 'run.queued':
    case 'run.paused':
    case 'run.resumed':
      return console.log(event.type);
    case 'run.finished':
      return console.log(`${event.type}: ${event.reason}`);
    case 'phase.changed':
    case 'step.finished':
    case 'completions.sampled':
    case 'evaluation.progressed':
    case 'checkpoint.removed':
    case 'samples.written':
    case 'run.failed':
      return;
    default:
      event satisfies never;
  }
}

const socketProblem = (pulse: PulseLink): string =>
  `The run cannot be commanded (only signals reach it), for no control socket could be opened: ${pulse.problem}`;

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
