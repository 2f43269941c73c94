import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Score } from '../../src/protocol/events.ts';
import { roundStep, ticksOver } from '../../webview/charts/ticks.ts';
import { benchmarksOf, fileChoices, measuredEvaluations, scoresOf, stepChoices } from '../../webview/evaluations.ts';
import { hear, newModel, type Model } from '../../webview/model.ts';
import { fileKey, fileOf, pairKey, referenceKey, referenceOf } from '../../webview/references.ts';
import { words } from '../../webview/text.ts';
import { restoreUi, uiFor } from '../../webview/uiState.ts';
import { bestRow, boardOf, boardSummary, direction } from '../../webview/views/boardRows.ts';
import { comparisonFacts, flipRows, problemOf } from '../../webview/views/flipRows.ts';
import { lengthsOf, lengthSummary } from '../../webview/views/lengthBins.ts';
import { listedProblems, passesProblem, problemRows } from '../../webview/views/problemRows.ts';
import { folded, goldenRun } from '../support/goldenRun.ts';
import { comparisonOf, measuredProblems, otherRun, reportOf, withSecondBenchmark } from '../support/measured.ts';

const en = words('en', {});
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');
const choice = { benchmark: '', score: '', boardRuns: 'all', boardOrder: 'steps' } as const;
const pair = { before: { run: null, step: 900 }, after: { run: 'other', step: 1100 }, matters: 0.05 } as const;

function model(): Model {
  const made = newModel();
  const run = withSecondBenchmark(folded(goldenRun()));
  hear(made, { type: 'snapshot', run, health: { kind: 'ended' }, locale: 'en', strings: {} });
  hear(made, { type: 'scores', runs: [otherRun()] });
  return made;
}

test('what was told beside the run is folded under its name and forgotten with the next snapshot, but for comparisons', () => {
  const made = model();
  const problems = measuredProblems(900, 1, 3);
  hear(made, { type: 'problems', of: { run: null, file: 'a.jsonl' }, problems, trouble: null });
  const report = reportOf(comparisonOf(problems, problems, pair));
  hear(made, { type: 'comparison', pair, report });
  hear(made, { type: 'showComparison', pair });
  expect(made.otherRuns).toHaveLength(1);
  expect(made.problems.get(fileKey({ run: null, file: 'a.jsonl' }))?.problems).toBe(problems);
  expect(made.comparisons.get(pairKey(pair))).toBe(report);
  hear(made, { type: 'snapshot', run: made.run, health: { kind: 'ended' }, locale: 'en', strings: {} });
  expect([made.otherRuns, made.problems.size, made.comparisons.size]).toEqual([null, 0, 1]);
});

test('what is to be shown of a comparison is kept like a choice of the reader', () => {
  const ui = uiFor({ type: 'showComparison', pair });
  expect(restoreUi({ ...ui })).toMatchObject({
    tab: 'scores',
    scorePage: 'flips',
    points: '5',
    compared: '',
  });
  expect(referenceOf(ui.after ?? '')).toEqual(pair.after);
  expect(uiFor({ type: 'health', health: { kind: 'ended' } })).toEqual({});
});

test('references are read back from text, and anything else is none', () => {
  fc.assert(
    fc.property(fc.option(fc.string()), fc.nat(), fc.string(), (run, step, file) => {
      expect(referenceOf(referenceKey({ run, step }))).toEqual({ run, step });
      expect(fileOf(fileKey({ run, file }))).toEqual({ run, file });
    }),
  );
  for (const text of ['', 'x', '{}', '[1,2]', '[null]', '["a","b",3]']) expect(referenceOf(text)).toBeNull();
  expect(fileOf('[null,3]')).toBeNull();
});

test('evaluations: this run first, by step; a step that was measured twice counts once', () => {
  const made = model();
  const [first] = made.run.evaluations;
  if (first) made.run.evaluations.push({ ...first, time: 9e15 });
  const measured = measuredEvaluations(made);
  expect(measured.map(({ name, reference }) => `${name}|${reference.step}`)).toEqual([
    ...[0, 250, 500, 750, 1000, 1250, 1500, 1750, 2000, 2000].map((step) => `|${step}`),
    ...[0, 250, 500, 750, 1000].map((step) => `sft · baseline|${step}`),
  ]);
  expect(measured[0]?.evaluation.time).toBe(9e15);
  expect(benchmarksOf(measured)).toEqual(['arithmetic/addition-3', 'aime-2024']);
  expect(scoresOf(measured, 'aime-2024').slice(0, 3)).toEqual(['accuracy', 'pass@8', 'maj@8']);
  expect(fileChoices(measured, en)[0]?.label).toBe('arithmetic/addition-3, step 2,000');
  expect(
    stepChoices(measured, en)
      .map(({ label }) => plain(label))
      .slice(-2),
  ).toEqual(['sft · baseline, step 250 (1.8 %)', 'sft · baseline, step 0 (0.5 %)']);
});

test('the board: chosen benchmark and score, in order of steps or of worth', () => {
  const measured = measuredEvaluations(model());
  expect(boardOf(measured, choice).rows).toHaveLength(14);
  expect(boardOf(measured, { ...choice, boardRuns: 'this' }).rows).toHaveLength(9);
  const values = (score: string): number[] =>
    boardOf(measured, { ...choice, score, boardOrder: 'best' }).rows.map((row) => row.score.value);
  expect(values('accuracy')).toEqual(values('accuracy').toSorted((a, b) => b - a));
  expect(values('wrong_steps')).toEqual(values('wrong_steps').toSorted((a, b) => a - b));
  expect(boardOf(measured, { ...choice, benchmark: 'gone', score: 'gone' })).toMatchObject({
    benchmark: 'arithmetic/addition-3',
    score: 'accuracy',
  });
});

test('the board in a sentence: the best and whether it is surely so; a span where none is better', () => {
  const measured = measuredEvaluations(model());
  const summary = (score: string): string => plain(boardSummary(boardOf(measured, { ...choice, score }), en));
  expect(summary('accuracy')).toMatch(/^Best accuracy: step 2,000 with 97\.0 % .* Intervals that meet its own: 2\./);
  expect(summary('completions/mean_length')).toBe(
    'Values of mean length lie between 41.6 (step 2,000) and 60.9 (step 0).',
  );
  const alone = boardOf(measured, { ...choice, benchmark: 'aime-2024' });
  expect(plain(boardSummary(alone, en))).toBe('step 2,000: accuracy is 25.4 % (14.0 – 37.0 %).');
  expect(bestRow(alone.rows)).toBeNull();
  const few: Score = { name: 'accuracy', value: 1, n: 9, k: 1, interval: [0.9999, 1], unit: 'share' };
  const [row] = boardOf(measured, choice).rows;
  const rows = [...boardOf(measured, choice).rows, { measured: row!.measured, score: few }];
  expect(boardSummary({ ...boardOf(measured, choice), rows }, en)).toMatch(
    /Its interval meets no other\. Not all were measured on as many problems/,
  );
});

test('scores that were not measured in the same way say so, and in what they differ', () => {
  const made = model();
  const identity = {
    ...{ model: 'a', data: 'd', instruction: null, template: null, verifier: 'math 1', stop: '[]', seed: 1 },
    ...{ samplesPerProblem: 1, temperature: 0, topP: 1, topK: 0, maxNewTokens: 128 },
  };
  const told = (change: Partial<typeof identity>): string => {
    for (const [at, evaluation] of made.run.evaluations.entries())
      evaluation.identity = at === 3 ? { ...identity, ...change } : identity;
    return boardSummary(boardOf(measuredEvaluations(made), { ...choice, boardRuns: 'this' }), en);
  };
  expect(told({ model: 'b' })).not.toContain('Not all');
  expect(told({ temperature: 0.6, maxNewTokens: 256 })).toMatch(
    /Not all were measured in the same way: they differ in temperature, maxNewTokens\.$/,
  );
});

test.each([
  ['accuracy', 1],
  ['pass@64', 1],
  ['maj@8', 1],
  ['token_efficiency', 1],
  ['eval_rewards/margins', 1],
  ['eval_loss', -1],
  ['unparsed', -1],
  ['completions/mean_length', 0],
  ['anything', 0],
] as const)('more %s is %i', (name, sign) => expect(direction(name)).toBe(sign));

test('problems: by what became of their completions, by text, by hardness and length', () => {
  const rows = problemRows(measuredProblems(900, 4, 200));
  const listed = (change: object) =>
    listedProblems(rows, { problemFilter: 'all', problemSearch: '', problemOrder: 'measured', ...change });
  const counts = (['solved', 'mixed', 'unsolved'] as const).map((problemFilter) => listed({ problemFilter }).length);
  expect(counts.every((count) => count > 5)).toBe(true);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(200);
  expect(rows.filter((row) => passesProblem(row, 'truncated')).every(({ cut }) => cut > 0)).toBe(true);
  const hardest = listed({ problemOrder: 'hardest' }).map(({ right }) => right);
  expect(hardest).toEqual(hardest.toSorted((a, b) => a - b));
  const longest = listed({ problemOrder: 'longest' }).map(({ length }) => length);
  expect(longest).toEqual(longest.toSorted((a, b) => b - a));
  expect(listed({ problemSearch: rows[7]?.problem.prompt }).map(({ place }) => place)).toContain(7);
  expect(listed({}).map(({ place }) => place)).toEqual(rows.map(({ place }) => place));
});

test('lengths: every graded completion is in the bin of its length', () => {
  const problems = measuredProblems(900, 3);
  const answers = problems.flatMap((problem) => problem.answers);
  const { bins, medianRight, right, wrong, cut } = lengthsOf(problems);
  for (const bin of bins) {
    const inside = answers.filter(({ tokens }) => tokens >= bin.from && tokens < bin.to);
    expect(bin.right).toBe(inside.filter(({ verdict }) => verdict === 'correct').length);
    expect(bin.right + bin.wrong).toBe(inside.length);
    expect(bin.cut).toBe(inside.filter(({ finishReason }) => finishReason === 'length').length);
  }
  const sum = (of: (bin: (typeof bins)[number]) => number): number => bins.reduce((total, bin) => total + of(bin), 0);
  expect([sum((bin) => bin.right), sum((bin) => bin.wrong), sum((bin) => bin.cut)]).toEqual([right, wrong, cut]);
  expect(right + wrong).toBe(1200);
  const sorted = answers
    .flatMap(({ verdict, tokens }) => (verdict === 'correct' ? [tokens] : []))
    .sort((a, b) => a - b);
  expect(sorted.filter((one) => one < (medianRight ?? 0)).length).toBeLessThanOrEqual(sorted.length / 2);
  expect(sorted.filter((one) => one > (medianRight ?? 0)).length).toBeLessThanOrEqual(sorted.length / 2);
});

test('lengths in words, also where all or none are right, and where nothing was graded', () => {
  const answer = (verdict: 'correct' | 'wrong' | 'ungraded', tokens: number) =>
    ({ id: '', answer: null, verdict, finishReason: 'stop', tokens }) as const;
  const told = (...answers: ReturnType<typeof answer>[]): string =>
    plain(lengthSummary(lengthsOf([{ prompt: '', gold: '', answers }]), en));
  expect(told(answer('correct', 10), answer('correct', 20))).toBe(
    'All 2 completions are right; their median length is 15 tokens.',
  );
  expect(told(answer('wrong', 10))).toBe('None of 1 completions is right; their median length is 10 tokens.');
  expect(told(answer('ungraded', 10))).toBe('');
  expect(lengthsOf([]).bins).toEqual([]);
  expect(lengthsOf([{ prompt: '', gold: '', answers: [answer('correct', 7)] }]).bins).toEqual([
    { from: 7, to: 8, right: 1, wrong: 0, cut: 0 },
  ]);
});

test('a comparison: its facts, its flips by size, and the problem of a flip', () => {
  const [before, after] = [measuredProblems(900, 4), measuredProblems(1100, 4)];
  const comparison = comparisonOf(before, after, pair);
  const facts = new Map(comparisonFacts({ ...comparison, items: { shared: 400, onlyBefore: 3, onlyAfter: 1 } }, en));
  expect(plain(facts.get('A') ?? '')).toMatch(/^\d\d\.\d % \(\d\d\.\d – \d\d\.\d %\) · \d\d\.\d tok$/);
  expect(facts.get('Left out')).toBe('3 that only A answered in full, 1 that only B did');
  expect(facts.get('p value')).toBe('0.0001 (paired randomization)');
  const mismatches = [
    { key: 'data', before: 'a'.repeat(64), after: 'addition-3' },
    { key: 'verifier', before: 'math 1', after: 'math 2' },
  ];
  expect(comparisonFacts({ ...comparison, mismatches, verdict: null }, en).slice(-3)).toEqual([
    ['Not alike', 'data: aaaaaaaaaaaa… in A, addition-3 in B'],
    ['Not alike', 'verifier: math 1 in A, math 2 in B'],
    ['Remedy', 'Grade the older one anew with the verifier of today: valley regrade RUN.'],
  ]);
  const flips = flipRows(comparison, 'all');
  expect(flips).toHaveLength(comparison.flips.fixed + comparison.flips.broken);
  expect(flipRows(comparison, 'broken')).toHaveLength(comparison.flips.broken);
  const changes = flips.map(({ item }) => Math.abs(item.after - item.before));
  expect(changes).toEqual(changes.toSorted((a, b) => b - a));
  const found = flips[0] && problemOf(after, flips[0].item);
  expect(found?.prompt).toBe(flips[0]?.item.prompt);
  const long = { prompt: 'x'.repeat(9000), gold: '1' };
  const sent = { ...long, prompt: long.prompt.slice(0, 4000), answers: [] };
  expect(problemOf([sent], { ...long, flip: 'fixed', before: 0, after: 1 })).toBe(sent);
});

test('ticks are round, ascending and cover both ends', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
      (low, span) => {
        const ticks = ticksOver(low, low + span);
        const step = roundStep(span / 5);
        expect(ticks[0]).toBeLessThanOrEqual(low + step * 1e-6);
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(low + span - step * 1e-6);
        expect(ticks.length).toBeLessThanOrEqual(8);
      },
    ),
  );
  expect(ticksOver(0.1, 0.98, 5).map((tick) => Number(tick.toFixed(6)))).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(ticksOver(3, 3)).toEqual([3, 4]);
});
