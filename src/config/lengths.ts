/** How long the written examples of a task are, in tokens: for pre-flight findings without the engine. A test compares it with the engine. */
import type { TaskConfig } from './schema.ts';

export interface ExampleLengths {
  /** Longest prompt. */
  readonly prompt: number;
  /** 99 % of the completions are at most this long, end token included. */
  readonly usual: number;
  /** Longest of 4,000 completions. */
  readonly longest: number;
}

type Row = readonly [usual: number, longest: number];

/** Measured; `often` is long traces in which every step slips. */
const MEASURED: Readonly<Record<TaskConfig['level'], { prompt: number; short: Row; long: Row; often: Row }>> = {
  'addition-2': { prompt: 6, short: [23, 23], long: [84, 109], often: [110, 111] },
  'addition-3': { prompt: 8, short: [33, 33], long: [128, 157], often: [160, 163] },
  'addition-4': { prompt: 10, short: [42, 43], long: [153, 183], often: [210, 215] },
  'chain-3': { prompt: 9, short: [28, 28], long: [122, 146], often: [149, 152] },
  'chain-5': { prompt: 13, short: [44, 44], long: [187, 214], often: [242, 248] },
  'mixed-3': { prompt: 16, short: [37, 42], long: [118, 159], often: [178, 197] },
  paper: { prompt: 55, short: [205, 232], long: [570, 675], often: [1003, 1107] },
};

export function exampleLengths({ level, trace, slipRate }: TaskConfig): ExampleLengths {
  const { prompt, ...rows } = MEASURED[level];
  const [usual, longest] = rows[trace === 'short' ? 'short' : slipRate > 0.1 ? 'often' : 'long'];
  return { prompt, usual, longest };
}
