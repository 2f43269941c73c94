/** What an observer may conclude about the process behind a run: from its identity, heartbeat and exit record, never from silence alone. */
import { stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Health } from '../protocol/panel.ts';
import { RUN_FOLDER, type ExitRecord, type Heartbeat, type Lease } from '../protocol/runFolder.ts';
import type { RunState, RunStatus } from '../protocol/state.ts';
import { lastWordsOf, readExit, readHeartbeat, readLease, readMarker, type Observation } from './facts.ts';
import { processStateOf } from './processIdentity.ts';

/** Three beats and a half: a longer silence of a living process is shown as "not responding". */
const SILENCE_MS = 7000;
/** A trainer that has taken its folder must have written its lease by then. */
const START_MS = 15_000;

/** A process on another machine cannot be looked at; after so much silence its run may be taken over. */
export const FAR_SILENCE_MS = 10 * 60_000;

export async function healthOf(runFolder: string, now = Date.now()): Promise<Health> {
  return (await observe(runFolder, now)).health;
}

/** Whether nobody can be expected to work on it any more, though nobody saw its end. */
export const isAbandoned = (health: Health): boolean =>
  health.kind === 'notResponding' && health.abandonedOn !== undefined;

/** Reads the folder's facts and judges them. `now` is wall-clock time, as in the heartbeat. */
export async function observe(runFolder: string, now = Date.now()): Promise<Observation> {
  const [lease, heartbeat, exit] = await readFacts(runFolder);
  const seen = { folder: runFolder, lease, heartbeat, exit };
  if (lease === null) return { ...seen, health: await healthWithoutLease(runFolder, exit, now) };
  if (isExitOf(exit, lease)) return { ...seen, health: { kind: 'ended' } };
  const heard = fromHeartbeat(lease, heartbeat, now);
  if ((await processStateOf(lease, heard.kind === 'alive')) !== 'gone') return { ...seen, health: heard };
  // It may have ended in order between the two reads.
  const late = await readExit(runFolder);
  if (isExitOf(late, lease)) return { ...seen, exit: late, health: { kind: 'ended' } };
  return { ...seen, health: { kind: 'lost', lastWords: await lastWordsOf(runFolder) } };
}

/** What to show for a run: its own words, joined with what was observed from outside. */
export function statusOf(run: Pick<RunState, 'status' | 'attempt'>, seen: Observation): RunStatus {
  const { lease, exit, health } = seen;
  const isBehind = lease !== null && lease.attempt > run.attempt;
  if (health.kind === 'ended' && exit !== null && (isBehind || !isFinal(run.status))) return exit.outcome;
  if (health.kind === 'lost') return isFinal(run.status) && !isBehind ? run.status : 'lost';
  return isBehind ? 'starting' : run.status;
}

const isFinal = (status: RunStatus): boolean =>
  status === 'finished' || status === 'stopped' || status === 'failed' || status === 'lost';

const readFacts = (folder: string): Promise<[Lease | null, Heartbeat | null, ExitRecord | null]> =>
  Promise.all([readLease(folder), readHeartbeat(folder), readExit(folder)]);

const isExitOf = (exit: ExitRecord | null, lease: Lease): boolean =>
  exit !== null && exit.instanceId === lease.instanceId;

function fromHeartbeat(lease: Lease, heartbeat: Heartbeat | null, now: number): Health {
  const since = heartbeat?.instanceId === lease.instanceId ? heartbeat.time : lease.startedAt;
  if (now - since <= SILENCE_MS) return { kind: 'alive' };
  const isAbandoned = lease.host !== hostname() && now - since > FAR_SILENCE_MS;
  return { kind: 'notResponding', since, ...(isAbandoned && { abandonedOn: lease.host }) };
}

/** run.json is missing, damaged or newer than we are: nobody can be asked, so only the exit record speaks. */
async function healthWithoutLease(folder: string, exit: ExitRecord | null, now: number): Promise<Health> {
  if (exit !== null) return { kind: 'ended' };
  const isOurs = (await readMarker(folder)) !== null;
  if (isOurs && (await isStarting(folder, now))) return { kind: 'alive' };
  const words = await lastWordsOf(folder);
  const reason = isOurs ? 'run.json is missing, damaged or newer than this program.' : 'This is not a run folder.';
  return { kind: 'lost', lastWords: words === '' ? reason : `${words}\n${reason}` };
}

/** Between the marker and the lease of a first attempt lies the start of a thread and a socket. */
async function isStarting(folder: string, now: number): Promise<boolean> {
  const [marker, lease] = await Promise.all(
    [RUN_FOLDER.marker, RUN_FOLDER.lease].map((name) => madeAt(join(folder, name))),
  );
  return marker != null && lease == null && Math.abs(now - marker) < START_MS;
}

const madeAt = (file: string): Promise<number | null> =>
  stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => null,
  );
