/** An expected end of a recipe: the trainer tells it as `run.failed`. */
import type { RunErrorCode } from '../../protocol/events.ts';

export class RunFailure extends Error {
  readonly code: RunErrorCode;
  readonly remedy: string | undefined;

  constructor(code: RunErrorCode, message: string, remedy?: string) {
    super(message);
    this.name = 'RunFailure';
    this.code = code;
    this.remedy = remedy;
  }
}
