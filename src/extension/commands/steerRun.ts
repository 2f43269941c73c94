/** Stop, pause, resume, save: what may be asked of a run at work. Its events tell what came of it. */
import { window } from 'vscode';
import type { RunCommand } from '../../protocol/events.ts';
import { ControlError, sendCommand } from '../../runs/controlClient.ts';
import { signalTrainer } from '../../runs/signalTrainer.ts';
import type { Parts } from '../parts.ts';
import type { RunWatcher } from '../runWatcher.ts';
import { runLabel } from '../runWords.ts';
import { askForRun } from './ask.ts';

export async function stopRun(parts: Parts, argument?: unknown): Promise<void> {
  const { say } = parts;
  const none = say('Only a run at work can be stopped.');
  const run = await askForRun(parts, argument, { title: say('Stop Run'), fits: ({ isLive }) => isLive, none });
  if (run === null) return;
  try {
    await sendCommand(run.folder, { type: 'stop' });
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    await offerKill(parts, run, error);
  }
}

export async function pauseRun(parts: Parts, argument?: unknown): Promise<void> {
  const { say } = parts;
  const none = say('Only a running run can be paused.');
  const fits = ({ status }: RunWatcher): boolean => status === 'running';
  await steer(parts, argument, { type: 'pause' }, { title: say('Pause Run'), fits, none });
}

export async function resumeRun(parts: Parts, argument?: unknown): Promise<void> {
  const { say } = parts;
  const none = say('Only a paused run can be resumed.');
  const fits = ({ status }: RunWatcher): boolean => status === 'paused';
  await steer(parts, argument, { type: 'resume' }, { title: say('Resume Run'), fits, none });
}

export async function saveCheckpoint(parts: Parts, argument?: unknown): Promise<void> {
  const { say } = parts;
  const none = say('Only a run at work can save a checkpoint.');
  const fits = ({ status }: RunWatcher): boolean => status === 'running' || status === 'paused';
  await steer(parts, argument, { type: 'saveCheckpoint' }, { title: say('Save Checkpoint'), fits, none });
}

async function steer(
  parts: Parts,
  argument: unknown,
  command: RunCommand,
  question: Parameters<typeof askForRun>[2],
): Promise<void> {
  const run = await askForRun(parts, argument, question);
  if (run !== null) await sendCommand(run.folder, command);
}

/** The last resort for a trainer that does not answer; its identity is verified before anything is signalled. */
async function offerKill(parts: Parts, run: RunWatcher, error: ControlError): Promise<void> {
  const { say } = parts;
  parts.log.warn(error.message);
  const end = say('End Process');
  const sentence = say('{0} does not answer.', runLabel(run));
  const detail = say(
    'Ending its process loses the work since the last checkpoint. The run can be continued from there.',
  );
  if ((await window.showWarningMessage(sentence, { modal: true, detail }, end)) !== end) return;
  if (!(await signalTrainer(run.folder, 'SIGKILL')))
    void window.showInformationMessage(say('The process of {0} is gone already.', runLabel(run)));
  await run.look();
}
