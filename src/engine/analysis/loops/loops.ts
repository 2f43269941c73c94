/** Whether a text goes round in circles: at its end letter by letter, in its runs of words, or by one passage that fills it. */
import type { LoopDetector } from '../../../protocol/analysis.ts';
import { isLooping } from '../../stats/looping.ts';
import { repeatsIn } from './suffixAutomaton.ts';
import { textWords } from './textWords.ts';

/** Of a longer text the end is looked at: that is where loops are. */
const MOST_WORDS = 20_000;
/** Shorter texts repeat themselves by chance. */
const LEAST_WORDS = 48;

/** All that see a loop; none for most texts. */
export function loopsIn(text: string): LoopDetector[] {
  const found: LoopDetector[] = isLooping(text) ? ['period'] : [];
  const words = textWords(text, MOST_WORDS);
  if (words.length < LEAST_WORDS) return found;
  if (isRunLooping(words)) found.push('ngrams');
  if (isPassageLooping(words)) found.push('passage');
  return found;
}

/** Words in a run, and how many of the runs of the second half stood there before. */
const RUN = 8;
const MOST_KNOWN_RUNS = 0.7;

function isRunLooping(words: readonly number[]): boolean {
  const seen = new Set<string>();
  const half = Math.floor(words.length / 2);
  let known = 0;
  for (let at = 0; at + RUN <= words.length; at++) {
    const run = words.slice(at, at + RUN).join(' ');
    if (at >= half && seen.has(run)) known++;
    seen.add(run);
  }
  return known > MOST_KNOWN_RUNS * (words.length - RUN + 1 - half);
}

/** A passage of so many words, so many times, that fills so much of the text, and of where it stands nearly all. */
const LEAST_PASSAGE = 8;
const LEAST_TIMES = 4;
const MOST_FILLED = 0.4;
/** Sentences of one form with other numbers in them get on: what comes between is more. */
const LEAST_DENSE = 0.97;

function isPassageLooping(words: readonly number[]): boolean {
  return repeatsIn(words).some(({ length, count, firstEnd, lastEnd }) => {
    const stretch = lastEnd - firstEnd + length;
    // Occurrences may overlap: no more fit between the first and the last.
    const filled = length * Math.min(count, Math.floor(stretch / length));
    const isLong = length >= LEAST_PASSAGE && filled >= LEAST_TIMES * length;
    return isLong && filled > MOST_FILLED * words.length && filled >= LEAST_DENSE * stretch;
  });
}
