/** An expected end of a recipe: the trainer tells it as `run.failed`. */
import { SaidError } from '../../protocol/saidError.ts';
import type { RunErrorCode } from '../../protocol/events.ts';
import type { Told } from '../../protocol/sentence.ts';

export class RunFailure extends SaidError {
  override readonly name = 'RunFailure';
  readonly code: RunErrorCode;

  constructor(code: RunErrorCode, message: Told, remedy?: Told) {
    super(message, remedy);
    this.code = code;
  }
}
