/** A config decides what is computed here, so only a trusted folder may start anything. Checked in code: hiding a command is no wall. */
import { commands, window, workspace } from 'vscode';
import type { Say } from './say.ts';

/** Whether the workspace is trusted; if not, says so and offers to change that. */
export async function isTrusted(say: Say): Promise<boolean> {
  if (workspace.isTrusted) return true;
  const manage = say('Manage Workspace Trust');
  const sentence = say('This folder is not trusted, so no run can be started in it. Existing runs can be watched.');
  if ((await window.showWarningMessage(sentence, manage)) === manage)
    await commands.executeCommand('workbench.trust.manage');
  return false;
}
