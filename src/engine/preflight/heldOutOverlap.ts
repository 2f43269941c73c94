/** Training examples that ask what is held out to measure with, in other spelling: equal prompts are kept apart by themselves. */
import type { Affected } from '../../protocol/preflight.ts';
import type { Example } from '../formats/format.ts';
import { Decontaminator } from '../rows/decontaminator.ts';
import { promptText } from '../rows/exampleText.ts';
import { wordsOf } from '../rows/words.ts';

/** No run of words is looked for: instructions that all prompts share would make every row a copy. */
const NO_WORDS = new Uint32Array(0);
/** Prompts that are kept to be compared. */
const MOST_KEPT = 50_000;
const NGRAM = 8;

/** For the examples that are looked at: `add` them all, then ask for the `result`. */
export class HeldOutOverlap {
  readonly #prompts: { readonly prompt: string; readonly place: string }[] = [];

  add(example: Pick<Example, 'prompt'>, place: string): void {
    const prompt = promptText(example);
    if (prompt !== '' && this.#prompts.length < MOST_KEPT) this.#prompts.push({ prompt, place });
  }

  /** @param isHeldOut of a prompt */
  result(isHeldOut: (prompt: string) => boolean): Affected {
    const heldOut = this.#prompts.filter(({ prompt }) => isHeldOut(prompt));
    const finder = new Decontaminator([{ name: '', problems: heldOut.map(({ prompt }) => prompt) }], NGRAM);
    const found = this.#prompts.filter(
      ({ prompt }) => !isHeldOut(prompt) && finder.find(prompt, wordsOf(prompt).length, '', NO_WORDS, 0) !== null,
    );
    return { count: found.length, first: found[0]?.place ?? '' };
  }
}
