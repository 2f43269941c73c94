/** What a verdict says, the same in the report and in the panel: its sentences, what was ruled out, and the table of rungs. */
import type { LadderPlan } from '../ladder.ts';
import { phrase, said, type Sentence, type Told } from '../sentence.ts';
import type { FakeValley, LadderVerdict, Rung } from '../verdict.ts';
import type { ReportCheck, ReportTable } from './report.ts';
import { count, differenceText, percent, shareText } from './words.ts';

export const verdictTitle = (model: string): Sentence => said`Does long chain of thought help ${model}?`;

/** What was measured of a ladder, and what kind of ladder it is. */
export const verdictSubtitle = (plan: LadderPlan, { benchmark, problems, k }: LadderVerdict): Sentence =>
  said`${benchmark}: ${count(problems)} problems, completions per problem: ${k}, seeds: ${plan.seeds.length}. ${kindOf([plan])}`;

/** How to read the numbers of these ladders. */
export const kindOf = (plans: readonly LadderPlan[]): Sentence =>
  plans.every(({ isAnalogue }) => isAnalogue)
    ? phrase('An analogue with a model that was made in the run, no reproduction of the paper.')
    : phrase('Intervals are 95 %, over problems and seeds.');

/** The verdict, after what makes it doubtful. */
export const verdictWords = (verdict: LadderVerdict): readonly Told[] => {
  const { valley, recovered, morePays, rl, fakeValleys } = verdict;
  const found = fakeValleys.filter(({ holds }) => holds === 'yes').map(({ evidence }) => said`Careful: ${evidence}`);
  const findings: Told[] = [valley, recovered, morePays, rl.shouldStart].map((finding) => finding.said);
  return [...found, ...findings.toSpliced(1, 0, ...controlWords(verdict))];
};

/** Whether the fall is one of long traces, or of little data. */
function controlWords({ degradationDepth, valley }: LadderVerdict): Told[] {
  const control = degradationDepth?.againstControl;
  if (!control || valley.holds !== 'yes') return [];
  const difference = differenceText(control);
  return control.standing === 'worse'
    ? [said`The fall is one of long traces: as many short ones are better by as much (points): ${difference}.`]
    : [said`The fall is not shown to be one of long traces: beside as many short ones (points): ${difference}.`];
}

export const checksOf = ({ fakeValleys }: LadderVerdict): ReportCheck<Told>[] =>
  fakeValleys.map(({ name, holds, evidence }) => ({ name: FAKE_VALLEY_NAMES[name], holds, evidence }));

const FAKE_VALLEY_NAMES: Readonly<Record<FakeValley, string>> = {
  endNeverLearned: 'The end of a completion was never learned',
  padMasksEnd: 'Padding hides the end token',
  evaluationCap: 'The evaluation cuts answers short',
  truncatedAnswers: 'Training examples lost their answers',
  packingLeaks: 'Packed examples see each other',
  templateMismatch: 'Taught with one prompt, measured with another',
  dataOverlap: 'What is measured was learned from',
  tooFewItems: 'Too few problems',
};

/** Every rung beside the untouched model and its control. */
export function rungTable({ base, rungs, controls }: LadderVerdict): ReportTable<Told> {
  const row = (label: Told, rung: Rung): Told[] => [
    label,
    String(rung.seeds),
    shareText(rung.accuracy),
    differenceText(rung.againstBase),
    differenceText(rung.againstControl),
    rung.meanLength.toFixed(1),
    percent(rung.truncated),
    percent(rung.noAnswer),
  ];
  return {
    header: ['model', 'seeds', 'accuracy', 'beside untouched', 'beside short traces', 'tokens', 'cut', 'no answer'],
    rows: [
      ...(base ? [row('untouched model', base)] : []),
      ...rungs.map((rung) => row(said`${count(rung.size)} long traces`, rung)),
      ...controls.map((rung) => row(said`${count(rung.size)} short traces`, rung)),
    ],
  };
}
