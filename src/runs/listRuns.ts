/** The runs of a folder at a glance: their facts and the end of their event lists, never a whole list. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeEventLine } from '../protocol/eventLine.ts';
import type { Recipe, RunError, Score, StampedEvent } from '../protocol/events.ts';
import type { Health } from '../protocol/panel.ts';
import { RUN_FOLDER } from '../protocol/runFolder.ts';
import { apply, newRun, type RunStatus } from '../protocol/state.ts';
import { readBytes, readMarker } from './facts.ts';
import { observe, statusOf } from './health.ts';

export interface RunSummary {
  readonly folder: string;
  readonly runId: string;
  readonly name: string;
  readonly recipe: Recipe | null;
  /** The config file the run was started from; empty if unknown. */
  readonly configPath: string;
  readonly attempt: number;
  readonly startedAt: number;
  readonly step: number;
  /** 0 if unknown. */
  readonly totalSteps: number;
  readonly status: RunStatus;
  readonly health: Health;
  /** The newest benchmark score. */
  readonly headline: Score | null;
  readonly error: RunError | null;
}

const AT_ONCE = 16;
const START_BYTES = 8 << 10;
const END_BYTES = 32 << 10;

/** Newest first. Folders without our marker are passed over. */
export async function listRuns(runsFolder: string): Promise<RunSummary[]> {
  const entries = await readdir(runsFolder, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(runsFolder, name));
  const found: RunSummary[] = [];
  for (let start = 0; start < folders.length; start += AT_ONCE) {
    const batch = await Promise.all(folders.slice(start, start + AT_ONCE).map(summarize));
    found.push(...batch.filter((summary) => summary !== null));
  }
  return found.sort((a, b) => b.startedAt - a.startedAt || (a.folder < b.folder ? 1 : -1));
}

/** One run, or null for a folder that is none of ours. */
export async function summarize(folder: string): Promise<RunSummary | null> {
  const runId = await readMarker(folder);
  if (runId === null) return null;
  const [seen, events] = await Promise.all([observe(folder), edgeEvents(folder)]);
  const run = newRun(runId);
  for (const event of events) apply(run, event);
  const isCurrent = seen.heartbeat?.instanceId === seen.lease?.instanceId;
  if (run.status === 'starting' && events.length > 0) run.status = 'running';
  return {
    folder,
    runId,
    name: seen.lease?.name ?? run.name,
    recipe: seen.lease?.recipe ?? run.recipe,
    configPath: seen.lease?.configPath ?? '',
    attempt: Math.max(run.attempt, seen.lease?.attempt ?? 0),
    startedAt: run.startedAt || (seen.lease?.startedAt ?? 0),
    step: Math.max(run.step, isCurrent ? (seen.heartbeat?.step ?? 0) : 0),
    totalSteps: run.totalSteps,
    status: statusOf(run, seen),
    health: seen.health,
    headline: run.evaluations.at(-1)?.scores[0] ?? null,
    error: run.error ?? seen.exit?.error ?? null,
  };
}

/** The beginning of a list up to `run.started`, and its last events: enough for what it is, how far it came and how it stands. */
async function edgeEvents(folder: string): Promise<StampedEvent[]> {
  const file = join(folder, RUN_FOLDER.events);
  const [start, end] = await Promise.all([readBytes(file, START_BYTES, 'start'), readBytes(file, END_BYTES, 'end')]);
  const last = [...eventsIn(end)];
  const first: StampedEvent[] = [];
  for (const event of eventsIn(start)) {
    if (event.seq >= (last[0]?.seq ?? Infinity)) break;
    first.push(event);
    if (event.event.type === 'run.started') break;
  }
  return [...first, ...last];
}

function* eventsIn(bytes: Buffer | null): Generator<StampedEvent> {
  for (const line of bytes?.toString('utf8').split('\n') ?? []) {
    const event = decodeSafely(line);
    if (event !== null) yield event;
  }
}

function decodeSafely(line: string): StampedEvent | null {
  try {
    return decodeEventLine(line);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
