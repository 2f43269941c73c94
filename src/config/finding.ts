/** What is wrong with a config's values, before it is known where in the text they stand. */
import type { ConfigProblem } from './configProblem.ts';
import type { Path } from './source.ts';

export interface Finding extends Pick<ConfigProblem, 'message' | 'remedy' | 'severity' | 'replacement'> {
  readonly path: Path;
  /** Whether the key or the value is at fault. A value that is not written counts for the object it is missing from. */
  readonly at: 'key' | 'value';
}
