/** How `prepare` writes an example: as a row whose format and columns are guessed when it is read again. */
import type { Example } from '../formats/format.ts';

/** The beginning of an example without a prompt: plain text. */
const PLAIN = '{"prompt":"",';

/** From the line of JSON that holds an example to the line of a subset: TRL's `prompt` and `completion` as they are, `text` where all of it is learned. */
export function writtenLine(line: string): string {
  if (!line.startsWith(PLAIN)) return line;
  const { completion } = JSON.parse(line) as Example;
  return `${JSON.stringify({ text: completion })}\n`;
}
