/** All that a command may use of the world it runs in: tests give their own. */
import type { Strings } from '../protocol/translate.ts';

export interface Console {
  /** Standard output and standard error, as they are: no line break is added. */
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** A person watches standard output: lines may be redrawn. */
  readonly isTerminal: boolean;
  readonly hasColor: boolean;
  /** Width of the terminal in cells. */
  readonly width: () => number;
  readonly strings: Strings;
  /** Of those sentences, as in BCP 47. */
  readonly language: string;
  readonly cwd: string;
  /** Folder of the built programs: trainer.mjs lies there. */
  readonly programs: string;
  /** Calls back at each Ctrl+C (and SIGTERM); returns what ends that. */
  readonly onInterrupt: (callback: () => void) => () => void;
}

/** What the process ends with. */
export const EXIT = { finished: 0, failed: 1, badInput: 2, stopped: 130 } as const;

/** The person asked for something that cannot be: the message is a sentence with its remedy. Ends with exit code 2. */
export class BadInput extends Error {
  /** Whether it has been told already, in more detail than the message. */
  readonly isTold: boolean;

  constructor(message: string, isTold = false) {
    super(message);
    this.isTold = isTold;
  }
}
