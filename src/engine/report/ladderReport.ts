/** The report of one ladder or several: the verdict in words first, then what it rests on. */
import type { LadderPlan } from '../../protocol/ladder.ts';
import { accuracyFigure } from '../../protocol/report/accuracyFigure.ts';
import type { Report, ReportSection, ReportTable } from '../../protocol/report/report.ts';
import {
  checksOf,
  kindOf,
  rungTable,
  verdictSubtitle,
  verdictTitle,
  verdictWords,
} from '../../protocol/report/verdictWords.ts';
import { count, numberText, percent, shareText } from '../../protocol/report/words.ts';
import { phrase, said, type Told } from '../../protocol/sentence.ts';
import type { LadderVerdict } from '../../protocol/verdict.ts';
import { measureFigures, modelsFigure, rlFigure, survivalFigure } from './ladderFigures.ts';
import { ofStage, type ReportedEvaluation, type ReportedLadder, type RungAnalysis } from './reported.ts';

/** At least one ladder with at least one evaluation. */
export function ladderReport(ladders: readonly ReportedLadder[]): Report<Told> {
  const all = ladders.flatMap(({ evaluations }) => evaluations);
  const verdicts = all.map(({ verdict }) => verdict);
  const isSingle = all.length === 1;
  return {
    title: titleOf(verdicts),
    subtitle: subtitleOf(ladders),
    answer: isSingle ? verdicts.flatMap(verdictWords) : verdicts.map(shortAnswer),
    sections: [
      ...(isSingle ? [] : [sectionOf('All of them together', { figures: [modelsFigure(verdicts)] })]),
      ...all.flatMap((one) => evaluationSections(one, isSingle)),
      ...ladders.map(({ ladder }) => howItWasRun(ladder.plan, ladders.length > 1)),
    ],
  };
}

const titleOf = (verdicts: readonly LadderVerdict[]): Told => {
  const models = [...new Set(verdicts.map(({ model }) => model))];
  return models.length === 1
    ? verdictTitle(models[0] ?? '')
    : said`Does long chain of thought help? ${models.length} models beside each other`;
};

function subtitleOf(ladders: readonly ReportedLadder[]): Told {
  const plans = ladders.map(({ ladder }) => ladder.plan);
  const [plan] = plans;
  const verdict = ladders[0]?.evaluations[0]?.verdict;
  if (plans.length > 1 || !plan || !verdict) return kindOf(plans);
  return verdictSubtitle(plan, verdict);
}

const shortAnswer = ({ model, benchmark, valley, recovered }: LadderVerdict): Told =>
  said`${model}, ${benchmark}: ${valley.said} ${recovered.said}`;

function sectionOf(title: Told, parts: Partial<Omit<ReportSection<Told>, 'title'>>): ReportSection<Told> {
  return { title, words: [], figures: [], checks: [], tables: [], ...parts };
}

function evaluationSections(one: ReportedEvaluation, isSingle: boolean): ReportSection<Told>[] {
  const { verdict } = one;
  const titled = (title: string): Told =>
    isSingle ? title : said`${verdict.model}, ${verdict.benchmark}: ${phrase(title)}`;
  const survival = survivalFigure(one);
  const rl = rlFigure(one);
  const [length, efficiency, stepError] = ['length', 'efficiency', 'stepError'].map((name) =>
    measureFigures(one).filter((figure) => figure.name === name),
  );
  return [
    sectionOf(titled('The valley'), { figures: [accuracyFigure(verdict)], tables: [rungTable(verdict)] }),
    sectionOf(titled('Length and efficiency'), { figures: [...(length ?? []), ...(efficiency ?? [])] }),
    sectionOf(titled('Errors along the trace'), {
      words: errorWords(one),
      figures: [...(survival ? [survival] : []), ...(stepError ?? [])],
      tables: errorTables(one),
    }),
    sectionOf(titled('Reflection and endings'), { tables: [reflectionTable(one), endingTable(one)] }),
    ...(rl
      ? [sectionOf(titled('Reinforcement learning'), { words: [verdict.rl.shouldStart.said], figures: [rl] })]
      : []),
    sectionOf(titled('What to try next'), { words: verdict.next.map((advice) => advice.said) }),
    sectionOf(titled('What else would make a valley'), { checks: checksOf(verdict) }),
  ].filter(
    (section) => section.words.length + section.tables.length + section.figures.length + section.checks.length > 0,
  );
}

/** What the fall may rest on: more calculations at the same error, or more errors in each. */
function errorWords({ analyses, verdict }: ReportedEvaluation): Told[] {
  const [base] = ofStage(analyses, 'base');
  const lowest = ofStage(analyses, 'sft').find(({ size }) => size === verdict.degradationDepth?.size);
  const [before, after] = [base?.analysis.errors, lowest?.analysis.errors];
  if (!before?.errorRate || !after?.errorRate || !lowest) return [];
  return [
    said`From untouched to ${count(lowest.size)} long traces: calculations in a completion ${numberText(before.perCompletion)} → ${numberText(after.perCompletion)}, wrong ones of them ${shareText(before.errorRate)} → ${shareText(after.errorRate)}; ${after.repaired} were repaired and ${after.broken} right ones were broken.`,
  ];
}

const labelOf = ({ stage, size }: RungAnalysis): Told => {
  switch (stage) {
    case 'base':
      return 'untouched model';
    case 'sft':
      return said`${count(size)} long traces`;
    case 'short':
      return said`${count(size)} short traces`;
    case 'grpo':
      return said`${count(size)} examples, then reinforcement learning`;
    default:
      return stage satisfies never;
  }
};

/** Ends of trainings; of reinforcement learning the last step alone. */
const ends = ({ analyses }: ReportedEvaluation): readonly RungAnalysis[] => [
  ...(['base', 'sft', 'short'] as const).flatMap((stage) => ofStage(analyses, stage)),
];

function errorTables(one: ReportedEvaluation): ReportTable<Told>[] {
  const rows = ends(one).filter(({ analysis }) => analysis.errors.steps > 0);
  if (rows.length === 0) return [];
  return [
    {
      header: ['model', 'calculations', 'wrong calculations', 'repaired', 'broken', 'first error at', 'error per step'],
      rows: rows.map((rung) => {
        const { perCompletion, errorRate, repaired, broken, standing, wrong } = rung.analysis.errors;
        return [
          labelOf(rung),
          numberText(perCompletion),
          errorRate ? shareText(errorRate) : '–',
          `${count(repaired)} / ${count(wrong)}`,
          count(broken),
          standing.meanPosition === null ? '–' : standing.meanPosition.toFixed(1),
          standing.stepError ? shareText(standing.stepError) : '–',
        ];
      }),
    },
  ];
}

const reflectionTable = (one: ReportedEvaluation): ReportTable<Told> => ({
  header: ['model', 'with reflection', 'tokens with', 'tokens without', 'accuracy with', 'accuracy without'],
  rows: ends(one).map((rung) => {
    const { ratio, withReflection, without } = rung.analysis.reflection;
    const accuracy = (of: typeof without): string => (of.accuracy ? shareText(of.accuracy) : '–');
    return [
      labelOf(rung),
      shareText(ratio),
      numberText(withReflection.meanLength),
      numberText(without.meanLength),
      accuracy(withReflection),
      accuracy(without),
    ];
  }),
});

const endingTable = (one: ReportedEvaluation): ReportTable<Told> => ({
  header: ['model', 'ended by itself', 'looping', 'did not stop', 'cut at work', 'no answer', 'accuracy where ended'],
  rows: ends(one).map((rung) => {
    const { finished, looping, unterminated, truncated, noAnswer, accuracyFinished } = rung.analysis.endings;
    const shares = [finished, looping, unterminated, truncated, noAnswer].map(({ value }) => percent(value));
    return [labelOf(rung), ...shares, accuracyFinished ? shareText(accuracyFinished) : '–'];
  }),
});

function howItWasRun(plan: LadderPlan, isOneOfSeveral: boolean): ReportSection<Told> {
  const { trainings, evaluations, schedule, subsets, model } = plan;
  const order = trainings.toSorted((a, b) => a.seed - b.seed || a.stage.localeCompare(b.stage) || a.size - b.size);
  return sectionOf(isOneOfSeveral ? said`How ${model} was run` : 'How it was run', {
    words: [
      said`Schedule: ${schedule}. Subsets: ${subsets}.`,
      ...evaluations.map(
        ({ benchmark, problems, samplesPerProblem, temperature, topP, maxNewTokens, seed }) =>
          said`${benchmark}: ${count(problems)} problems, ${samplesPerProblem} completions each, temperature ${temperature}, top-p ${topP}, at most ${count(maxNewTokens)} new tokens, seed ${seed}.`,
      ),
    ],
    tables: [
      {
        header: ['name', 'examples', 'epochs', 'batch', 'learning rate', 'optimizer steps'],
        rows: order.map(({ name, examples, epochs, batchSize, learningRate, steps }) => [
          name,
          count(examples),
          String(Number(epochs.toFixed(2))),
          String(batchSize),
          String(learningRate),
          count(steps),
        ]),
      },
    ],
  });
}
