/** Texts of an example, to be compared and counted. */
import type { Example } from '../formats/format.ts';

/** All that stands before the completion. */
export const promptText = ({ prompt }: Pick<Example, 'prompt'>): string =>
  typeof prompt === 'string' ? prompt : prompt.map(({ content }) => content).join('\n');

/** Equal for examples of one problem: the prompt, or the text itself where there is none. */
export const problemText = (example: Pick<Example, 'prompt' | 'completion'>): string =>
  promptText(example) || example.completion;
