/**
 * One run per device on a machine. Whoever wants a device lays a ticket into the device's folder; the lowest living ticket holds it.
 *
 * Ticket names are never used twice, so a dead owner's ticket can be removed by anybody without harm. They grow with time, and
 * who finds a higher ticket right after laying its own takes it back and lays a new one: then of two tickets the later owner has
 * always seen the earlier one, and two can never hold the device at once.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRecord, parse } from '../data/checkpointManifest.ts';
import { DataFailure, errnoOf, FileFailure } from '../data/dataFailure.ts';
import { readWhole, removeIfThere, replaceAtomically } from '../data/durable.ts';
import { type FilePort, realFiles } from '../data/files.ts';
import { ownClaim, type ProcessClaim, processStateOf } from '../runs/processIdentity.ts';
import { stateFolder } from '../runs/stateFolder.ts';
import { said } from '../protocol/sentence.ts';

export interface DeviceRequest {
  /** `cpu`, `gpu`, `gpu-1` … */
  readonly device: string;
  readonly runId: string;
  /** The run's name, shown to those who wait. */
  readonly name: string;
  readonly onBusy: 'queue' | 'refuse';
  /** Called with the name of the run that holds the device (and how many wait before this one), again when that changes. */
  readonly onQueued: (behind: string) => void;
  readonly signal?: AbortSignal;
  /** Where tickets lie; by default the folder of `stateFolder`. */
  readonly stateFolder?: string;
  /** Milliseconds between two looks at the queue. */
  readonly pollMs?: number;
  readonly files?: FilePort;
}

export interface DeviceLease {
  readonly device: string;
  /** Lets the next one work. May be called twice. The end of the process does the same. */
  release(): void;
}

interface Ticket extends ProcessClaim {
  readonly runId: string;
  readonly name: string;
}

const POLL_MS = 250;
const LONGEST_TICKET = 1 << 16;
/** A refusal waits this many looks for a ticket ahead that neither holds the device nor goes away. */
const MOST_LOOKS = 40;

/** Waits for the device (`queue`), or throws `DataFailure` `deviceBusy` (`refuse`). Throws the signal's reason when aborted. */
export async function acquireDevice(request: DeviceRequest): Promise<DeviceLease> {
  const queue = new Queue(request, await ownClaim());
  try {
    await queue.wait();
  } catch (error) {
    queue.leave();
    throw error;
  }
  return { device: request.device, release: () => queue.leave() };
}

class Queue {
  readonly #request: DeviceRequest;
  readonly #claim: ProcessClaim;
  readonly #files: FilePort;
  readonly #folder: string;
  #ticket: string | null = null;
  #behind = '';

  constructor(request: DeviceRequest, claim: ProcessClaim) {
    if (!/^[a-z0-9][a-z0-9-]*$/.test(request.device)) throw new Error(`"${request.device}" is no device name.`);
    this.#request = request;
    this.#claim = claim;
    this.#files = request.files ?? realFiles;
    const machine =
      hostname()
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-') || 'machine';
    this.#folder = join(request.stateFolder ?? stateFolder(), 'devices', machine, request.device);
    makeFolders(this.#folder);
  }

  async wait(): Promise<void> {
    for (let looks = 1; ; looks++) {
      this.#request.signal?.throwIfAborted();
      const ahead = await this.#ahead();
      const holder = ahead[0];
      if (!holder) return this.#hold();
      if (this.#request.onBusy === 'refuse' && (this.#isHeld(holder.id) || looks > MOST_LOOKS))
        throw busy(this.#request.device, holder);
      if (this.#request.onBusy === 'queue') this.#tell(ahead);
      await this.#pause();
    }
  }

  leave(): void {
    if (this.#ticket === null) return;
    this.#discard(this.#ticket);
    this.#ticket = null;
  }

  /** Living tickets before ours, lowest first. Lays our ticket if there is none (any more). */
  async #ahead(): Promise<readonly Living[]> {
    for (;;) {
      const living = await this.#living();
      const own = this.#ticket;
      if (own !== null && living.some(({ id }) => id === own)) return living.filter(({ id }) => id < own);
      await this.#layTicket(living);
    }
  }

  /** Lays a ticket above all that are there; takes it back and tries again where a higher one appeared meanwhile. */
  async #layTicket(living: readonly Living[]): Promise<void> {
    const highest = numberOf(living.at(-1)?.id ?? '0');
    const ticket = `${String(Math.max(Date.now(), highest + 1)).padStart(15, '0')}-${randomBytes(6).toString('hex')}`;
    const { runId, name } = this.#request;
    replaceAtomically(
      this.#files,
      this.#path(ticket),
      JSON.stringify({ ...this.#claim, runId, name } satisfies Ticket),
    );
    this.#ticket = ticket;
    if (this.#ids().every((id) => id <= ticket)) return;
    this.leave();
    await this.#pause();
  }

  /** Tickets of living processes, lowest first; those of dead ones are removed. */
  async #living(): Promise<readonly Living[]> {
    const living: Living[] = [];
    for (const id of this.#ids()) {
      const ticket = await this.#look(id);
      if (ticket === 'dead') this.#discard(id);
      else if (ticket !== 'gone') living.push({ id, ...ticket });
    }
    return living;
  }

  async #look(id: string): Promise<Ticket | 'dead' | 'gone'> {
    const ticket = this.#read(id);
    if (typeof ticket === 'string') return ticket;
    if (ticket.pid === this.#claim.pid) return ticket.processStart === this.#claim.processStart ? ticket : 'dead';
    return (await processStateOf(ticket)) === 'gone' ? 'dead' : ticket;
  }

  /** Tickets appear whole; one that makes no sense was lost in a power cut, and with it its owner. */
  #read(id: string): Ticket | 'dead' | 'gone' {
    try {
      const value = parse(new TextDecoder().decode(readWhole(this.#files, this.#path(id), LONGEST_TICKET)));
      return isTicket(value) ? value : 'dead';
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return 'gone';
      if (error instanceof DataFailure && !(error instanceof FileFailure)) return 'dead';
      throw error;
    }
  }

  #ids(): string[] {
    return this.#files
      .list(this.#folder)
      .filter((name) => /^\d{15}-[0-9a-f]{12}\.json$/.test(name))
      .map((name) => name.slice(0, -5))
      .toSorted();
  }

  /** Says that we hold the device, for those that want to be refused only by a holder. */
  #hold(): void {
    if (this.#ticket !== null) replaceAtomically(this.#files, this.#heldPath(this.#ticket), '');
  }

  #isHeld(id: string): boolean {
    return this.#files.kind(this.#heldPath(id)) !== null;
  }

  #discard(id: string): void {
    removeIfThere(this.#files, this.#path(id));
    removeIfThere(this.#files, this.#heldPath(id));
  }

  #tell(ahead: readonly Living[]): void {
    const others = ahead.length - 1;
    const behind = `${ahead[0]?.name ?? ''}${others > 0 ? ` (+${others})` : ''}`;
    if (behind === this.#behind) return;
    this.#behind = behind;
    this.#request.onQueued(behind);
  }

  /** A little uneven, so that those who start together do not meet again and again. */
  async #pause(): Promise<void> {
    const { signal, pollMs = POLL_MS } = this.#request;
    await sleep(pollMs * (0.5 + Math.random()), undefined, signal ? { signal } : {});
  }

  readonly #path = (id: string): string => join(this.#folder, `${id}.json`);
  readonly #heldPath = (id: string): string => join(this.#folder, `${id}.held`);
}

interface Living extends Ticket {
  /** Number and random part: the ticket's file name without its ending. */
  readonly id: string;
}

const numberOf = (id: string): number => Number.parseInt(id, 10);

const isTicket = (value: unknown): value is Ticket =>
  isRecord(value) &&
  typeof value.pid === 'number' &&
  isTextOrNull(value.processStart) &&
  isTextOrNull(value.bootId) &&
  typeof value.host === 'string' &&
  typeof value.runId === 'string' &&
  typeof value.name === 'string';

const isTextOrNull = (value: unknown): boolean => value === null || typeof value === 'string';

function busy(device: string, { name, pid }: Living): DataFailure {
  return new DataFailure(
    'deviceBusy',
    said`The device "${device}" is in use by the run "${name}" (process ${pid}).`,
    'Stop that run, wait for it, or let this one wait in the queue.',
  );
}

function makeFolders(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === null) throw error;
    throw new DataFailure(
      'noDevice',
      said`The queue of devices cannot be kept in ${folder} (${errno}).`,
      'Set the environment variable VALLEY_STATE_DIR to a folder that can be written.',
      error,
    );
  }
}
