/** How completions end: by themselves, in circles, after an answer they did not stop at, or in the middle of their work. */
import type { EndingAnalysis, LoopDetector } from '../../protocol/analysis.ts';
import { type Answer, type Answers, isCorrect, shareAmong, shareOf } from './answers.ts';

type Ending = 'finished' | 'looping' | 'unterminated' | 'truncated';

/** An answer with what sees it go round in circles. */
export type Watched = Answer & { readonly loops: readonly LoopDetector[] };

export function endingOf({ finishReason, loops, answer }: Watched): Ending {
  if (finishReason === 'stop') return 'finished';
  if (loops.length > 0) return 'looping';
  return answer === null ? 'truncated' : 'unterminated';
}

export function endingsOf(answers: Answers<Watched>): EndingAnalysis {
  const share = (ending: Ending) => shareOf(answers, (answer) => endingOf(answer) === ending);
  const loops = (detector: LoopDetector): number =>
    answers.flat().filter((answer) => answer.loops.includes(detector)).length;
  return {
    finished: share('finished'),
    looping: share('looping'),
    unterminated: share('unterminated'),
    truncated: share('truncated'),
    noAnswer: shareOf(answers, ({ answer }) => answer === null),
    accuracyFinished: shareAmong(answers, ({ finishReason }) => finishReason === 'stop', isCorrect),
    loops: { period: loops('period'), ngrams: loops('ngrams'), passage: loops('passage') },
  };
}
