/** How long the written examples of a task are, in tokens: for pre-flight findings without the engine. A test compares it with the engine. */
import type { TaskConfig } from './schema.ts';

export interface ExampleLengths {
  /** Longest prompt. */
  readonly prompt: number;
  /** 99 % of the completions are at most this long, end token included. */
  readonly usual: number;
  /** Longest of 4,000 completions. */
  readonly longest: number;
  /** Prompt and completion together: one eighth of the examples, and half of them, are at most so long. */
  readonly eighth: number;
  readonly middle: number;
}

type Row = readonly [usual: number, longest: number, eighth: number, middle: number];

/** Measured; `often` is long traces in which every step slips. */
const MEASURED: Readonly<Record<TaskConfig['level'], { prompt: number; short: Row; long: Row; often: Row }>> = {
  'addition-2': { prompt: 6, short: [23, 23, 14, 24], long: [84, 109, 32, 56], often: [110, 111, 59, 107] },
  'addition-3': { prompt: 8, short: [33, 33, 16, 34], long: [128, 157, 35, 80], often: [160, 163, 62, 152] },
  'addition-4': { prompt: 10, short: [42, 43, 24, 37], long: [153, 183, 56, 87], often: [210, 215, 107, 161] },
  'chain-3': { prompt: 9, short: [28, 28, 34, 36], long: [122, 146, 82, 82], often: [149, 152, 147, 154] },
  'chain-5': { prompt: 13, short: [44, 44, 52, 56], long: [187, 214, 130, 130], often: [242, 248, 238, 250] },
  'mixed-3': { prompt: 16, short: [37, 42, 16, 26], long: [118, 159, 34, 62], often: [178, 197, 58, 108] },
  '3-7': { prompt: 7, short: [74, 74, 40, 60], long: [210, 258, 80, 126], often: [331, 336, 152, 244] },
  paper: { prompt: 55, short: [205, 232, 84, 144], long: [570, 675, 197, 342], often: [1003, 1107, 351, 607] },
};

export function exampleLengths({ level, trace, slipRate }: TaskConfig): ExampleLengths {
  const { prompt, ...rows } = MEASURED[level];
  const [usual, longest, eighth, middle] = rows[trace === 'short' ? 'short' : slipRate > 0.1 ? 'often' : 'long'];
  return { prompt, usual, longest, eighth, middle };
}
