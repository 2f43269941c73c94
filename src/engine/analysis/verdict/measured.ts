/** The cells of a ladder that measure the same problems, by what was measured. */
import type { CellOutcomes, CellResult, Ladder, LadderStage } from '../../../protocol/ladder.ts';

/** One model. */
export interface Measured {
  readonly stage: LadderStage;
  readonly size: number;
  readonly seed: number;
  readonly step: number;
  readonly outcomes: CellOutcomes;
  /** By problem: share of right completions. */
  readonly shares: readonly number[];
  /** Share of completions that were cut while they repeated themselves; null where nobody looked. */
  readonly looping: number | null;
}

export type MeasuredLadder = Readonly<Record<LadderStage, readonly Measured[]>>;

/** Of one evaluation; what is not finished, or has other problems than most, is left out. */
export function measuredOf({ cells }: Ladder, evaluation: string): MeasuredLadder {
  const results = cells.flatMap(({ result }) => (result?.key.evaluation === evaluation ? [result] : []));
  const problems = results[0] ? problemsOf(results[0]) : 0;
  const known = results.filter((result) => problemsOf(result) === problems && problems >= 2);
  const ofStage = (stage: LadderStage): Measured[] =>
    known
      .filter(({ key }) => key.stage === stage)
      .map(measured)
      .sort((a, b) => a.size - b.size || a.step - b.step || a.seed - b.seed);
  return { base: ofStage('base'), sft: ofStage('sft'), short: ofStage('short'), grpo: ofStage('grpo') };
}

const problemsOf = ({ outcomes: { verdicts, k } }: CellResult): number => Math.floor(verdicts.length / k);

function measured(result: CellResult): Measured {
  const { key, outcomes, scores } = result;
  const { k, verdicts } = outcomes;
  const shares = Array.from(
    { length: problemsOf(result) },
    (_, at) => verdicts.slice(at * k, (at + 1) * k).filter((verdict) => verdict === 'correct').length / k,
  );
  const looping = scores.find(({ name }) => name === 'looping')?.value ?? null;
  return { stage: key.stage, size: key.size, seed: key.seed, step: key.step, outcomes, shares, looping };
}

/** The models of a size, one a seed. */
export const ofSize = (models: readonly Measured[], size: number): readonly Measured[] =>
  models.filter((model) => model.size === size);

export const sizesOf = (models: readonly Measured[]): readonly number[] => [...new Set(models.map(({ size }) => size))];

/** The one with the seed; the base is one for all seeds. */
export const withSeed = (models: readonly Measured[], seed: number): Measured | undefined =>
  models.find((model) => model.seed === seed || model.stage === 'base');
