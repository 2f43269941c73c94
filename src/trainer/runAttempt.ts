/** From a command line to a working session, and from a failure before there is one to words and an exit code. */
import { randomBytes } from 'node:crypto';
import { constants, setPriority } from 'node:os';
import { basename, resolve } from 'node:path';
import type { Crash } from './crash.ts';
import { runErrorOf } from './failure.ts';
import { readInput } from './inputs.ts';
import { UsageError, type RunInvocation } from './invocation.ts';
import { Session, type SessionParts } from './session.ts';
import { adoptLog, makeWorkplace, reopenWorkplace, type Workplace } from './workplace.ts';

const BAD_INPUT = 2;
const FAILED = 1;

/** Works on one attempt until its end and gives the exit code. Rejects where nothing could be started. */
export async function runAttempt(invocation: RunInvocation, parts: SessionParts, crash: Crash): Promise<number> {
  const interrupts = heedSignals();
  const input = await readInput(invocation);
  const workplace = await findWorkplace(invocation);
  adoptLog(workplace, process.env['VALLEY_LOG']);
  const { onBusy, foundBy } = invocation;
  if (foundBy !== 'cli') leaveRoomForTheEditor();
  const session = await Session.open({ workplace, input, onBusy, foundBy, parts });
  crash.onCrash = (error) => session.dieOf(error);
  interrupts.heardBy(() => session.interrupt());
  return session.work();
}

/** Whoever types must not wait for a step: what an editor started trains below it. Threads that are made later inherit this. */
function leaveRoomForTheEditor(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch (error) {
    console.error(`The trainer keeps its priority, so the editor may be slow: ${String(error)}`);
  }
}

/** Says why nothing was started: in words, and as JSON on the last line for the program that started us. */
export function refuse(error: unknown): number {
  const known = error instanceof UsageError ? { code: 'badConfig', message: error.message } : runErrorOf(error);
  console.error(known.code === 'internal' ? error : known.message);
  console.error(JSON.stringify(known));
  return known.code === 'badConfig' ? BAD_INPUT : FAILED;
}

function findWorkplace({ runFolder, runId, instanceId, isContinuation }: RunInvocation): Promise<Workplace> {
  const instance = instanceId ?? randomBytes(16).toString('hex');
  if (isContinuation) return reopenWorkplace(runFolder, instance);
  return makeWorkplace(runFolder, runId ?? newRunId(runFolder), instance);
}

/** Unique wherever run folders of the same name meet. */
function newRunId(runFolder: string): string {
  const name = basename(resolve(runFolder))
    .replace(/[^\w-]+/g, '-')
    .slice(0, 80);
  return `${name}-${randomBytes(4).toString('hex')}`;
}

/** Signals that come before there is a session wait for it. A closing terminal ends nothing. */
function heedSignals(): { heardBy(listener: () => void): void } {
  let early = 0;
  let listener = (): void => void early++;
  process.on('SIGTERM', () => listener());
  process.on('SIGINT', () => listener());
  process.on('SIGHUP', () => undefined);
  return {
    heardBy: (heard) => {
      listener = heard;
      for (; early > 0; early--) heard();
    },
  };
}
