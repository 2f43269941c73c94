/** A disk in memory that records every action, can make each of them fail, and can be cut off at any moment with un-synced things lost. */
import { basename, dirname } from 'node:path';
import { FileFailure } from '../../src/data/dataFailure.ts';
import type { FilePort, OpenMode } from '../../src/data/files.ts';

interface MemoryFile {
  bytes: Uint8Array;
  /** What would be left of it after a power cut. */
  durable: Uint8Array;
}

interface Folder {
  readonly entries: Map<string, MemoryFile | Folder>;
  /** The names that would be left after a power cut. */
  durable: ReadonlyMap<string, MemoryFile | Folder>;
}

/** What a power cut takes: un-synced bytes (`lost` whole, or all but `half`), or un-synced names. */
export type PowerCut = 'none' | 'bytesLost' | 'bytesHalved' | 'namesLost' | 'bothLost';

/** The process is killed here: nothing after it happens. */
export class Killed extends Error {}

export interface Faults {
  /** Called before each action with its number from 0; throws to make it fail. */
  readonly before?: (index: number, action: string, path: string) => void;
  /** Bytes taken of a write of `length`. */
  readonly taken?: (length: number) => number;
  readonly freeBytes?: () => number;
}

export class MemoryFiles implements FilePort {
  faults: Faults = {};
  /** Names of the actions so far, e.g. `write /run/x`. */
  readonly actions: string[] = [];
  #root: Folder = newFolder();
  readonly #open = new Map<number, { readonly file: MemoryFile; readonly path: string }>();
  #nextFd = 3;

  /** The same disk as a new process finds it after a crash. */
  afterCrash(cut: PowerCut): MemoryFiles {
    const copy = new MemoryFiles();
    copy.#root = crashed(this.#root, cut);
    return copy;
  }

  open(path: string, mode: OpenMode): number {
    this.#act(mode === 'read' ? 'openRead' : 'open', path);
    const found = this.#find(path);
    if (found && 'entries' in found) throw new FileFailure('open', path, 'EISDIR');
    if (found && mode === 'create') throw new FileFailure('write', path, 'EEXIST');
    if (!found && mode === 'read') throw new FileFailure('open', path, 'ENOENT');
    const file = found ?? { bytes: new Uint8Array(), durable: new Uint8Array() };
    if (!found) this.#folder(dirname(path)).entries.set(basename(path), file);
    this.#open.set(this.#nextFd, { file, path });
    return this.#nextFd++;
  }

  write(fd: number, bytes: Uint8Array, position: number): number {
    const { file, path } = this.#opened(fd);
    this.#act('write', path);
    const taken = Math.min(bytes.byteLength, this.faults.taken?.(bytes.byteLength) ?? bytes.byteLength);
    const grown = new Uint8Array(Math.max(file.bytes.byteLength, position + taken));
    grown.set(file.bytes);
    grown.set(bytes.subarray(0, taken), position);
    file.bytes = grown;
    return taken;
  }

  read(fd: number, buffer: Uint8Array, position: number): number {
    const { file, path } = this.#opened(fd);
    this.#act('read', path);
    const piece = file.bytes.subarray(position, position + buffer.byteLength);
    buffer.set(piece);
    return piece.byteLength;
  }

  size(fd: number): number {
    return this.#opened(fd).file.bytes.byteLength;
  }

  truncate(fd: number, size: number): void {
    const { file, path } = this.#opened(fd);
    this.#act('truncate', path);
    file.bytes = file.bytes.slice(0, size);
  }

  sync(fd: number): void {
    const { file, path } = this.#opened(fd);
    this.#act('sync', path);
    file.durable = file.bytes.slice();
  }

  close(fd: number): void {
    this.#open.delete(fd);
  }

  syncFolder(path: string): void {
    this.#act('syncFolder', path);
    const folder = this.#folder(path);
    folder.durable = new Map(folder.entries);
  }

  rename(from: string, to: string): void {
    this.#act('rename', to);
    const moved = this.#find(from);
    const target = this.#find(to);
    if (!moved) throw new FileFailure('rename', from, 'ENOENT');
    if (target && 'entries' in target && target.entries.size) throw new FileFailure('rename', to, 'ENOTEMPTY');
    this.#folder(dirname(from)).entries.delete(basename(from));
    this.#folder(dirname(to)).entries.set(basename(to), moved);
  }

  unlink(path: string): void {
    this.#act('unlink', path);
    if (!this.#folder(dirname(path)).entries.delete(basename(path))) throw new FileFailure('delete', path, 'ENOENT');
  }

  makeFolder(path: string): void {
    this.#act('makeFolder', path);
    if (!this.#find(path)) this.#folder(dirname(path)).entries.set(basename(path), newFolder());
  }

  removeFolder(path: string): void {
    this.#act('removeFolder', path);
    if (this.#folder(path).entries.size) throw new FileFailure('delete', path, 'ENOTEMPTY');
    this.#folder(dirname(path)).entries.delete(basename(path));
  }

  list(path: string): string[] {
    return [...this.#folder(path).entries.keys()];
  }

  kind(path: string): 'file' | 'folder' | null {
    const found = this.#find(path);
    if (!found) return null;
    return 'entries' in found ? 'folder' : 'file';
  }

  realPath(path: string): string {
    return path;
  }

  sameFile(fd: number, path: string): boolean {
    return this.#opened(fd).file === this.#find(path);
  }

  freeBytes(): number {
    return this.faults.freeBytes?.() ?? Infinity;
  }

  pause(): void {
    this.actions.push('pause');
  }

  /** The bytes of a file, to look at or to change. */
  bytes(path: string): Uint8Array {
    const found = this.#find(path);
    if (!found || 'entries' in found) throw new Error(`${path} is no file`);
    return found.bytes;
  }

  put(path: string, bytes: Uint8Array): void {
    const parts = dirname(path).split('/').filter(Boolean);
    parts.forEach((_, index) => this.makeFolder(`/${parts.slice(0, index + 1).join('/')}`));
    this.#folder(dirname(path)).entries.set(basename(path), { bytes, durable: bytes });
  }

  /** All that is there now survives. */
  syncAll(): void {
    this.#root = crashed(this.#root, 'none');
  }

  get openFiles(): number {
    return this.#open.size;
  }

  #act(action: string, path: string): void {
    this.faults.before?.(this.actions.length, action, path);
    this.actions.push(`${action} ${path}`);
  }

  #opened(fd: number): { file: MemoryFile; path: string } {
    const opened = this.#open.get(fd);
    if (!opened) throw new Error(`${fd} is not open`);
    return opened;
  }

  #find(path: string): MemoryFile | Folder | undefined {
    return path
      .split('/')
      .filter(Boolean)
      .reduce<MemoryFile | Folder | undefined>(
        (at, name) => (at && 'entries' in at ? at.entries.get(name) : undefined),
        this.#root,
      );
  }

  #folder(path: string): Folder {
    const found = this.#find(path);
    if (found && 'entries' in found) return found;
    throw new FileFailure('list', path, found ? 'ENOTDIR' : 'ENOENT');
  }
}

const newFolder = (): Folder => ({ entries: new Map(), durable: new Map() });

/** A copy with what a crash leaves; a file or folder under two names stays one. */
function crashed(folder: Folder, cut: PowerCut, copies = new Map<MemoryFile | Folder, MemoryFile | Folder>()): Folder {
  const names = cut === 'namesLost' || cut === 'bothLost' ? folder.durable : folder.entries;
  const entries = new Map(
    [...names].map(([name, entry]) => {
      const copy = copies.get(entry) ?? ('entries' in entry ? crashed(entry, cut, copies) : crashedFile(entry, cut));
      copies.set(entry, copy);
      return [name, copy];
    }),
  );
  return { entries, durable: new Map(entries) };
}

function crashedFile({ bytes, durable }: MemoryFile, cut: PowerCut): MemoryFile {
  const half = durable.byteLength === bytes.byteLength ? bytes : bytes.subarray(0, bytes.byteLength >> 1);
  const kept = { none: bytes, namesLost: bytes, bytesLost: durable, bothLost: durable, bytesHalved: half }[cut].slice();
  return { bytes: kept, durable: kept };
}
