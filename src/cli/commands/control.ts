/** `valley stop|pause|resume RUN`: asks a running trainer, and waits until its events show that it did. */
import { setTimeout as delay } from 'node:timers/promises';
import type { RunCommand } from '../../protocol/events.ts';
import type { RunStatus } from '../../protocol/state.ts';
import { translate } from '../../protocol/translate.ts';
import { ControlError, sendCommand } from '../../runs/controlClient.ts';
import { summarize, type RunSummary } from '../../runs/listRuns.ts';
import type { Arguments } from '../arguments.ts';
import { BadInput, EXIT, type Console } from '../console.ts';
import { locateRun } from '../locate.ts';

/** Long enough for the step under way and the checkpoint of a large model. */
const PATIENCE_MS = 120_000;
const LOOK_MS = 200;

export async function control(
  type: 'stop' | 'pause' | 'resume',
  { words: [word = ''] }: Arguments,
  console: Console,
): Promise<number> {
  const { out, err, strings } = console;
  const runFolder = await locateRun(word, console, { meant: (run) => !isOver(run) });
  const before = await summarize(runFolder);
  if (!before || isOver(before)) return alreadyOver(type, before, runFolder, console);
  await ask(runFolder, { type });
  const after = await waitFor(runFolder, type);
  if (after === null) {
    err(`${translate(strings, 'The run was asked, but has not answered yet: {0}', runFolder)}\n`);
    return EXIT.failed;
  }
  out(`${translate(strings, 'The run is now: {0}', statusText(after, console))} (${runFolder})\n`);
  return EXIT.finished;
}

const isOver = ({ health }: RunSummary): boolean => health.kind === 'ended' || health.kind === 'lost';

/** Stopping what has ended is no mistake; pausing it is. */
function alreadyOver(
  type: RunCommand['type'],
  run: RunSummary | null,
  runFolder: string,
  { out, strings }: Console,
): number {
  const sentence = translate(strings, 'The run {0} is not going on.', runFolder);
  if (type !== 'stop' || run === null) throw new BadInput(sentence);
  out(`${sentence}\n`);
  return EXIT.finished;
}

async function ask(runFolder: string, command: RunCommand): Promise<void> {
  try {
    await sendCommand(runFolder, command);
  } catch (error) {
    if (error instanceof ControlError) throw new BadInput(error.message);
    throw error;
  }
}

/** The status once the command has taken effect, or null after two minutes. */
async function waitFor(runFolder: string, type: 'stop' | 'pause' | 'resume'): Promise<RunStatus | null> {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await delay(LOOK_MS)) {
    const run = await summarize(runFolder);
    if (run && (isOver(run) || (type !== 'stop' && (run.status === 'paused') === (type === 'pause'))))
      return run.status;
  }
  return null;
}

function statusText(status: RunStatus, { strings }: Console): string {
  switch (status) {
    case 'starting':
      return translate(strings, 'starting');
    case 'queued':
      return translate(strings, 'waiting');
    case 'running':
      return translate(strings, 'running');
    case 'paused':
      return translate(strings, 'paused');
    case 'finished':
      return translate(strings, 'finished');
    case 'stopped':
      return translate(strings, 'stopped');
    case 'failed':
      return translate(strings, 'failed');
    case 'lost':
      return translate(strings, 'lost');
    default:
      status satisfies never;
      return status;
  }
}
