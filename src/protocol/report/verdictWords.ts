/** What a verdict says, the same in the report and in the panel: its sentences, what was ruled out, and the table of rungs. */
import type { LadderPlan } from '../ladder.ts';
import { phrase, said, type Sentence, type Told } from '../sentence.ts';
import type { Difference, FakeValley, LadderVerdict, Rung } from '../verdict.ts';
import type { ReportCheck, ReportTable } from './report.ts';
import { count, differenceText, percent, points, shareText } from './words.ts';

export const verdictTitle = (model: string): Sentence => said`Does long chain of thought help ${model}?`;

/** What was measured of a ladder, and what kind of ladder it is. */
export const verdictSubtitle = (plan: LadderPlan, { benchmark, problems, k }: LadderVerdict): Sentence =>
  said`${benchmark}: ${count(problems)} problems, completions per problem: ${k}, seeds: ${plan.seeds.length}. ${kindOf([plan])}`;

const INTERVALS = phrase(
  'Intervals are 95 %: of the accuracies of sizes and of differences over problems and seeds, of all else over problems, for these trainings.',
);

/** How to read the numbers of these ladders. */
export const kindOf = (plans: readonly LadderPlan[]): Sentence =>
  plans.every(({ isAnalogue }) => isAnalogue)
    ? said`${phrase('An analogue with a model that was made in the run, no reproduction of the paper.')} ${INTERVALS}`
    : INTERVALS;

/** The verdict, after what makes it doubtful. */
export const verdictWords = (verdict: LadderVerdict): readonly Told[] => {
  const { valley, recovered, morePays, rl, fakeValleys } = verdict;
  const found = fakeValleys.filter(({ holds }) => holds === 'yes').map(({ evidence }) => said`Careful: ${evidence}`);
  const findings: Told[] = [valley, recovered, morePays, rl.shouldStart].map((finding) => finding.said);
  return [...found, ...findings.toSpliced(1, 0, ...controlWords(verdict))];
};

/** Whether the fall is one of long traces, or of little data. */
function controlWords({ degradationDepth, valley, controls }: LadderVerdict): Told[] {
  const control = degradationDepth?.againstControl;
  if (!control || valley.holds !== 'yes') return [];
  const difference = differenceText(control);
  if (control.standing !== 'worse')
    return [said`The fall is not shown to be one of long traces: beside as many short ones (points): ${difference}.`];
  const beside = controls.find(({ size }) => size === degradationDepth.size)?.againstBase;
  if (beside && ['level', 'better'].includes(beside.standing))
    return [said`The fall is one of long traces: as many short ones are better by as much (points): ${difference}.`];
  return [partsWords(control, beside ?? null)];
}

/** Where the control falls too, or may fall. */
function partsWords(control: Difference, beside: Difference | null): Told {
  const difference = differenceText(control);
  const besideBase = differenceText(beside);
  return beside?.standing === 'worse'
    ? said`Of a fall of ${points(-control.value - beside.value)} points, ${points(-control.value)} are beside as many short traces (${difference}), and ${points(-beside.value)} are in the control too (${besideBase}).`
    : said`As many short traces do better (points): ${difference}. Whether they fall too is not decided: beside untouched ${besideBase}.`;
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
