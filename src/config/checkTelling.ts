/** How a check says what it found. */
import { translate, type Strings } from '../protocol/translate.ts';
import type { Finding } from './finding.ts';
import type { Path } from './source.ts';

export type Tell = (path: Path, message: string, remedy: string, args: readonly (string | number)[]) => Finding;

export interface Say {
  readonly error: Tell;
  readonly warning: Tell;
  readonly written: unknown;
}

/** `{0}`, `{1}` … of message and remedy are replaced by the same arguments. */
export const teller =
  (severity: Finding['severity'], strings: Strings): Tell =>
  (path, message, remedy, args) => ({
    path,
    at: 'value',
    severity,
    message: translate(strings, message, ...args),
    remedy: remedy === '' ? '' : translate(strings, remedy, ...args),
  });
