import { appendFileSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MeasuredRuns } from '../../src/extension/measuredRuns.ts';
import { findAnswer, readProblems } from '../../src/extension/measuredProblems.ts';
import { PanelBenchmarks, type BenchmarkParts, type MeasuredStep } from '../../src/extension/panelBenchmarks.ts';
import { comparableWith, evaluationItems } from '../../src/extension/pickItems.ts';
import type { RunPanel } from '../../src/extension/runPanel.ts';
import { RunRegistry } from '../../src/extension/runRegistry.ts';
import type { RunWatcher } from '../../src/extension/runWatcher.ts';
import { sayIn } from '../../src/extension/say.ts';
import type { EvaluationReference, ToPanel } from '../../src/protocol/panel.ts';
import { compareEvaluations } from '../../src/trainer/comparison/compareEvaluations.ts';
import { hear, newModel } from '../../webview/model.ts';
import { pairKey } from '../../webview/references.ts';
import { completion, evaluated, makeRoot, measuredRun, samplesAt, started, WrittenRun } from './runFolders.ts';

const say = sayIn({});
let { root, remove } = makeRoot();
let registry: RunRegistry;
beforeEach(() => {
  ({ root, remove } = makeRoot());
  registry = new RunRegistry(50);
});
afterEach(() => {
  registry.dispose();
  remove();
});

/** A panel that keeps what it was told, and the editor around it. */
function panelOf(run: RunWatcher): { panel: RunPanel; heard: ToPanel[]; shown: string[]; benchmarks: PanelBenchmarks } {
  const [heard, shown]: [ToPanel[], string[]] = [[], []];
  const parts: BenchmarkParts = {
    registry,
    measured: new MeasuredRuns(),
    say,
    compare: (before, after, matters) => compareEvaluations({ before: sideOf(before), after: sideOf(after), matters }),
    show: async (of, { id }) => void shown.push(`${of.id} ${id}`),
  };
  const panel = { run, send: (message: ToPanel) => void heard.push(structuredClone(message)) } as unknown as RunPanel;
  return { panel, heard, shown, benchmarks: new PanelBenchmarks(parts) };
}

const sideOf = ({ run, step }: MeasuredStep) => ({ runFolder: run.folder, step });

async function watched(...names: readonly string[]): Promise<RunWatcher[]> {
  await registry.setRoots([root]);
  return names.map((name) => {
    const run = registry.find(`id-${name}`);
    if (run === null) throw new Error(`There is no run ${name}.`);
    return run;
  });
}

test('the other runs that were measured are told, without those that were not', async () => {
  measuredRun(root, 'one', { 0: [0, 0], 100: [2, 1] });
  measuredRun(root, 'two', { 100: [2, 2] });
  new WrittenRun(root, 'three').say(started);
  const [one] = await watched('one');
  const { panel, heard, benchmarks } = panelOf(one!);
  await benchmarks.sendScores(panel);
  expect(heard).toMatchObject([
    {
      type: 'scores',
      runs: [
        {
          run: 'id-two',
          name: '3-digit chains',
          recipe: 'sft',
          evaluations: [{ step: 100, benchmark: 'addition-3', scores: evaluated.scores }],
          sampleFiles: [{ file: samplesAt(100), count: 4 }],
        },
      ],
    },
  ]);
});

test('a list is read on where it stopped, and what a continued run has left behind is dropped', async () => {
  const written = measuredRun(root, 'one', { 0: [0], 100: [1], 200: [1] });
  const [one] = await watched('one');
  const measured = new MeasuredRuns();
  const steps = async (): Promise<number[]> => (await measured.one(one!)).evaluations.map(({ step }) => step);
  expect(await steps()).toEqual([0, 100, 200]);
  written.say({ ...started, resumedFrom: { step: 100, checkpoint: 'step-00000100' } }, { ...evaluated, step: 300 });
  expect(await steps()).toEqual([0, 100, 300]);
});

test('problems come with all their completions and without texts; one opens by its id', async () => {
  measuredRun(root, 'one', { 100: [2, 1, 0] });
  measuredRun(root, 'two', { 100: [0, 0, 0] });
  const [one, two] = await watched('one', 'two');
  const { panel, heard, shown, benchmarks } = panelOf(one!);
  const of = { run: 'id-two', file: samplesAt(100) };
  await benchmarks.sendProblems(panel, { run: null, file: samplesAt(100) });
  await benchmarks.sendProblems(panel, of);
  expect(heard.map((message) => (message.type === 'problems' ? message.problems.length : 0))).toEqual([3, 3]);
  const [message] = heard;
  if (message?.type !== 'problems') throw new Error('No problems came.');
  expect(message.trouble).toBeNull();
  expect(message.problems[1]).toEqual({
    prompt: '1+1=',
    gold: '2',
    answers: [
      { id: '100-evaluation-2', answer: '2', verdict: 'correct', finishReason: 'stop', tokens: 11 },
      { id: '100-evaluation-3', answer: '3', verdict: 'wrong', finishReason: 'stop', tokens: 11 },
    ],
  });
  await benchmarks.openAnswer(panel, of, '100-evaluation-4');
  await benchmarks.openAnswer(panel, of, 'none');
  expect(shown).toEqual([`${two?.id} 100-evaluation-4`]);
});

test('only files that the run has named are read, and no link leads out', async () => {
  const { folder } = measuredRun(root, 'one', { 100: [1] });
  const [one] = await watched('one');
  const { panel, heard, shown, benchmarks } = panelOf(one!);
  for (const of of [
    { run: null, file: '../config.resolved.json' },
    { run: null, file: 'other.jsonl' },
    { run: 'id-gone', file: samplesAt(100) },
  ]) {
    await benchmarks.sendProblems(panel, of);
    await benchmarks.openAnswer(panel, of, '100-evaluation-0');
  }
  expect([heard, shown]).toEqual([[], []]);
  symlinkSync(join(folder, 'config.resolved.json'), join(folder, 'samples', 'link.jsonl'));
  const { problems, trouble } = await readProblems(folder, 'link.jsonl', say);
  expect(problems).toEqual([]);
  expect(trouble).toMatch(/link\.jsonl cannot be read: it is a link to another folder/);
});

test('damaged lines are counted, not hidden; a file that is gone is said', async () => {
  const { folder } = measuredRun(root, 'one', { 100: [1, 1] });
  appendFileSync(join(folder, 'samples', samplesAt(100)), '{"id":\nnull\n\n');
  const { problems, trouble } = await readProblems(folder, samplesAt(100), say);
  expect(problems).toHaveLength(2);
  expect(trouble).toBe(`2 lines of ${samplesAt(100)} are damaged.`);
  expect(await findAnswer(folder, samplesAt(100), '100-evaluation-3')).toMatchObject({ prompt: '1+1=' });
  expect((await readProblems(folder, 'gone.jsonl', say)).trouble).toMatch(/^gone\.jsonl cannot be read: /);
});

test('texts are cut before they are sent, what is no file is refused, and U+2028 ends no line', async () => {
  const { folder } = measuredRun(root, 'one', { 100: [1] });
  const long = {
    ...completion('i'.repeat(9_000)),
    prompt: 'a\u2028b',
    gold: 'g'.repeat(9_000),
    answer: 'x'.repeat(9_000),
  };
  appendFileSync(
    join(folder, 'samples', samplesAt(100)),
    `${JSON.stringify(long)}\n${JSON.stringify({ ...long, gold: 1 })}\n`,
  );
  const { problems, trouble } = await readProblems(folder, samplesAt(100), say);
  const [, problem] = problems;
  expect([problem?.prompt, problem?.gold?.length, problem?.answers[0]?.answer?.length]).toEqual([
    'a\u2028b',
    4000,
    500,
  ]);
  expect(trouble).toContain('1 lines of');
  const id = problem?.answers[0]?.id ?? '';
  expect(id).toHaveLength(500);
  expect((await findAnswer(folder, samplesAt(100), id))?.gold).toBe(long.gold);
  mkdirSync(join(folder, 'samples', 'folder.jsonl'));
  expect((await readProblems(folder, 'folder.jsonl', say)).trouble).toMatch(/it is no file$/);
});

test('of the comparisons of one panel only one is made at a time', async () => {
  measuredRun(root, 'one', { 0: [0], 100: [1] });
  const [one] = await watched('one');
  let [now, most] = [0, 0];
  const compare: BenchmarkParts['compare'] = async () => {
    most = Math.max(most, ++now);
    await new Promise(setImmediate);
    now--;
    return null;
  };
  const heard: ToPanel[] = [];
  const panel = { run: one!, send: (message: ToPanel) => void heard.push(message) } as unknown as RunPanel;
  const benchmarks = new PanelBenchmarks({
    registry,
    measured: new MeasuredRuns(),
    say,
    compare,
    show: async () => {},
  });
  const [before, after] = [0, 100].map((step) => ({ run: null, step })) as [EvaluationReference, EvaluationReference];
  await Promise.all([0.1, 0.2].map((matters) => benchmarks.sendComparison(panel, { before, after, matters })));
  expect([most, heard.length]).toEqual([1, 2]);
});

test('a question for a comparison comes back as the answer of the trainer, under the same pair', async () => {
  measuredRun(root, 'one', { 0: Array.from({ length: 40 }, () => 0) });
  measuredRun(root, 'two', { 100: Array.from({ length: 40 }, (_, problem) => problem % 3) });
  const [, two] = await watched('one', 'two');
  const { panel, heard, benchmarks } = panelOf(two!);
  const pair = { before: { run: 'id-one', step: 0 }, after: { run: null, step: 100 }, matters: 0.1 };
  await benchmarks.sendComparison(panel, pair);
  const model = newModel();
  for (const message of heard) hear(model, message);
  expect(model.comparisons.get(pairKey(pair))).toMatchObject({
    type: 'compared',
    comparisons: [{ flips: { fixed: 13, broken: 0, unchanged: 27 }, matters: 0.1, verdict: 'better' }],
  });
  const gone = { ...pair, before: { run: 'id-gone', step: 0 } };
  await benchmarks.sendComparison(panel, gone);
  expect(heard.at(-1)).toEqual({ type: 'comparison', pair: gone, report: null });
  const never = { ...pair, before: { run: 'id-one', step: 7 } };
  await benchmarks.sendComparison(panel, never);
  expect(heard.at(-1)).toMatchObject({ report: { type: 'refused', error: { code: 'badConfig' } } });
});

test('evaluations to choose from: newest first, and only those that share a benchmark', async () => {
  measuredRun(root, 'one', { 0: [0], 100: [1] });
  measuredRun(root, 'two', { 100: [1] }).say(
    { type: 'samples.written', file: 'other.jsonl', step: 200, benchmark: 'other', count: 1 },
    { ...evaluated, step: 200, benchmark: 'other' },
  );
  const runs = await watched('one', 'two');
  const items = evaluationItems(await new MeasuredRuns().of(runs), say);
  expect(items.map(({ label, description, detail }) => [label, description, detail])).toEqual([
    ['$(beaker) sft · 3-digit chains · step 100', '94.8 % ±2.1 (n 400)', 'addition-3'],
    ['$(beaker) sft · 3-digit chains · step 0', '94.8 % ±2.1 (n 400)', 'addition-3'],
    ['$(beaker) sft · 3-digit chains · step 200', '94.8 % ±2.1 (n 400)', 'other'],
    ['$(beaker) sft · 3-digit chains · step 100', '94.8 % ±2.1 (n 400)', 'addition-3'],
  ]);
  const others = items[0] && comparableWith(items[0].value, items);
  expect(others?.map(({ value: { run, step } }) => `${run} ${step}`)).toEqual(['id-one 0', 'id-two 100']);
});
