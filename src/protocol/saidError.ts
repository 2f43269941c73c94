/** An expected failure, told to each reader in their language with what to do about it. */
import { english, templateOf, type Sentence, type Told } from './sentence.ts';

export class SaidError extends Error {
  /** The message to be translated, where it has values; the same for the remedy. */
  readonly said: Sentence | undefined;
  readonly remedy: string | undefined;
  readonly remedySaid: Sentence | undefined;

  constructor(message: Told, remedy?: Told, cause?: unknown) {
    super(english(message), cause === undefined ? {} : { cause });
    this.said = templateOf(message);
    this.remedy = remedy && english(remedy);
    this.remedySaid = templateOf(remedy);
  }
}
