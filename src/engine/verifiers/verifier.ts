/** The contract of a verifier: whether the completion of an example is right. */
import type { Example } from '../formats/format.ts';

export interface Verifier {
  readonly name: string;
  /** Null where it cannot tell. Must end soon, whatever the text. */
  verify(example: Example): boolean | null;
}
