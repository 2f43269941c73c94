/** Ladders whose truth is known: accuracies of sizes, how far seeds lie apart, and completions drawn from both. */
import { Draws } from '../../src/engine/random/draws.ts';
import { randomSource, type RandomSource } from '../../src/engine/random/randomSource.ts';
import type { CellKey, CellResult, Ladder, LadderEvaluation, LadderStage } from '../../src/protocol/ladder.ts';

export interface Truth {
  readonly stage: LadderStage;
  readonly size: number;
  readonly step?: number;
  /** Mean share of right completions over all seeds and problems there could be. */
  readonly accuracy: number;
}

export interface Made {
  readonly truths: readonly Truth[];
  readonly seeds: number;
  readonly problems: number;
  readonly k?: number;
  /** Standard deviation of a training's accuracy between seeds; the base is one for all. */
  readonly apart: number;
  /** Of the drawing. */
  readonly draw: number;
}

export const EVALUATION: LadderEvaluation = {
  ...{ id: 'made', benchmark: 'made', problems: 0, samplesPerProblem: 1, temperature: 0.6, topP: 0.95, topK: 0 },
  ...{ maxNewTokens: 100, seed: 1 },
};

/** Problems differ in how hard they are by so much to both sides. */
const HARDNESS = 0.25;

export function madeLadder(made: Made): Ladder {
  const { truths, seeds, problems, k = 1 } = made;
  const source = randomSource(made.draw, 'made');
  const draws = new Draws(source);
  const hardness = Array.from({ length: problems }, () => (draws.integer(0, 1000) / 500 - 1) * HARDNESS);
  const trained = truths.flatMap((truth, rank) =>
    Array.from({ length: truth.stage === 'base' ? 1 : seeds }, (_, seed) => {
      const shift = truth.stage === 'base' ? 0 : made.apart * source.normal(1e9 + rank * 100 + seed);
      return resultOf(truth, seed + 1, {
        hardness,
        k,
        accuracy: truth.accuracy + shift,
        source: sourceOf(made.draw, rank, seed),
      });
    }),
  );
  const evaluation = { ...EVALUATION, problems, samplesPerProblem: k };
  return {
    plan: {
      ...{ model: 'made', isAnalogue: false, schedule: 'controlled', subsets: 'nested', trainings: [] },
      sizes: [...new Set(truths.filter(({ stage }) => stage === 'sft').map(({ size }) => size))],
      seeds: Array.from({ length: seeds }, (_, seed) => seed + 1),
      evaluations: [evaluation],
      cells: trained.map(({ key }) => key),
    },
    cells: trained.map((result) => ({ key: result.key, state: 'finished', result, error: null, seconds: null })),
  };
}

const sourceOf = (draw: number, rank: number, seed: number): RandomSource =>
  randomSource(draw, `answers ${rank} ${seed}`);

interface Answering {
  readonly hardness: readonly number[];
  readonly k: number;
  readonly accuracy: number;
  readonly source: RandomSource;
}

function resultOf({ stage, size, step = 1 }: Truth, seed: number, answering: Answering): CellResult {
  const { hardness, k, accuracy, source } = answering;
  const key: CellKey = { model: 'made', stage, size, seed, step, evaluation: 'made' };
  const isRight = hardness.flatMap((hard, at) =>
    Array.from({ length: k }, (_, sample) => source.uniform(at * k + sample) < accuracy + hard),
  );
  return {
    ...{ key, scores: [], completions: { file: '', count: isRight.length }, teaching: null },
    outcomes: {
      k,
      verdicts: isRight.map((right) => (right ? 'correct' : 'wrong')),
      tokens: isRight.map(() => 50),
      finishReasons: isRight.map(() => 'stop'),
      steps: isRight.map((right) => ({ count: 4, wrong: right ? 0 : 1 })),
    },
  };
}
