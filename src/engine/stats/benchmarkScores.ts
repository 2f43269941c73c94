/** All scores of a benchmark from its completions, each with n, k and a 95 % interval clustered by problem. */
import type { Completion, Score } from '../../protocol/events.ts';
import { averageAtK, meanWithInterval, ratioWithInterval } from './intervals.ts';
import { isLooping } from './looping.ts';
import { majorityAtK } from './majorityAtK.ts';
import { passAtK } from './passAtK.ts';

type Answers = readonly (readonly Completion[])[];

const isCorrect = ({ verdict }: Completion): boolean => verdict === 'correct';
const isGivenUp = ({ isGivenUp: told }: Completion): boolean => told === true;
const isFinished = ({ finishReason }: Completion): boolean => finishReason === 'stop';

/**
 * `answers[problem]` are its k completions. Headline first: `accuracy` is pass@1 as avg@k. Completions that were cut or
 * have no answer count as wrong there, and are told apart. `token_efficiency` is right completions per 1,000 tokens;
 * `accuracy_finished` looks at completions that the model ended itself; `unterminated` are those whose chain of thought never
 * ended, `given_up` those that could not be graded, told where there are some.
 */
export function benchmarkScores(answers: Answers, k: number): Score[] {
  const n = answers.length;
  const share = (name: string, holds: (completion: Completion) => boolean): Score => {
    const { mean, interval } = averageAtK(
      perProblem(answers, (completion) => (holds(completion) ? 1 : 0)),
      k,
    );
    return { name, value: mean, n, k, interval, unit: 'share' };
  };
  return [
    share('accuracy', isCorrect),
    ...(k > 1 ? bestOfMany(answers, k) : []),
    meanLength(answers, k),
    ...ratio(answers, k, {
      name: 'token_efficiency',
      part: (completion) => (isCorrect(completion) ? 1000 : 0),
      whole: ({ tokens }) => tokens,
      unit: 'count',
    }),
    share('completions/clipped_ratio', (completion) => !isFinished(completion)),
    share('unterminated', ({ isTraceOpen }) => isTraceOpen === true),
    share('looping', (completion) => !isFinished(completion) && isLooping(completion.text)),
    share('unparsed', ({ verdict }) => verdict === 'unparsed'),
    ...(answers.flat().some(isGivenUp) ? [share('given_up', isGivenUp)] : []),
    ...ratio(answers, k, {
      name: 'accuracy_finished',
      part: (completion) => (isFinished(completion) && isCorrect(completion) ? 1 : 0),
      whole: (completion) => (isFinished(completion) ? 1 : 0),
      unit: 'share',
    }),
    ...ratio(answers, k, {
      name: 'wrong_steps',
      part: ({ steps }) => steps?.wrong ?? 0,
      whole: ({ steps }) => steps?.count ?? 0,
      unit: 'share',
    }),
  ];
}

const perProblem = (answers: Answers, value: (completion: Completion) => number): number[] =>
  answers.map((ofProblem) => sumOf(ofProblem, value) / ofProblem.length);

const sumOf = (completions: readonly Completion[], value: (completion: Completion) => number): number =>
  completions.reduce((sum, completion) => sum + value(completion), 0);

/** pass@k and maj@k: one value per problem, so the interval is that of one answer each. */
function bestOfMany(answers: Answers, k: number): Score[] {
  const of = (name: string, values: readonly number[]): Score => {
    const { mean, interval } = averageAtK(values, 1);
    return { name, value: mean, n: answers.length, k, interval, unit: 'share' };
  };
  const passed = answers.map((ofProblem) => passAtK(ofProblem.length, ofProblem.filter(isCorrect).length, k));
  const voted = answers.map((ofProblem) =>
    majorityAtK(ofProblem.map((completion) => ({ answer: completion.answer, isCorrect: isCorrect(completion) }))),
  );
  return [of(`pass@${k}`, passed), of(`maj@${k}`, voted)];
}

function meanLength(answers: Answers, k: number): Score {
  const { mean, interval } = meanWithInterval(perProblem(answers, ({ tokens }) => tokens));
  return { name: 'completions/mean_length', value: mean, n: answers.length, k, interval, unit: 'tokens' };
}

interface Ratio {
  readonly name: string;
  readonly part: (completion: Completion) => number;
  readonly whole: (completion: Completion) => number;
  readonly unit: Score['unit'];
}

/** None where the whole is nothing. */
function ratio(answers: Answers, k: number, { name, part, whole, unit }: Ratio): Score[] {
  const clusters = answers.map((ofProblem) => ({ part: sumOf(ofProblem, part), whole: sumOf(ofProblem, whole) }));
  const found = ratioWithInterval(clusters, unit === 'share' ? 1 : Infinity);
  if (found === null) return [];
  return [{ name, value: found.ratio, n: answers.length, k, interval: found.interval, unit }];
}
