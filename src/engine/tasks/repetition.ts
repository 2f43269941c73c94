/** The same operation several times, counting down: `5:63+7?` is 63 + 7 + 7 + 7 + 7 + 7. Each step follows from the one before it alone, so that a small model can write far longer traces than it has seen. */
import type { RepetitionConfig } from '../../config/taskSchema.ts';
import { gradeExactly, splitAnswer } from '../grading/exactAnswer.ts';
import { Draws } from '../random/draws.ts';
import { hashText, randomSource } from '../random/randomSource.ts';
import { checkSteps } from './arithmeticSteps.ts';
import { WORDS } from './arithmeticTraces.ts';
import { computationOf, NOTE_MARK, QUESTION_MARK, type Repetition, repetitionOf, write } from './repetitionText.ts';
import { writeNote, writeRepeatedly } from './repetitionTraces.ts';
import type { Problem, Split, Task } from './task.ts';

const TIMES = { '3-7': [3, 7] } as const;
const LARGEST_OPERAND = 9;
const LARGEST_VALUE = 99;

export function repetition(config: RepetitionConfig): Task {
  const { level, trace, notesRate } = config;
  return {
    name: `repetition/${level}`,
    vocabulary: {
      characters: `0123456789+-=:#${QUESTION_MARK}${NOTE_MARK}\n `,
      words: Object.values(WORDS),
    },
    problem: (split, seed, index) => {
      const draws = new Draws(randomSource(seed, `problems/repetition-${level}/${split}`, index));
      for (;;) {
        const drawn = draw(level, draws);
        if (splitOf(drawn) === split) return problemOf(drawn);
      }
    },
    completion: ({ prompt, gold }, seed, index) => {
      const draws = new Draws(randomSource(seed, 'traces', index));
      return writeRepeatedly(readProblem(prompt), gold, trace === 'short' ? null : { ...config, draws });
    },
    note: ({ prompt }, seed, index) => {
      const draws = new Draws(randomSource(seed, 'notes', index));
      return draws.chance(notesRate) ? writeNote(beginningOf(readProblem(prompt), draws), { ...config, draws }) : null;
    },
    parse: (prompt) => {
      const read = repetitionOf(prompt, QUESTION_MARK);
      return read && problemOf(read);
    },
    trace: (completion) => splitAnswer(completion).trace,
    grade: (problem, completion) => gradeExactly(completion, problem.gold),
    checkSteps: (problem, text) => checkSteps(problem ? computationOf(readProblem(problem.prompt)) : null, text),
  };
}

/** One problem in eight is held out, decided by the problem itself. */
const splitOf = (problem: Repetition): Split =>
  hashText(`split ${write(problem, QUESTION_MARK)}`) % 8 === 0 ? 'heldOut' : 'train';

/** Times, operand and direction are uniform, and so is the value that it starts from among those that stay within range. */
function draw(level: RepetitionConfig['level'], draws: Draws): Repetition {
  const times = draws.integer(...TIMES[level]);
  const operand = draws.integer(1, LARGEST_OPERAND);
  const operator = draws.pick(['+', '-'] as const);
  const room = draws.integer(0, LARGEST_VALUE - times * operand);
  return { times, value: BigInt(operator === '+' ? room : room + times * operand), operator, operand };
}

function problemOf(problem: Repetition): Problem {
  const { times, value, operator, operand } = problem;
  const change = BigInt(times * operand);
  return { prompt: write(problem, QUESTION_MARK), gold: `${operator === '+' ? value + change : value - change}` };
}

function readProblem(prompt: string): Repetition {
  const read = repetitionOf(prompt, QUESTION_MARK);
  if (!read) throw new Error(`The prompt ${JSON.stringify(prompt)} states no operation with a "?" behind it.`);
  return read;
}

/** The problem or less of it, but never one that is held out. */
function beginningOf(problem: Repetition, draws: Draws): Repetition {
  const fewer = { ...problem, times: draws.integer(1, problem.times) };
  return splitOf(fewer) === 'train' ? fewer : problem;
}
