/** Counts what a training on rows learns when every row is known, as the run itself will. */
import { heldOutKeys } from '../recipes/rowSet.ts';
import type { Example } from '../formats/format.ts';
import { problemText } from '../rows/exampleText.ts';
import { problemKey } from '../rows/heldOutRows.ts';
import type { TallyOptions } from './exampleTally.ts';
import { learnedIn, type MaskedTokens } from './trainedPart.ts';

export interface LearnedCount {
  /** Examples that are learned, without those of held-out problems. */
  readonly examples: number;
  /** Different problems that can be used. */
  readonly problems: number;
}

/** `add` all examples, then ask for the `result`. */
export class LearnedProblems {
  readonly #limits: Pick<TallyOptions, 'mostTokens' | 'onLongExample'>;
  readonly #keys: number[] = [];

  constructor(limits: Pick<TallyOptions, 'mostTokens' | 'onLongExample'>) {
    this.#limits = limits;
  }

  /** Of a pair both sequences must be of use. */
  add(
    example: MaskedTokens & { readonly rejected?: MaskedTokens },
    text: Pick<Example, 'prompt' | 'completion'>,
  ): void {
    const sequences = example.rejected ? [example, example.rejected] : [example];
    if (sequences.every((one) => this.#isOfUse(one))) this.#keys.push(problemKey(problemText(text)));
  }

  #isOfUse(example: MaskedTokens): boolean {
    const { mostTokens, onLongExample } = this.#limits;
    const { length } = example.tokens;
    if (length > mostTokens && onLongExample !== 'truncate') return false;
    return learnedIn(example, 0, Math.min(length, mostTokens)) > 0;
  }

  /** @param evaluation how many problems are held out to measure with, and by which seed */
  result({ problems: heldOut, seed }: { readonly problems: number; readonly seed: number }): LearnedCount {
    const problems = new Set(this.#keys);
    const held = new Set(heldOutKeys([...problems], { heldOut, seed }));
    return { examples: this.#keys.filter((key) => !held.has(key)).length, problems: problems.size };
  }
}
