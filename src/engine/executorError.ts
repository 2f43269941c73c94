/** An expected failure of the engine: a code of the protocol, a sentence that names what is at fault, and what to do. */
import type { RunErrorCode } from '../protocol/events.ts';

export class ExecutorError extends Error {
  override readonly name = 'ExecutorError';
  readonly code: RunErrorCode;
  readonly remedy: string | undefined;

  constructor(code: RunErrorCode, message: string, remedy?: string) {
    super(message);
    this.code = code;
    this.remedy = remedy;
  }
}
