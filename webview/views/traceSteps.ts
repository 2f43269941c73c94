/** A chain of thought cut into its lines, with the first wrong written step found again. */
import type { Completion } from '../../src/protocol/events.ts';

export interface TraceLine {
  readonly text: string;
  /** Numbers (from 1) of the equations written in this line; empty for words. */
  readonly steps: readonly number[];
  readonly isFirstError: boolean;
}

/** An equation as the checker of the task finds it: each is one written step. */
const EQUATION = /[\d+\-*/() ]*=[\d+\-*/() =]*/g;

/** The lines of the trace, or of the whole text where there is no trace. */
export function traceLines({ trace, text, steps }: Pick<Completion, 'trace' | 'text' | 'steps'>): TraceLine[] {
  const wrong = steps?.firstError ?? null;
  let counted = 0;
  return (trace || text).split('\n').map((line) => {
    const first = counted;
    counted += countEquations(line);
    const isFirstError = wrong !== null && wrong >= first && wrong < counted;
    return { text: line, steps: Array.from({ length: counted - first }, (_, at) => first + at + 1), isFirstError };
  });
}

const countEquations = (line: string): number => line.match(EQUATION)?.length ?? 0;
