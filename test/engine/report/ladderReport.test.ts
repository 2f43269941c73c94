import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { analyseEvaluation } from '../../../src/engine/analysis/analyseEvaluation.ts';
import type { Answer } from '../../../src/engine/analysis/answers.ts';
import { ladderVerdict } from '../../../src/engine/analysis/verdict/ladderVerdict.ts';
import { taughtFacts } from '../../../src/engine/report/taughtFacts.ts';
import { modelsFigure, rlFigure, survivalFigure } from '../../../src/engine/report/ladderFigures.ts';
import { ladderReport } from '../../../src/engine/report/ladderReport.ts';
import type { ReportedLadder, RungAnalysis } from '../../../src/engine/report/reported.ts';
import { composeSft } from '../../../src/config/composeLadder.ts';
import { ladderConfig, type LadderConfig } from '../../../src/config/schema.ts';
import { type ProblemSet, problemSet } from '../../../src/engine/recipes/problemSet.ts';
import { taskOf } from '../../../src/engine/tasks/index.ts';
import { reportIn } from '../../../src/protocol/report/report.ts';
import { reportHtml } from '../../../src/protocol/report/reportHtml.ts';
import { translate } from '../../../src/protocol/translate.ts';
import { type Made, madeLadder, type Truth } from '../../support/madeLadder.ts';

const NOTHING_KNOWN = {
  ...{ ends: null, padding: null, lengths: null, answers: null, packing: null, templates: null, overlap: null },
};
const TRUTHS: readonly Truth[] = [
  { stage: 'base', size: 0, accuracy: 0.6 },
  { stage: 'sft', size: 32, accuracy: 0.3 },
  { stage: 'sft', size: 512, accuracy: 0.62 },
  { stage: 'short', size: 32, accuracy: 0.7 },
  { stage: 'short', size: 512, accuracy: 0.64 },
];
const MADE: Made = { truths: TRUTHS, seeds: 2, apart: 0.01, problems: 300, draw: 4 };

const answer = (text: string, verdict: Answer['verdict']): Answer => ({
  ...{ text, verdict, answer: '9', finishReason: 'stop', tokens: text.length },
});
const right = answer('2+3=5 5+4=9 #9', 'correct');
const wrong = answer('2+3=6 6+4=10 #10', 'wrong');
const analysed = (
  stage: RungAnalysis['stage'],
  size: number,
  answers: readonly Answer[],
  step: number | null = null,
) => ({
  ...{ stage, size, step },
  analysis: analyseEvaluation(answers.map((one) => [one])),
});
const twenty = (wrongs: number): Answer[] => Array.from({ length: 20 }, (_, at) => (at < wrongs ? wrong : right));

function reported(made: Made = MADE, rl: readonly RungAnalysis[] = []): ReportedLadder {
  const ladder = madeLadder(made);
  const verdict = ladderVerdict(ladder, { evaluation: 'made', facts: NOTHING_KNOWN, matters: 0.05 });
  const analyses = [
    analysed('base', 0, twenty(4)),
    ...[32, 512].map((size) => analysed('sft', size, twenty(size === 32 ? 14 : 5))),
    ...[32, 512].map((size) => analysed('short', size, twenty(6))),
    ...rl,
  ];
  return { ladder, evaluations: [{ verdict, analyses, leftOut: [] }] };
}

const inEnglish = (ladders: readonly ReportedLadder[]) =>
  reportIn((sentence, ...args) => translate({}, sentence, ...args), ladderReport(ladders));

describe('The report of a ladder', () => {
  test('begins with the verdict, and says that the fall is one of long traces', () => {
    const { title, answer: words } = inEnglish([reported()]);
    expect(title).toMatch(/^Does long chain of thought help /);
    expect(words[0]).toMatch(/^At 32 examples the model is \d+\.\d points worse than untouched/);
    expect(words[1]).toMatch(/^The fall is one of long traces: as many short ones are better/);
  });

  test('says both parts of a fall that the control shares, and claims none where that is open', () => {
    const withControl = (accuracy: number): string | undefined => {
      const truths = TRUTHS.map((truth) => (truth.stage === 'short' ? { ...truth, accuracy } : truth));
      const made = { ...MADE, truths: [...truths, { stage: 'sft', size: 128, accuracy: 0.05 }] as const };
      const bottom = [{ stage: 'short', size: 128, accuracy }] as const;
      return inEnglish([reported({ ...made, truths: [...made.truths, ...bottom] })]).answer[1];
    };
    const parts =
      /^Of a fall of ([\d.]+) points, ([\d.]+) are beside as many short .* and ([\d.]+) are in the control too/;
    const [whole = NaN, beside = NaN, shared = NaN] = (parts.exec(withControl(0.3) ?? '') ?? []).slice(1).map(Number);
    expect(Math.abs(whole - beside - shared)).toBeLessThan(0.11);
    expect(Math.min(beside, shared)).toBeGreaterThan(10);
    expect(withControl(0.5)).toMatch(/^As many short traces do better .* Whether they fall too is not decided/);
  });

  test('has a figure for the valley, for length, efficiency and errors, and a row for each rung', () => {
    const { sections } = inEnglish([reported()]);
    const names = sections.flatMap(({ figures }) => figures.map(({ name }) => name));
    expect(names).toEqual(['accuracy', 'length', 'efficiency', 'survival', 'stepError']);
    const [valley] = sections;
    expect(valley?.tables[0]?.rows.map(([label]) => label)).toEqual([
      ...['untouched model', '32 long traces', '512 long traces', '32 short traces', '512 short traces'],
    ]);
    for (const figure of sections.flatMap(({ figures }) => figures))
      for (const { points } of figure.lines) expect(points.length).toBeGreaterThan(0);
  });

  test('leaves reinforcement learning out where there was none, and draws it from its start where there was', () => {
    expect(rlFigure(reported().evaluations[0]!)).toBeNull();
    // Of all seeds 14 are wrong; of those that it ran from, 12.
    const rl = [12, 10, 8].map((wrongs, at) => analysed('grpo', 32, twenty(wrongs), 10 * at));
    const figure = rlFigure(reported(MADE, rl).evaluations[0]!);
    expect(figure?.lines[0]?.points.map(({ x, y }) => [x, y])).toEqual([
      [0, 0.4],
      [10, 0.5],
      [20, 0.6],
    ]);
  });

  test('the survival of traces begins at the share that is right after one calculation and never rises', () => {
    const figure = survivalFigure(reported().evaluations[0]!);
    const [base, lowest] = figure?.lines ?? [];
    expect(base?.points[0]?.y).toBeCloseTo(0.8, 9);
    expect(lowest?.points[0]?.y).toBeCloseTo(0.3, 9);
    expect(lowest?.points[0]).toMatchObject({ x: 1, n: 20 });
    for (const { points } of figure?.lines ?? [])
      for (const [at, { y, interval }] of points.entries()) {
        expect(y).toBeLessThanOrEqual(points[at - 1]?.y ?? 1);
        expect(interval?.[0]).toBeLessThanOrEqual(y);
        expect(interval![1] - interval![0]).toBeGreaterThan(0);
        expect(interval?.[1]).toBeGreaterThanOrEqual(y);
      }
  });

  test('several ladders are one figure of differences, then each by itself', () => {
    const both = [reported(), reported({ ...MADE, draw: 9 })];
    const { sections, answer: words } = inEnglish(both);
    expect(sections[0]?.figures[0]?.name).toBe('models');
    expect(words).toHaveLength(2);
    const verdicts = both.flatMap(({ evaluations }) => evaluations.map(({ verdict }) => verdict));
    expect(modelsFigure(verdicts).lines).toHaveLength(2);
  });
});

/** Values, and names that people or configs give. */
const IS_DATA = /^[^a-z]*$|^(made|long|short|nested|controlled)$|-seed-\d|^made-/;

test('every word of a report has a Korean one', () => {
  const korean: Record<string, string> = Object.assign(
    {},
    ...readdirSync('l10n/ko').map((name) => JSON.parse(readFileSync(`l10n/ko/${name}`, 'utf8')) as object),
  );
  const asked = new Set<string>();
  const note = (sentence: string, ...args: readonly (string | number)[]): string => {
    asked.add(sentence);
    return translate({}, sentence, ...args);
  };
  const rl = [analysed('grpo', 32, twenty(10), 10)];
  const { ladder, evaluations } = reported(MADE, rl);
  const facts = ladderReport([{ ladder, evaluations: evaluations.map((one) => ({ ...one, leftOut: ['a.jsonl'] })) }]);
  for (const told of [facts, ladderReport([reported(), reported({ ...MADE, draw: 9 })])])
    reportHtml(reportIn(note, told), 'ko', note);
  expect(asked.size).toBeGreaterThan(60);
  expect([...asked].filter((text) => !IS_DATA.test(text) && !Object.hasOwn(korean, text))).toEqual([]);
});

/** Each measured problem looked for as a step of each example. */
function containedByHand(config: LadderConfig): number {
  const { task: wish, seed } = composeSft(config, { stage: 'sft', size: 64, seed: 1 });
  const task = taskOf(wish);
  const lines = placesOf(problemSet(task, 'train', seed, 64)).flatMap((problem, place) =>
    task.completion(problem, seed, place).split('\n'),
  );
  const measured = placesOf(problemSet(task, 'heldOut', config.evaluation.seed, 40));
  return measured.filter(({ prompt }) => lines.some((line) => line.startsWith(prompt.replace('?', '=')))).length;
}
const placesOf = (set: ProblemSet) => Array.from({ length: set.size }, (_, place) => set.at(place));

test('the facts of a ladder are looked up in what it taught and measured', () => {
  const config = ladderConfig.parse({
    ...{ recipe: 'ladder', seed: 1, task: { name: 'repetition', level: '3-7' }, sizes: [16, 64], seeds: [1] },
    base: {
      model: {
        ...{ family: 'decoder', hiddenSize: 16, numHiddenLayers: 1, numAttentionHeads: 2, numKeyValueHeads: 2 },
        ...{ intermediateSize: 32, maxPositionEmbeddings: 320 },
      },
      problems: 100,
    },
    evaluation: { problems: 40, maxNewTokens: 280 },
  });
  const facts = taughtFacts(config);
  expect(facts.ends).toEqual({ examples: 64, unlearned: 0 });
  expect(facts.answers).toEqual({ examples: 64, lost: 0 });
  // 100 of the base, 64 of each seed: the smaller rung is a part of the larger.
  expect(facts.overlap).toMatchObject({ examples: 100 + 64, shared: 0, problems: 40 });
  expect(facts.overlap?.contained).toBe(containedByHand(config));
  expect(facts.overlap?.contained).toBeGreaterThan(0);
  expect(facts.templates?.taught).toBe(facts.templates?.measured);
  expect(facts.templates?.taught).not.toBe('');
});
