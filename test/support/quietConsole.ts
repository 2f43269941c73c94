/** A terminal of the command line that nobody looks at. */
import type { Console } from '../../src/cli/console.ts';

/** `folder` is where it stands and where its programs lie; `more` is what a test wants otherwise. */
export const quietConsole = (folder: string, more: Partial<Console> = {}): Console => ({
  out: () => undefined,
  err: () => undefined,
  isTerminal: false,
  hasColor: false,
  width: () => 80,
  strings: {},
  cwd: folder,
  programs: folder,
  language: 'en',
  onInterrupt: () => () => undefined,
  ...more,
});
