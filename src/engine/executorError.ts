/** An expected failure of the engine: a code of the protocol, a sentence that names what is at fault, and what to do. */
import type { RunErrorCode } from '../protocol/events.ts';
import { english, templateOf, type Sentence, type Told } from '../protocol/sentence.ts';

export class ExecutorError extends Error {
  override readonly name = 'ExecutorError';
  readonly code: RunErrorCode;
  /** The message to be translated, where it has values; the same for the remedy. */
  readonly said: Sentence | undefined;
  readonly remedy: string | undefined;
  readonly remedySaid: Sentence | undefined;

  constructor(code: RunErrorCode, message: Told, remedy?: Told) {
    super(english(message));
    this.code = code;
    this.said = templateOf(message);
    this.remedy = remedy && english(remedy);
    this.remedySaid = templateOf(remedy);
  }
}
