/** An expected end of a recipe: the trainer tells it as `run.failed`. */
import type { RunErrorCode } from '../../protocol/events.ts';
import { english, templateOf, type Sentence, type Told } from '../../protocol/sentence.ts';

export class RunFailure extends Error {
  readonly code: RunErrorCode;
  /** The message to be translated, where it has values; the same for the remedy. */
  readonly said: Sentence | undefined;
  readonly remedy: string | undefined;
  readonly remedySaid: Sentence | undefined;

  constructor(code: RunErrorCode, message: Told, remedy?: Told) {
    super(english(message));
    this.name = 'RunFailure';
    this.code = code;
    this.said = templateOf(message);
    this.remedy = remedy && english(remedy);
    this.remedySaid = templateOf(remedy);
  }
}
