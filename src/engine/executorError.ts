/** An expected failure of the engine: a code of the protocol, a sentence that names what is at fault, and what to do. */
import { SaidError } from '../protocol/saidError.ts';
import type { RunErrorCode } from '../protocol/events.ts';
import type { Told } from '../protocol/sentence.ts';

export class ExecutorError extends SaidError {
  override readonly name = 'ExecutorError';
  readonly code: RunErrorCode;

  constructor(code: RunErrorCode, message: Told, remedy?: Told) {
    super(message, remedy);
    this.code = code;
  }
}
