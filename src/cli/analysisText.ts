/** An analysis of an evaluation as lines of text. */
import type {
  EndingAnalysis,
  ErrorAnalysis,
  Estimate,
  EvaluationAnalysis,
  LengthAnalysis,
  ReflectionAnalysis,
  Survival,
} from '../protocol/analysis.ts';
import { displayText } from '../protocol/displayText.ts';
import { translate, type Strings } from '../protocol/translate.ts';
import { cellsOf, padEnd } from './cells.ts';
import { number, percent } from './format.ts';

type Row = readonly [name: string, ...values: string[]];

export function analysisLines(analysis: EvaluationAnalysis, strings: Strings): string[] {
  const { benchmark, step, problems, completions } = analysis;
  const title = translate(
    strings,
    '{0}, step {1}: {2} problems, {3} completions',
    benchmark,
    step,
    problems,
    completions,
  );
  return [
    displayText(title),
    ...section(translate(strings, 'Length in tokens'), lengthRows(analysis.lengths, strings)),
    ...section(translate(strings, 'How completions end'), endingRows(analysis.endings, strings)),
    ...section(translate(strings, 'Reflection'), reflectionRows(analysis.reflection, strings)),
    ...section(translate(strings, 'Calculations that can be checked'), errorRows(analysis.errors, strings)),
  ];
}

function section(title: string, rows: readonly Row[]): string[] {
  const width = Math.max(...rows.map(([name]) => cellsOf(name)));
  return ['', title, ...rows.map(([name, ...values]) => `  ${padEnd(name, width)}  ${values.join('  ')}`.trimEnd())];
}

function lengthRows({ all, correct, wrong, accuracy, tokenEfficiency }: LengthAnalysis, strings: Strings): Row[] {
  const { median, p90, longest } = all.statistics;
  return [
    [translate(strings, 'mean'), plain(all.mean)],
    [
      translate(strings, 'median, nine in ten below, longest'),
      [median, p90, longest].map((length) => number(length)).join(', '),
    ],
    [translate(strings, 'of right answers'), plain(correct.mean)],
    [translate(strings, 'of all others'), plain(wrong.mean)],
    [translate(strings, 'right answers'), share(accuracy)],
    [translate(strings, 'right answers in 1,000 tokens'), plain(tokenEfficiency)],
  ];
}

function endingRows(endings: EndingAnalysis, strings: Strings): Row[] {
  return [
    [translate(strings, 'by themselves'), share(endings.finished)],
    [translate(strings, 'cut while going round in circles'), share(endings.looping)],
    [translate(strings, 'cut after an answer was given'), share(endings.unterminated)],
    [translate(strings, 'cut while still at work'), share(endings.truncated)],
    [translate(strings, 'without an answer'), share(endings.noAnswer)],
    [translate(strings, 'right among those that end by themselves'), share(endings.accuracyFinished)],
  ];
}

function reflectionRows({ ratio, withReflection, without }: ReflectionAnalysis, strings: Strings): Row[] {
  const side = ({ meanLength, accuracy }: ReflectionAnalysis['without']): string =>
    translate(strings, '{0} tokens, {1} right', plain(meanLength), share(accuracy));
  return [
    [translate(strings, 'completions with reflection'), share(ratio)],
    [translate(strings, 'with it'), side(withReflection)],
    [translate(strings, 'without it'), side(without)],
  ];
}

function errorRows(errors: ErrorAnalysis, strings: Strings): Row[] {
  const { perCompletion, errorRate, wrong, repaired, broken, first, standing, incomplete } = errors;
  if (errors.steps === 0) return [[translate(strings, 'none')]];
  const rows: Row[] = [
    [translate(strings, 'in a completion'), plain(perCompletion)],
    [translate(strings, 'wrong ones'), share(errorRate)],
    [
      translate(strings, 'repaired by reflection, right ones broken by it'),
      translate(strings, '{0} of {1}, {2} of {3}', repaired, wrong, broken, errors.steps - wrong),
    ],
    [translate(strings, 'first error at calculation, on average'), position(first)],
    [translate(strings, 'error of one calculation, to the first'), share(first.stepError)],
    [translate(strings, 'error of one calculation, repaired ones left out'), share(standing.stepError)],
    [translate(strings, 'still right after so many calculations'), curve(standing)],
    [translate(strings, 'right answers with an error, without one'), sides(errors)],
  ];
  if (incomplete > 0) rows.push([translate(strings, 'too long to be checked to the end'), number(incomplete)]);
  return rows;
}

const sides = ({ accuracyWithStanding, accuracyWithout }: ErrorAnalysis): string =>
  `${share(accuracyWithStanding)}, ${share(accuracyWithout)}`;

const position = ({ meanPosition }: Survival): string => (meanPosition === null ? '–' : number(meanPosition));

const SHOWN = [1, 2, 3, 5, 10, 20, 50, 100, 200, 500];

/** `1: 98.0 %  2: 95.1 %`; the traces that are that long decide. */
const curve = ({ curve: points }: Survival): string =>
  points
    .filter(({ step }) => SHOWN.includes(step))
    .map(({ step, alive }) => `${step}: ${percent(alive)}`)
    .join('  ');

function plain(estimate: Estimate | null): string {
  if (estimate === null) return '–';
  const { value, interval } = estimate;
  return interval === null ? number(value) : `${number(value)} (${interval.map((bound) => number(bound)).join('–')})`;
}

function share(estimate: Estimate | null): string {
  if (estimate === null) return '–';
  const { value, interval } = estimate;
  if (interval === null) return percent(value);
  return `${percent(value)} (${interval.map((bound) => (bound * 100).toFixed(1)).join('–')} %)`;
}
