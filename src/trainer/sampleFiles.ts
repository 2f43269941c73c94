/** Keeps the completions of an evaluation in samples/<benchmark>-<step>.jsonl, one per line, instead of in the event list. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeAll } from '../data/durable.ts';
import { realFiles, type FilePort } from '../data/files.ts';
import type { CompletionsSampled, EvaluationFinished, RunEvent } from '../protocol/events.ts';
import { RUN_FOLDER, sampleFileName } from '../protocol/runFolder.ts';

interface OpenFile {
  readonly name: string;
  readonly fd: number;
  bytes: number;
  count: number;
}

export class SampleFiles {
  readonly #folder: string;
  readonly #files: FilePort;
  readonly #open = new Map<string, OpenFile>();

  constructor(runFolder: string, files: FilePort = realFiles) {
    this.#folder = join(runFolder, RUN_FOLDER.samples);
    this.#files = files;
  }

  /** Appends. After a failure (a full disk) the same call may be repeated: nothing is written twice. */
  keep(event: CompletionsSampled): void {
    const file = this.#fileOf(event.benchmark ?? 'evaluation', event.step);
    const text = event.completions.map((completion) => `${JSON.stringify(completion)}\n`).join('');
    file.bytes += writeAll(this.#files, file.fd, join(this.#folder, file.name), Buffer.from(text), file.bytes);
    file.count += event.completions.length;
  }

  /** Closes the file of a finished evaluation and tells of it; null where it had no completions. */
  finish(event: EvaluationFinished): RunEvent | null {
    const { step, benchmark } = event;
    const name = sampleFileName(benchmark, step);
    const file = this.#open.get(name);
    if (file === undefined) return null;
    this.#files.sync(file.fd);
    this.#files.close(file.fd);
    this.#open.delete(name);
    return { type: 'samples.written', file: name, step, benchmark, count: file.count };
  }

  /** Closes what an interrupted evaluation has left open. */
  close(): void {
    for (const { fd } of this.#open.values()) this.#files.close(fd);
    this.#open.clear();
  }

  /** A file left by an interrupted attempt is written anew. */
  #fileOf(benchmark: string, step: number): OpenFile {
    const name = sampleFileName(benchmark, step);
    const known = this.#open.get(name);
    if (known) return known;
    // Not recursive: a run folder that is gone is not made again.
    if (this.#files.kind(this.#folder) === null) mkdirSync(this.#folder, { mode: 0o700 });
    const fd = this.#files.open(join(this.#folder, name), 'edit');
    this.#files.truncate(fd, 0);
    const file = { name, fd, bytes: 0, count: 0 };
    this.#open.set(name, file);
    return file;
  }
}
