/** One attempt at a run, from the taken folder to the exit record: who works, what is pulled, where its words go. */
import { join } from 'node:path';
import type { ModelRunConfig, PrepareConfig } from '../config/schema.ts';
import { realFiles } from '../data/files.ts';
import type { Executor } from '../engine/executor.ts';
import type { RecipeDeps } from '../engine/recipes/deps.ts';
import type { PrepareDeps } from '../engine/recipes/prepareDeps.ts';
import { RunFailure } from '../engine/recipes/runFailure.ts';
import { isTrainingRecipe, type RunError, type RunEvent, type RuntimeIdentity } from '../protocol/events.ts';
import { logged } from '../protocol/logged.ts';
import { RUN_FOLDER } from '../protocol/runFolder.ts';
import { said, type Told } from '../protocol/sentence.ts';
import { runsRootOf } from '../runs/runsRoot.ts';
import { newSecret } from '../runs/controlSocket.ts';
import { Desk } from './commands.ts';
import { DeviceTurn } from './deviceTurn.ts';
import { codeOf, runErrorOf } from './failure.ts';
import { findResumption, type Input, type Resumption } from './inputs.ts';
import { PulseLink } from './pulseLink.ts';
import { Preparation } from './prepare/preparation.ts';
import type { RowsPrograms } from './prepare/rowsMessages.ts';
import { completed, recipeDeps, takeRequests, type World } from './recipeDeps.ts';
import { pullRecipe } from './recipeLoop.ts';
import { Voice } from './voice.ts';
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
  readonly recipeOf: (config: ModelRunConfig, deps: RecipeDeps) => AsyncGenerator<RunEvent, void>;
  /** `warn` hears why a GPU that is there was not taken. */
  readonly chooseExecutor: (config: ModelRunConfig, choice: { warn: (sentence: Told) => void }) => Promise<Executor>;
  readonly prepare: (config: PrepareConfig, deps: PrepareDeps) => AsyncGenerator<RunEvent, void>;
  readonly rowsPrograms: RowsPrograms;
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
  readonly #voice: Voice;
  /** What must be freed at the end. */
  readonly #leftovers: (() => void | Promise<void>)[] = [];

  private constructor(options: SessionOptions, desk: Desk, pulse: PulseLink) {
    this.#options = options;
    this.#desk = desk;
    this.#pulse = pulse;
    this.#voice = new Voice(options.workplace, desk, pulse);
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
      onLost: (why) => desk.lose(new RunFailure('runFolderLost', why)),
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
    this.#voice.sayLast({ type: 'run.failed', error });
    await this.#writeExit('failed', error);
  }

  async #workToTheEnd(): Promise<{ outcome: Outcome; error: RunError | null }> {
    try {
      await this.#tellOfStart();
      const reason = await this.#run();
      await this.#voice.say({ type: 'run.finished', reason });
      return { outcome: reason === 'completed' ? 'finished' : 'stopped', error: null };
    } catch (thrown) {
      const error = runErrorOf(thrown);
      console.error(error.code === 'internal' ? thrown : error.message);
      return { outcome: 'failed', error };
    }
  }

  async #tellOfStart(): Promise<void> {
    const lines = [
      this.#voice.recovered,
      ...this.#options.input.warnings,
      this.#pulse.problem && socketProblem(this.#pulse),
    ];
    await this.#warn(lines);
  }

  async #warn(lines: readonly (Told | null)[]): Promise<void> {
    for (const told of lines) if (told) await this.#voice.say(logged('warning', told));
  }

  async #run(): Promise<'completed' | 'stopped'> {
    const { input, parts, onBusy } = this.#options;
    const { config } = input;
    if (config.recipe === 'prepare') return this.#prepare(config);
    const warnings: Told[] = [];
    const executor = await parts.chooseExecutor(config, { warn: (sentence) => warnings.push(sentence) });
    this.#leftovers.push(() => executor.dispose());
    await this.#warn(warnings);
    const turn = this.#turn(executor.identity.provider === 'cpu' ? 'cpu' : 'gpu');
    return (await turn.take(onBusy)) ? this.#pull(config, executor, turn) : 'stopped';
  }

  #turn(device: string): DeviceTurn {
    const { workplace, input } = this.#options;
    const say = (event: RunEvent): Promise<void> => this.#voice.say(event);
    const turn = new DeviceTurn({ device, runId: workplace.runId, name: input.name, desk: this.#desk, say });
    this.#leftovers.push(() => turn.release());
    return turn;
  }

  /** No model, no device: but two preparations at a time would only be in each other's way. */
  async #prepare(config: PrepareConfig): Promise<'completed' | 'stopped'> {
    const { input, parts, workplace, onBusy } = this.#options;
    if (!(await this.#turn('data').take(onBusy))) return 'stopped';
    const preparation = new Preparation({
      ...{ config, configPath: input.configPath, runFolder: workplace.folder, files: realFiles },
      ...{ cacheFolder: join(runsRootOf(input.configPath), '.valley', 'cache', 'rows'), programs: parts.rowsPrograms },
    });
    this.#leftovers.push(() => preparation.close());
    const world = this.#world();
    const deps = await preparation.deps({ now: () => performance.now(), takeRequests: () => takeRequests(world) });
    return pullRecipe(parts.prepare(config, deps), {
      desk: this.#desk,
      poll: () => this.#pulse.poll(),
      say: (event) => this.#voice.say(completed(event, world, null)),
    });
  }

  #world(): World {
    const { input, workplace, foundBy } = this.#options;
    const { rowsPrograms: programs } = this.#options.parts;
    const [desk, pulse, voice] = [this.#desk, this.#pulse, this.#voice];
    return { workplace, input, foundBy, programs, desk, pulse, samples: voice.samples, step: () => voice.step };
  }

  async #pull(config: ModelRunConfig, executor: Executor, turn: DeviceTurn): Promise<'completed' | 'stopped'> {
    const { parts } = this.#options;
    const resumption = await this.#findResumption();
    const world = this.#world();
    const deps = await recipeDeps(world, config, executor, resumption);
    this.#leftovers.push(() => deps.close());
    return pullRecipe(parts.recipeOf(config, deps), {
      desk: this.#desk,
      poll: () => this.#pulse.poll(),
      say: (event) => this.#voice.say(completed(event, world, resumption)),
      onPaused: () => turn.release(),
      // A run that began is not refused any more: it waits. One that is to end needs no device for its last words.
      onResumed: async () => {
        if (this.#desk.stopping === 'no') await turn.take('queue');
      },
    });
  }

  async #findResumption(): Promise<Resumption | null> {
    const { workplace, input } = this.#options;
    if (workplace.attempt === 1 || !isTrainingRecipe(input.config.recipe)) return null;
    const { found, refused } = findResumption(workplace.folder);
    const lines = found === null ? [...refused, 'There is no checkpoint to go on from: the run begins anew.'] : refused;
    await this.#warn(lines);
    return found;
  }

  /** Last event, list closed, pulse ended, exit record: in this order, so that the record is the last thing written. */
  async #end(outcome: Outcome, error: RunError | null): Promise<void> {
    const isLost = this.#desk.lost !== null || !(await holdsLease(this.#options.workplace));
    if (error !== null && !isLost) this.#voice.sayLast({ type: 'run.failed', error });
    this.#voice.close();
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
}

const socketProblem = (pulse: PulseLink): Told =>
  said`The run cannot be commanded (only signals reach it), for no control socket could be opened: ${pulse.problem}`;

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
