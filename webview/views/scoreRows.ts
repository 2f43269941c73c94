/** Every evaluation and score as rows of text. Plain data: no document. */
import { displayLine } from '../../src/protocol/displayText.ts';
import type { RunState } from '../../src/protocol/state.ts';
import { metricName, scoreValue, type Words } from '../text.ts';
import { intervalText } from './figures.ts';

/** One row per evaluation and score, newest first. */
export function scoreRows(run: RunState, words: Words): Record<string, string>[] {
  return run.evaluations.toReversed().flatMap(({ step, benchmark, scores }) =>
    scores.map(({ name, value, interval, n, k, unit }) => ({
      step: words.count(step),
      benchmark: displayLine(benchmark, 80),
      score: metricName(words.t, name),
      value: scoreValue(words, value, unit),
      interval: interval ? intervalText(words, interval, unit) : '–',
      n: words.count(n),
      k: words.count(k),
    })),
  );
}
