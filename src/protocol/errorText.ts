/** What each expected failure means and what to do about it: one place for the editor and the terminal. English sentences are keys of the translations. */
import type { RunErrorCode } from './events.ts';

export interface ErrorText {
  /** What happened, as a headline. */
  readonly title: string;
  /** What that means for the run. */
  readonly meaning: string;
  /** What to do. */
  readonly remedy: string;
}

/** The sentences for a code. `RunError.message` says which file, key or value it was. */
export const errorText = (code: RunErrorCode): ErrorText => TEXTS[code];

const TEXTS: Readonly<Record<RunErrorCode, ErrorText>> = {
  badConfig: {
    title: 'The config cannot be run',
    meaning: 'Nothing was started.',
    remedy: 'Correct the key that is named and start again.',
  },
  badDataset: {
    title: 'The data cannot be used',
    meaning: 'Nothing was learned from it.',
    remedy: 'Correct the file or the setting that is named and start again.',
  },
  badCheckpoint: {
    title: 'The checkpoint cannot be used',
    meaning: 'It is missing, damaged or was made for another model. No file was changed.',
    remedy: 'Choose another checkpoint of the run; older ones are kept beside it.',
  },
  deviceBusy: {
    title: 'The device is in use',
    meaning: 'Another run computes on it, and the run was asked not to wait.',
    remedy: 'Wait for the other run or stop it, or let the run queue.',
  },
  noDevice: {
    title: 'The device was not found',
    meaning: 'The run asks for a device or an executor that this machine does not offer.',
    remedy: 'Run the doctor to see what is missing, or set `device` and `executor` to "auto".',
  },
  deviceLost: {
    title: 'The device was lost',
    meaning: 'The driver took the device away during the run. Everything up to the last checkpoint is safe.',
    remedy: 'Continue the run; if it happens again, update the driver or set `device` to "cpu".',
  },
  outOfMemory: {
    title: 'Memory ran out',
    meaning: 'The model, its optimizer or the batch do not fit. Everything up to the last checkpoint is safe.',
    remedy: 'Halve `training.batchSize` and double `gradientAccumulationSteps`, or make the model smaller.',
  },
  diskFull: {
    title: 'The disk is full',
    meaning: 'The checkpoint could not be written whole. The last good one was kept.',
    remedy: 'Free space or lower `checkpoints.keepLast`, then continue the run.',
  },
  runFolderBusy: {
    title: 'The run folder is taken',
    meaning: 'Another trainer works there, or a run already lies there. Nothing was started.',
    remedy: 'Open the run that is there, or choose another folder.',
  },
  runFolderLost: {
    title: 'The run folder is gone or cannot be written',
    meaning: 'The run ended, because it can no longer save anything.',
    remedy: 'Bring the folder or the drive back and continue the run, or start a new one.',
  },
  diverged: {
    title: 'The training diverged',
    meaning: 'The loss or a gradient is not a finite number. The weights of the last checkpoint are not affected.',
    remedy: 'Lower `training.learningRate`, raise `warmupRatio`, then continue from the last checkpoint.',
  },
  internal: {
    title: 'The trainer failed unexpectedly',
    meaning: 'This is a mistake in the program. Everything up to the last checkpoint is safe.',
    remedy: 'Look into the log for the cause, and continue the run.',
  },
};
