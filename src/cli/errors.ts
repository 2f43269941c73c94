/** Says an expected failure in the terminal: what happened, what it means, what to do, and the command that does it. */
import { displayText } from '../protocol/displayText.ts';
import { errorText } from '../protocol/errorText.ts';
import type { RunError, RunErrorCode } from '../protocol/events.ts';
import { translated } from '../protocol/sentence.ts';
import { translate, type Strings } from '../protocol/translate.ts';

type Helper = (runFolder: string | null) => string | null;

const continuing: Helper = (runFolder) => (runFolder === null ? null : `valley continue ${quoted(runFolder)}`);
const nothing: Helper = () => null;
const doctor: Helper = () => 'valley doctor';

/** The command that helps with each failure. */
const HELP: Readonly<Record<RunErrorCode, Helper>> = {
  badConfig: nothing,
  badDataset: nothing,
  badCheckpoint: nothing,
  deviceBusy: nothing,
  noDevice: doctor,
  deviceLost: continuing,
  outOfMemory: continuing,
  diskFull: continuing,
  runFolderBusy: nothing,
  runFolderLost: nothing,
  diverged: continuing,
  internal: continuing,
};

/** Lines for standard error, without a line break at the end. */
export function describeError(error: RunError, runFolder: string | null, strings: Strings): string {
  const { title, meaning, remedy } = errorText(error.code);
  const command = HELP[error.code](runFolder);
  const lines = [
    `${translate(strings, title)}: ${displayText(translated(strings, error.message, error.said))}`,
    translate(strings, meaning),
    error.remedy === undefined
      ? translate(strings, remedy)
      : displayText(translated(strings, error.remedy, error.remedySaid)),
    ...(command === null ? [] : [`  ${command}`]),
  ];
  return lines.join('\n');
}

/** For a run whose process is gone without an exit record. */
export function describeLoss(lastWords: string, runFolder: string, strings: Strings): string {
  const words = displayText(lastWords).trim();
  return [
    translate(strings, 'The trainer is gone without a word of farewell: it was killed, or the machine went down.'),
    translate(strings, 'Everything up to the last checkpoint is safe. Continue the run from there:'),
    `  valley continue ${quoted(runFolder)}`,
    ...(words === '' ? [] : [translate(strings, 'Its last words:'), words.replaceAll(/^/gm, '  ')]),
  ].join('\n');
}

/** A path as a shell takes it. */
export const quoted = (path: string): string => (/^[\w@%+=:,./\\-]+$/.test(path) ? path : `"${path}"`);
