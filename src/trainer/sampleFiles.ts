/**
 * Keeps the completions of an evaluation in samples/<benchmark>-<step>.jsonl, one per line, instead of in the event list;
 * what is known of their tokens beside them in a binary file (protocol/tokenRecords.ts).
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeAll } from '../data/durable.ts';
import { realFiles, type FilePort } from '../data/files.ts';
import type { Completion, CompletionsSampled, EvaluationFinished, RunEvent } from '../protocol/events.ts';
import { RUN_FOLDER, sampleFileName, tokenFileName } from '../protocol/runFolder.ts';
import { encodeTokenRecord, type TokenDetails, tokenFileHead } from '../protocol/tokenRecords.ts';
import { completionNumber, keptSamples } from './keptSamples.ts';

interface OpenFile {
  readonly name: string;
  readonly fd: number;
  bytes: number;
}

interface OpenSamples {
  readonly lines: OpenFile;
  /** Null until there is something to say of tokens. */
  tokens: (OpenFile & { readonly alternatives: number }) | null;
  count: number;
}

export class SampleFiles {
  readonly #folder: string;
  readonly #files: FilePort;
  readonly #open = new Map<string, OpenSamples>();

  constructor(runFolder: string, files: FilePort = realFiles) {
    this.#folder = join(runFolder, RUN_FOLDER.samples);
    this.#files = files;
  }

  /** Appends. After a failure (a full disk) the same call may be repeated: nothing is written twice. */
  keep(event: CompletionsSampled): void {
    const samples = this.#samplesOf(event.benchmark ?? 'evaluation', event.step);
    const details = event.details?.length === event.completions.length ? event.details : null;
    const tokens = details && this.#tokensOf(samples, details);
    // Tokens first: a line is of no use to a continued run without them, while tokens without a line are cut off.
    const tokenBytes = tokens && details && this.#write(tokens, recordsOf(event.completions, details, tokens));
    const text = event.completions.map((completion) => `${JSON.stringify(completion)}\n`).join('');
    samples.lines.bytes += this.#write(samples.lines, Buffer.from(text));
    if (tokens) tokens.bytes += tokenBytes ?? 0;
    samples.count += event.completions.length;
  }

  /** The completions that an earlier attempt has left of this evaluation; what follows goes behind them. */
  goOn(benchmark: string, step: number): readonly Completion[] {
    const name = sampleFileName(benchmark, step);
    const [file, tokenFile] = this.#paths(name);
    const kept = keptSamples(file, tokenFile);
    if (kept === null) return [];
    const { completions, bytes, tokenBytes, alternatives } = kept;
    const tokens = tokenBytes === null ? null : { ...this.#edit(tokenFileName(name), tokenBytes), alternatives };
    this.#open.set(name, { lines: this.#edit(name, bytes), tokens, count: completions.length });
    return completions;
  }

  /** Whether completions of this evaluation lie there. */
  has(benchmark: string, step: number): boolean {
    return this.#files.kind(this.#paths(sampleFileName(benchmark, step))[0]) === 'file';
  }

  /** Removes what an earlier attempt has left of this evaluation, for good. */
  discard(benchmark: string, step: number): void {
    if (this.#files.kind(this.#folder) === null) return;
    for (const path of this.#paths(sampleFileName(benchmark, step)))
      if (this.#files.kind(path) !== null) this.#files.unlink(path);
    this.#files.syncFolder(this.#folder);
  }

  /** Closes the files of a finished evaluation and tells of them; null where it had no completions. */
  finish(event: EvaluationFinished): RunEvent | null {
    const { step, benchmark } = event;
    const name = sampleFileName(benchmark, step);
    const samples = this.#open.get(name);
    if (samples === undefined) return null;
    const { lines, tokens, count } = samples;
    for (const file of [...(tokens ? [tokens] : []), lines]) {
      this.#files.sync(file.fd);
      this.#files.close(file.fd);
    }
    this.#open.delete(name);
    return { type: 'samples.written', file: name, step, benchmark, count, ...(tokens && { tokens: tokens.name }) };
  }

  /** Closes what an interrupted evaluation has left open. */
  close(): void {
    for (const { lines, tokens } of this.#open.values())
      for (const { fd } of [lines, ...(tokens ? [tokens] : [])]) this.#files.close(fd);
    this.#open.clear();
  }

  /** Of the completions and of their tokens. */
  #paths(name: string): readonly [string, string] {
    return [join(this.#folder, name), join(this.#folder, tokenFileName(name))];
  }

  #write(file: OpenFile, bytes: Uint8Array): number {
    return writeAll(this.#files, file.fd, join(this.#folder, file.name), bytes, file.bytes);
  }

  /** What is left by an interrupted attempt, and nobody goes on with, is written anew. */
  #samplesOf(benchmark: string, step: number): OpenSamples {
    const name = sampleFileName(benchmark, step);
    const known = this.#open.get(name);
    if (known) return known;
    // Not recursive: a run folder that is gone is not made again.
    if (this.#files.kind(this.#folder) === null) mkdirSync(this.#folder, { mode: 0o700 });
    const samples: OpenSamples = { lines: this.#edit(name, 0), tokens: null, count: 0 };
    this.#open.set(name, samples);
    return samples;
  }

  #tokensOf(samples: OpenSamples, details: readonly TokenDetails[]): NonNullable<OpenSamples['tokens']> {
    if (samples.tokens) return samples.tokens;
    const [first] = details;
    const alternatives = first ? first.alternatives.length / first.tokens.length : 0;
    const tokens = { ...this.#edit(tokenFileName(samples.lines.name), 0), alternatives };
    tokens.bytes = this.#orClosed(tokens.fd, () => this.#write(tokens, tokenFileHead(alternatives)));
    return (samples.tokens = tokens);
  }

  /** Opened for what comes behind the first bytes. */
  #edit(name: string, bytes: number): OpenFile {
    const fd = this.#files.open(join(this.#folder, name), 'edit');
    this.#orClosed(fd, () => this.#files.truncate(fd, bytes));
    return { name, fd, bytes };
  }

  /** Who repeats a failed call opens the file again. */
  #orClosed<T>(fd: number, act: () => T): T {
    try {
      return act();
    } catch (error) {
      this.#files.close(fd);
      throw error;
    }
  }
}

const recordsOf = (
  completions: readonly Completion[],
  details: readonly TokenDetails[],
  { alternatives }: { readonly alternatives: number },
): Uint8Array =>
  Buffer.concat(
    completions.flatMap((completion, i) => {
      const detail = details[i];
      return detail ? [encodeTokenRecord({ index: completionNumber(completion), ...detail }, alternatives)] : [];
    }),
  );
