/** What the suites share: our extension as others see it, and a patient look at what it knows. */
import { strict as assert } from 'node:assert';
import { extensions, workspace } from 'vscode';

/** The part of a run in the extension's API that the tests look at. */
interface KnownRun {
  readonly runId: string;
  readonly folder: string;
  readonly status: string;
  readonly name: string;
  readonly recipe: string;
  readonly step: number;
  readonly completions: number;
  readonly evaluations: number;
  readonly checkpoints: number;
  readonly dropped: number;
}

interface ValleyApi {
  readonly version: number;
  readonly activationMs: number;
  whenScanned(): Promise<void>;
  runs(): readonly KnownRun[];
  panels(): readonly { readonly runId: string; readonly visible: boolean; readonly ready: boolean }[];
  droppedMessages(): number;
}

export const EXTENSION = 'through-the-valley.through-the-valley';

export async function valley(): Promise<ValleyApi> {
  const extension = extensions.getExtension<ValleyApi>(EXTENSION);
  assert.ok(extension, `${EXTENSION} is not installed`);
  const api = await extension.activate();
  await api.whenScanned();
  return api;
}

export function workspaceFolder(): string {
  const folder = workspace.workspaceFolders?.[0]?.uri.fsPath;
  assert.ok(folder, 'the suite wants a folder');
  return folder;
}

/** The first answer that is neither undefined nor false; fails with `what` after 45 s. */
export async function until<T>(what: string, look: () => T | undefined | false): Promise<T> {
  for (const end = Date.now() + 45_000; Date.now() < end; await pause(50)) {
    const seen = look();
    if (seen !== undefined && seen !== false) return seen;
  }
  throw new Error(`Waited 45 s in vain: ${what}.`);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
