/** Expressions to compute, from sums of two numbers to those of the paper (section 3.3: 5-15 operations, operands 1-100). */
import type { ArithmeticConfig } from '../../config/taskSchema.ts';
import { gradeExactly, splitAnswer } from '../grading/exactAnswer.ts';
import { Draws } from '../random/draws.ts';
import { randomSource } from '../random/randomSource.ts';
import { computationOf } from './arithmeticComputation.ts';
import { evaluate, parseExpression } from './arithmeticExpression.ts';
import { drawExpression, splitOf } from './arithmeticProblems.ts';
import { checkSteps } from './arithmeticSteps.ts';
import { VOCABULARY, writeLong, writeShort } from './arithmeticTraces.ts';
import type { Problem, Task } from './task.ts';

export function arithmetic(config: ArithmeticConfig): Task {
  const { level, trace, reflectionRate, slipRate } = config;
  return {
    name: `arithmetic/${level}`,
    vocabulary: VOCABULARY,
    problem: (split, seed, index) => {
      const draws = new Draws(randomSource(seed, `problems/${level}/${split}`, index));
      for (;;) {
        const text = drawExpression(level, draws);
        const problem = splitOf(text) === split ? problemOf(text) : null;
        if (problem) return problem;
      }
    },
    completion: ({ prompt, gold }, seed, index) => {
      const computation = computationOf(expressionOf(prompt));
      if (!computation) throw new Error(`The prompt ${JSON.stringify(prompt)} is no expression with a "=" behind it.`);
      if (trace === 'short') return writeShort(computation, gold);
      const draws = new Draws(randomSource(seed, 'traces', index));
      return writeLong(computation, gold, { draws, reflectionRate, slipRate });
    },
    parse: (prompt) =>
      computationOf(expressionOf(prompt)) && prompt.endsWith('=') ? problemOf(expressionOf(prompt)) : null,
    trace: (completion) => splitAnswer(completion).trace,
    grade: (problem, completion) => gradeExactly(completion, problem.gold),
    checkSteps: (problem, text) => checkSteps(problem ? computationOf(expressionOf(problem.prompt)) : null, text),
  };
}

const expressionOf = (prompt: string): string => prompt.replace(/=$/, '');

/** Null for an expression that has no value. */
function problemOf(text: string): Problem | null {
  const expression = parseExpression(text);
  const value = expression && evaluate(expression);
  if (!value) return null;
  const { numerator, denominator } = value;
  return { prompt: `${text}=`, gold: denominator === 1n ? `${numerator}` : `${numerator}/${denominator}` };
}
