/** The thread that no step blocks: it writes the heartbeat, guards the run folder and holds the control socket. */
import { readFileSync, renameSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';
import { RUN_FOLDER, type Heartbeat, type Lease } from '../protocol/runFolder.ts';
import { ControlServer } from './controlServer.ts';
import { PulseCounters, type FromPulse, type PulseData, type ToPulse } from './pulseMessages.ts';
import { said, type Sentence } from '../protocol/sentence.ts';

const BEAT_MS = 2000;
/** Wake-ups of listeners are joined over so long. */
const WAKE_MS = 30;
/** Commands that may wait for the step thread. */
const WAITING = 1000;
const LOG_LIMIT = 32 << 20;

const { runFolder, runId, instanceId, token, port, memory } = workerData as PulseData;
const counters = new PulseCounters(memory);
let identity = '';
let beat = 0;
let isLeased = false;
let posted = 0;
let wakeTimer: NodeJS.Timeout | null = null;

identity = identityOf(runFolder);
const server = new ControlServer({ runFolder, runId, instanceId, token, onCommand });
const timer = setInterval(tick, BEAT_MS);
port.on('message', obey);
writeHeartbeat();
server.listen().then(
  (socketPath) => say({ type: 'listening', socketPath, problem: '' }),
  (error: unknown) => say({ type: 'listening', socketPath: '', problem: String(error) }),
);

function obey(message: ToPulse): void {
  switch (message.type) {
    case 'woke':
      wakeTimer ??= setTimeout(wake, WAKE_MS);
      break;
    case 'sampled':
      server.sampled(message.text, message.done);
      break;
    case 'leased':
      isLeased = true;
      break;
    case 'close':
      close();
      break;
    default:
      message satisfies never;
  }
}

function wake(): void {
  wakeTimer = null;
  server.woke();
}

function onCommand(command: Extract<FromPulse, { type: 'command' }>['command']): boolean {
  if (posted - counters.taken >= WAITING) return false;
  posted++;
  say({ type: 'command', command });
  return true;
}

function tick(): void {
  const why = whyLost();
  if (why !== null) {
    clearInterval(timer);
    say({ type: 'lost', why });
    return;
  }
  writeHeartbeat();
  capLog();
}

/** Nothing is written where another folder, or nothing, lies at our path, or where another trainer has taken over. */
function whyLost(): Sentence | null {
  if (identityOf(runFolder) !== identity) return said`${runFolder} was moved or deleted.`;
  if (!isLeased) return null;
  const holder = leaseHolder();
  return holder === null || holder === instanceId ? null : said`Another trainer has taken over ${runFolder}.`;
}

/** Null where the lease cannot be read at the moment. */
function leaseHolder(): string | null {
  try {
    return (JSON.parse(readFileSync(join(runFolder, RUN_FOLDER.lease), 'utf8')) as Lease).instanceId;
  } catch (error) {
    return complain(error);
  }
}

/** Which folder lies at a path; empty for none. An error of the disk says nothing about that. */
function identityOf(folder: string): string {
  try {
    const stats = statSync(folder, { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? '' : `${stats.dev}:${stats.ino}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return '';
    complain(error);
    return identity;
  }
}

/** Replaced by a rename, so that a reader never sees half of it. A full disk only delays it. */
function writeHeartbeat(): void {
  const heartbeat: Heartbeat = {
    instanceId,
    beat: beat++,
    time: Date.now(),
    lastProgress: counters.lastProgress,
    step: counters.step,
  };
  const temporary = join(runFolder, `.${RUN_FOLDER.heartbeat}`);
  try {
    writeFileSync(temporary, JSON.stringify(heartbeat), { mode: 0o600 });
    renameSync(temporary, join(runFolder, RUN_FOLDER.heartbeat));
  } catch (error) {
    complain(error);
  }
}

/** Native libraries may write without end into the log, which is our standard error. */
function capLog(): void {
  try {
    const stats = statSync(join(runFolder, RUN_FOLDER.log), { throwIfNoEntry: false });
    if (stats !== undefined && stats.size > LOG_LIMIT) writeFileSync(join(runFolder, RUN_FOLDER.log), '');
  } catch (error) {
    complain(error);
  }
}

/** Says a passing problem once per minute at most, on standard error. */
function complain(error: unknown): null {
  if (beat % 30 === 1) writeSync(2, `pulse: ${error instanceof Error ? error.message : String(error)}\n`);
  return null;
}

function close(): void {
  clearInterval(timer);
  if (wakeTimer !== null) wake();
  if (whyLost() === null) writeHeartbeat();
  server.close();
  port.close();
}

function say(message: FromPulse): void {
  port.postMessage(message);
}
