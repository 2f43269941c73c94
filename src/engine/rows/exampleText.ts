/** The prompt of an example as one text, to be compared and counted. */
import type { Example } from '../formats/format.ts';

/** All that stands before the completion. */
export const promptText = ({ prompt }: Pick<Example, 'prompt'>): string =>
  typeof prompt === 'string' ? prompt : prompt.map(({ content }) => content).join('\n');
