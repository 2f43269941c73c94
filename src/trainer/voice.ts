/** What a session says, on its way to the event list, the sample files and whoever listens. */
import { join } from 'node:path';
import type { RunEvent } from '../protocol/events.ts';
import { RUN_FOLDER } from '../protocol/runFolder.ts';
import type { Sentence } from '../protocol/sentence.ts';
import type { Desk } from './commands.ts';
import { EventLog } from './eventLog.ts';
import { codeOf, runErrorOf } from './failure.ts';
import { note } from './milestones.ts';
import type { PulseLink } from './pulseLink.ts';
import { Recorder } from './recorder.ts';
import { SampleFiles } from './sampleFiles.ts';
import type { Workplace } from './workplace.ts';

export class Voice {
  /** The last step that was told of. */
  step = 0;
  readonly samples: SampleFiles;
  readonly #desk: Desk;
  readonly #pulse: PulseLink;
  readonly #log: EventLog;
  readonly #recorder: Recorder;

  constructor({ folder, runId, attempt }: Workplace, desk: Desk, pulse: PulseLink) {
    this.#desk = desk;
    this.#pulse = pulse;
    this.#log = EventLog.open({ path: join(folder, RUN_FOLDER.events), runId, attempt, now: Date.now });
    this.samples = new SampleFiles(folder);
    this.#recorder = new Recorder({
      log: this.#log,
      runFolder: folder,
      onWritten: () => pulse.woke(),
      wait: (milliseconds) => Promise.race([pause(milliseconds), desk.changed()]),
      isEnding: () => desk.stopping !== 'no' || desk.lost !== null,
    });
  }

  /** What was mended when the event list was opened. */
  get recovered(): Sentence | null {
    return this.#log.recovered;
  }

  /** Writes and publishes. Waits while the disk is full; throws where the run folder is lost. */
  async say(event: RunEvent): Promise<void> {
    if (this.#desk.lost !== null) throw this.#desk.lost;
    if (event.type === 'step.finished') this.step = event.step;
    this.#pulse.beat(this.step);
    note(event);
    if (event.type === 'completions.sampled' && event.purpose === 'evaluation') {
      return this.#recorder.whenThereIsSpace(() => this.samples.keep(event));
    }
    await this.#recorder.say(event);
    const written = event.type === 'evaluation.finished' ? this.samples.finish(event) : null;
    if (written !== null) await this.#recorder.say(written);
  }

  /** A disk that is still full takes no last event: then the exit record, smaller, must say it alone. */
  sayLast(event: RunEvent): void {
    try {
      this.#recorder.sayNow(event);
    } catch (error) {
      if (codeOf(error) === null) throw error;
      console.error(`The last event could not be written: ${runErrorOf(error).message}`);
    }
  }

  /** Nothing can be said after this. */
  close(): void {
    this.samples.close();
    this.#recorder.close();
    this.#log.close();
  }
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
