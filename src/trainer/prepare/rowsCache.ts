/** What was found out about one source, kept on disk: a second run reads it again, and an interrupted one goes on where it was. */
import { join } from 'node:path';
import { readAt, removeTree, writeAll } from '../../data/durable.ts';
import { naming } from '../../data/dataFailure.ts';
import type { FilePort } from '../../data/files.ts';
import type { UnusedRow } from '../../engine/recipes/prepareDeps.ts';

/** Rows that were written down together. */
export interface CachedRows {
  readonly table: Uint32Array<ArrayBuffer>;
  readonly bad: readonly UnusedRow[];
  /** Bytes of the source that were read by then. */
  readonly done: number;
}

/** A line of the list: what is sure to be on disk. */
interface Commit {
  /** Blocks of the source since the beginning. */
  readonly blocks: number;
  /** Sizes of the two files. */
  readonly texts: number;
  readonly table: number;
  readonly bad: readonly UnusedRow[];
  readonly done: number;
  readonly isWhole: boolean;
}

const NAMES = { texts: 'texts.jsonl', table: 'table.bin', commits: 'commits.jsonl' } as const;
type OpenFiles = Readonly<Record<keyof typeof NAMES, number>>;
/** Blocks that are made sure of together. */
const COMMIT_EVERY = 32;
const WORD_BYTES = 4;

/** The cache of one source. Texts and table grow; a line in the list says how much of them counts. */
export class RowsCache {
  readonly #files: FilePort;
  readonly #folder: string;
  readonly #fds: OpenFiles;
  readonly #commits: Commit[];
  #blocks: number;
  #texts: number;
  #table: number;
  #commitsEnd: number;
  #pendingBad: UnusedRow[] = [];
  #done = 0;
  #uncommitted = 0;
  #isClosed = false;

  private constructor(files: FilePort, folder: string, fds: OpenFiles, commits: Commit[], commitsEnd: number) {
    const last = commits.at(-1);
    this.#files = files;
    this.#folder = folder;
    this.#fds = fds;
    this.#commits = commits;
    this.#commitsEnd = commitsEnd;
    [this.#blocks, this.#texts, this.#table] = [last?.blocks ?? 0, last?.texts ?? 0, last?.table ?? 0];
    this.#done = last?.done ?? 0;
  }

  /** Opens or makes the folder. What is there but not in the list, or does not fit it, is written anew. */
  static open(files: FilePort, folder: string): RowsCache {
    files.makeFolder(folder);
    const open = (name: string): number => files.open(join(folder, name), 'edit');
    const fds = { texts: open(NAMES.texts), table: open(NAMES.table), commits: open(NAMES.commits) };
    const { commits, end } = readCommits(files, folder, fds);
    const cache = new RowsCache(files, folder, fds, commits, end);
    if (!cache.isWhole) cache.#cutBack();
    return cache;
  }

  /** The whole source is in it. */
  get isWhole(): boolean {
    return this.#commits.at(-1)?.isWhole === true;
  }

  /** Blocks of the source that are in it. */
  get blocks(): number {
    return this.#blocks;
  }

  /** What was written in earlier runs, piece by piece. */
  *earlier(): Generator<CachedRows> {
    let start = 0;
    for (const { table: end, bad, done } of this.#commits.slice()) {
      const table = new Uint32Array((end - start) / WORD_BYTES);
      readAt(this.#files, this.#fds.table, this.#path('table'), bytesOf(table), start);
      yield { table, bad, done };
      start = end;
    }
  }

  /** Adds the rows of one more block. */
  add(rows: CachedRows, texts: Uint8Array): void {
    this.#texts += writeAll(this.#files, this.#fds.texts, this.#path('texts'), texts, this.#texts);
    this.#table += writeAll(this.#files, this.#fds.table, this.#path('table'), bytesOf(rows.table), this.#table);
    this.#pendingBad.push(...rows.bad);
    this.#done = rows.done;
    this.#blocks++;
    if (++this.#uncommitted >= COMMIT_EVERY) this.commit(false);
  }

  /** Makes sure of all that was added. */
  commit(isWhole: boolean): void {
    for (const name of ['texts', 'table'] as const)
      naming('save', this.#path(name), () => this.#files.sync(this.#fds[name]));
    const commit: Commit = {
      ...{ blocks: this.#blocks, texts: this.#texts, table: this.#table, bad: this.#pendingBad },
      ...{ done: this.#done, isWhole },
    };
    const line = Buffer.from(`${JSON.stringify(commit)}\n`);
    this.#commitsEnd += writeAll(this.#files, this.#fds.commits, this.#path('commits'), line, this.#commitsEnd);
    naming('save', this.#path('commits'), () => this.#files.sync(this.#fds.commits));
    this.#commits.push(commit);
    this.#pendingBad = [];
    this.#uncommitted = 0;
  }

  /** The text at a place of the texts. */
  textAt(start: number, bytes: number): string {
    return Buffer.from(this.bytesAt(start, bytes).buffer).toString('utf8');
  }

  /** The same as it was written. */
  bytesAt(start: number, bytes: number): Uint8Array<ArrayBuffer> {
    const buffer = new Uint8Array(bytes);
    readAt(this.#files, this.#fds.texts, this.#path('texts'), buffer, start);
    return buffer;
  }

  /** Once is enough. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const fd of Object.values(this.#fds)) this.#files.close(fd);
  }

  /** Closes it and deletes what is kept. */
  discard(): void {
    this.close();
    removeTree(this.#files, this.#folder);
  }

  /** Bytes behind the last line that counts belong to a run that was interrupted. */
  #cutBack(): void {
    naming('write', this.#folder, () => {
      this.#files.truncate(this.#fds.texts, this.#texts);
      this.#files.truncate(this.#fds.table, this.#table);
      this.#files.truncate(this.#fds.commits, this.#commitsEnd);
    });
  }

  #path(name: keyof typeof NAMES): string {
    return join(this.#folder, NAMES[name]);
  }
}

const bytesOf = (table: Uint32Array): Uint8Array => new Uint8Array(table.buffer, table.byteOffset, table.byteLength);

/** The lines that count, and where the last of them ends. A list that does not fit the files counts for nothing. */
function readCommits(files: FilePort, folder: string, fds: OpenFiles): { commits: Commit[]; end: number } {
  const path = join(folder, NAMES.commits);
  const bytes = Buffer.alloc(naming('measure', path, () => files.size(fds.commits)));
  readAt(files, fds.commits, path, bytes, 0);
  const end = bytes.lastIndexOf(0x0a) + 1;
  const commits = parseCommits(bytes.subarray(0, end).toString('utf8'));
  const last = commits.at(-1);
  const isThere = last && files.size(fds.texts) >= last.texts && files.size(fds.table) >= last.table;
  return isThere === true ? { commits, end } : { commits: [], end: 0 };
}

function parseCommits(text: string): Commit[] {
  try {
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Commit);
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
