/** Failures said to a person, each with the action that helps. */
import { commands, Uri, window } from 'vscode';
import { displayLine, displayText } from '../protocol/displayText.ts';
import type { RunError } from '../protocol/events.ts';
import { LaunchError } from '../runs/launch.ts';
import { RuntimeNotFound } from '../runs/runtime.ts';
import { actionTitle, errorActions, errorSentence, type ErrorAction } from './errorActions.ts';
import type { Parts } from './parts.ts';

/** What an action can be applied to; a run that never began has no id. */
export interface Subject {
  readonly runId?: string;
  readonly configPath?: string;
}

/** An expected failure: its sentence and the actions of its code that make sense here. */
export async function tellRunError(parts: Parts, error: RunError, subject: Subject, lead = ''): Promise<void> {
  const actions = errorActions(error.code).filter((action) => isPossible(action, subject));
  const titles = new Map(actions.map((action) => [actionTitle(action, parts.say), action]));
  parts.log.error(`${error.code}: ${displayText(error.message)}`);
  const sentence = [lead, errorSentence(error, parts.say)].filter((part) => part !== '').join(' ');
  const chosen = titles.get((await window.showErrorMessage(sentence, ...titles.keys())) ?? '');
  if (chosen !== undefined) await act(parts, chosen, subject);
}

/** Anything that went wrong in a command. What is not expected is logged whole. */
export async function tellFailure(parts: Parts, error: unknown, subject: Subject = {}): Promise<void> {
  if (error instanceof LaunchError && error.error !== null) return tellRunError(parts, error.error, subject);
  const message = error instanceof Error ? error.message : String(error);
  parts.log.error(displayText(error instanceof Error ? (error.stack ?? message) : message));
  if (error instanceof LaunchError && error.lastWords !== '') parts.log.error(displayText(error.lastWords));
  const action: ErrorAction = error instanceof RuntimeNotFound ? 'openSettings' : 'openLog';
  const title = actionTitle(action, parts.say);
  if ((await window.showErrorMessage(displayLine(message, 400), title)) === title) await act(parts, action, subject);
}

const isPossible = (action: ErrorAction, { runId, configPath }: Subject): boolean =>
  action === 'doctor' || action === 'openSettings' || action === 'openLog'
    ? true
    : action === 'openConfig'
      ? configPath !== undefined || runId !== undefined
      : runId !== undefined;

export async function act(parts: Parts, action: ErrorAction, { runId, configPath }: Subject): Promise<void> {
  switch (action) {
    case 'continue':
      return commands.executeCommand('valley.continueRun', runId);
    case 'openConfig':
      if (configPath === undefined) return commands.executeCommand('valley.openConfig', runId);
      await window.showTextDocument(Uri.file(configPath));
      return;
    case 'openLog':
      return runId === undefined ? parts.log.show(true) : commands.executeCommand('valley.openLog', runId);
    case 'doctor':
      return commands.executeCommand('valley.doctor');
    case 'openSettings':
      return commands.executeCommand('workbench.action.openSettings', 'valley.');
    case 'revealFolder':
      return commands.executeCommand('valley.revealRunFolder', runId);
    default:
      return action satisfies never;
  }
}
