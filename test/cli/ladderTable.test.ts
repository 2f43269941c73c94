import { expect, test } from 'vitest';
import { cellLine, ladderTable } from '../../src/cli/ladderTable.ts';
import type { CellKey, CellResult, Ladder, LadderCell } from '../../src/protocol/ladder.ts';

const result = (changes: Partial<CellKey>, accuracy: number, tokens: number): CellResult => ({
  key: { model: 'm', size: 0, seed: 1, stage: 'base', step: 800, evaluation: 'e', ...changes },
  scores: [
    { name: 'accuracy', value: accuracy, n: 512, k: 1, interval: [accuracy - 0.03, accuracy + 0.03], unit: 'share' },
    { name: 'completions/mean_length', value: tokens, n: 512, k: 1, interval: null, unit: 'tokens' },
    { name: 'completions/clipped_ratio', value: 0, n: 512, k: 1, interval: [0, 0.01], unit: 'share' },
  ],
  outcomes: { k: 1, verdicts: [], tokens: [], finishReasons: [], steps: [] },
  completions: { file: 'f.jsonl', count: 512 },
  teaching: null,
});

const cell = (of: CellResult | null): LadderCell => ({
  ...{ key: result({}, 0, 0).key, state: of ? 'finished' : 'planned', result: of, error: null, seconds: null },
});
const ladder = (results: readonly (CellResult | null)[]): Ladder => ({
  plan: {
    ...{ model: 'm', isAnalogue: true, schedule: 'controlled', subsets: 'nested' },
    ...{ sizes: [], seeds: [], evaluations: [], trainings: [], cells: [] },
  },
  cells: results.map(cell),
});

test('every rung stands beside its control, and reinforcement learning at the end', () => {
  const lines = ladderTable(
    ladder([
      result({ stage: 'grpo', size: 64, step: 20 }, 0.2, 110),
      result({ stage: 'sft', size: 4096, step: 2560 }, 0.934, 116.4),
      result({ stage: 'short', size: 64, step: 40 }, 0.453, 53),
      result({ stage: 'sft', size: 64, step: 40 }, 0.04, 143.2),
      null,
      result({}, 0.85, 53.4),
    ]),
    {},
  );
  expect(lines).toEqual([
    'trained on    examples  seed   step  accuracy  95 % interval  tokens    cut',
    'untouched            0     1    800    85.0 %    82.0–88.0 %      53  0.0 %',
    'long traces         64     1     40     4.0 %      1.0–7.0 %     143  0.0 %',
    'short traces        64     1     40    45.3 %    42.3–48.3 %      53  0.0 %',
    'long traces      4,096     1  2,560    93.4 %    90.4–96.4 %     116  0.0 %',
    'GRPO from           64     1     20    20.0 %    17.0–23.0 %     110  0.0 %',
  ]);
  expect(ladderTable(ladder([null]), {})).toEqual([]);
});

test('a cell in one line', () => {
  expect(cellLine(result({ stage: 'sft', size: 64, step: 40 }, 0.04, 143.2), {})).toBe(
    'long traces 64, seed 1, step 40: 4.0 % (1.0–7.0 %), 143 tokens',
  );
});
