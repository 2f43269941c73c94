/** Tells why nothing was started: on standard error, and for a program as a summary. */
import { displayText } from '../protocol/displayText.ts';
import type { RunError } from '../protocol/events.ts';
import { translated } from '../protocol/sentence.ts';
import { translate } from '../protocol/translate.ts';
import { LaunchError } from '../runs/launch.ts';
import { EXIT, type BadInput, type Console } from './console.ts';
import { describeError } from './errors.ts';
import { refusal } from './summary.ts';

/** Returns the exit code. */
export function tellRefusal(error: BadInput | LaunchError, isJson: boolean, console: Console): number {
  const told = error instanceof LaunchError ? tellLaunch(error, console) : tellBadInput(error, console);
  if (isJson) console.out(`${JSON.stringify(refusal(told))}\n`);
  return exitCodeOf(told);
}

function tellLaunch(error: LaunchError, { err, strings }: Console): RunError {
  const told = error.error ?? ({ code: 'internal', message: error.message } as const);
  err(`${describeError(told, null, strings)}\n`);
  if (error.error === null && error.lastWords !== '')
    err(`${translate(strings, 'Its last words:')}\n${displayText(error.lastWords)}\n`);
  return told;
}

function tellBadInput(error: BadInput, { err, strings }: Console): RunError {
  if (!error.isTold) err(`${translate(strings, 'valley: {0}', error.message)}\n`);
  return { code: 'badConfig', message: error.message };
}

/** What a tool of the trainer refused and what to do, without the words for runs that fail. Returns the exit code. */
export function toolRefusal(error: RunError, { err, strings }: Console): number {
  const { message, said, remedy, remedySaid } = error;
  err(`${translate(strings, 'valley: {0}', displayText(translated(strings, message, said)))}\n`);
  if (remedy !== undefined) err(`${displayText(translated(strings, remedy, remedySaid))}\n`);
  return exitCodeOf(error);
}

/** What the person wrote is at fault, or the run. */
export const exitCodeOf = ({ code }: RunError): number =>
  code === 'badConfig' || code === 'badDataset' || code === 'badCheckpoint' ? EXIT.badInput : EXIT.failed;
