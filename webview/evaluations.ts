/** What was measured, of this run and of others, as lists to choose from. Plain data: no document. */
import { displayLine } from '../src/protocol/displayText.ts';
import type { EvaluationFile, EvaluationReference, RunReference } from '../src/protocol/panel.ts';
import type { Evaluation } from '../src/protocol/state.ts';
import type { Model } from './model.ts';
import { fileKey, referenceKey } from './references.ts';
import { scoreValue, type Words } from './text.ts';
import type { Choice } from './toolkit.ts';

/** A run as far as it was measured. */
interface MeasuredSide {
  readonly reference: RunReference;
  /** Empty for the run of the panel. */
  readonly name: string;
  readonly evaluations: readonly Evaluation[];
  readonly files: readonly { readonly file: string; readonly step: number; readonly benchmark: string }[];
}

/** One benchmark at one step of one run. */
export interface MeasuredEvaluation {
  readonly reference: EvaluationReference;
  readonly name: string;
  readonly evaluation: Evaluation;
  /** Where its completions are kept, if they are. */
  readonly file: EvaluationFile | null;
}

/** This run first, then the others as they came. */
function sidesOf({ run, otherRuns }: Model): MeasuredSide[] {
  const own = { reference: null, name: '', evaluations: run.evaluations, files: run.sampleFiles };
  const others = (otherRuns ?? []).map(({ run: reference, name, recipe, evaluations, sampleFiles }) => ({
    reference,
    name: displayLine(recipe === null ? name : `${recipe} · ${name}`, 60),
    evaluations,
    files: sampleFiles,
  }));
  return [own, ...others];
}

/** Of each run by step; the newest where a step was measured twice. */
export function measuredEvaluations(model: Model): MeasuredEvaluation[] {
  return sidesOf(model).flatMap(({ reference: run, name, evaluations, files }) => {
    const newest = new Map(evaluations.map((one) => [JSON.stringify([one.step, one.benchmark]), one]));
    return [...newest.values()]
      .sort((a, b) => a.step - b.step)
      .map((evaluation) => {
        const kept = files.findLast((one) => one.step === evaluation.step && one.benchmark === evaluation.benchmark);
        const file = kept ? { run, file: kept.file } : null;
        return { reference: { run, step: evaluation.step }, name, evaluation, file };
      });
  });
}

export const benchmarksOf = (measured: readonly MeasuredEvaluation[]): string[] => [
  ...new Set(measured.map(({ evaluation }) => evaluation.benchmark)),
];

/** Names of the scores of a benchmark, the headline first. */
export const scoresOf = (measured: readonly MeasuredEvaluation[], benchmark: string): string[] => [
  ...new Set(
    measured
      .filter(({ evaluation }) => evaluation.benchmark === benchmark)
      .flatMap(({ evaluation }) => evaluation.scores.map(({ name }) => name)),
  ),
];

/** `step 1,750`, of another run `sft · baseline, step 1,750`. */
export function evaluationName(
  { name, reference }: Pick<MeasuredEvaluation, 'name' | 'reference'>,
  words: Words,
): string {
  const step = words.t('step {0}', words.count(reference.step));
  return name === '' ? step : `${name}, ${step}`;
}

/** Evaluations whose completions can be read, this run's newest first. */
export function fileChoices(measured: readonly MeasuredEvaluation[], words: Words): Choice<string>[] {
  const isOne = benchmarksOf(measured).length === 1;
  return newestFirst(measured).flatMap((one) => {
    const { benchmark } = one.evaluation;
    const name = evaluationName(one, words);
    const label = isOne ? name : `${displayLine(benchmark, 40)}, ${name}`;
    return one.file === null ? [] : [{ value: fileKey(one.file), label }];
  });
}

/** Steps that can be compared, each with its first score. */
export function stepChoices(measured: readonly MeasuredEvaluation[], words: Words): Choice<string>[] {
  const choices = new Map<string, Choice<string>>();
  for (const one of newestFirst(measured)) {
    const [headline] = one.evaluation.scores;
    const value = referenceKey(one.reference);
    const told = headline ? ` (${scoreValue(words, headline.value, headline.unit)})` : '';
    if (one.file !== null && !choices.has(value))
      choices.set(value, { value, label: evaluationName(one, words) + told });
  }
  return [...choices.values()];
}

/** Within each run: the runs stay in their order, and so do the benchmarks of a step. */
function newestFirst(measured: readonly MeasuredEvaluation[]): MeasuredEvaluation[] {
  const runs = [...new Set(measured.map(({ reference }) => reference.run))];
  return runs.flatMap((run) =>
    measured.filter(({ reference }) => reference.run === run).sort((a, b) => b.reference.step - a.reference.step),
  );
}
