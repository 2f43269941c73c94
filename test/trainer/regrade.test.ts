/** `regrade`: what a run has kept, graded by the verifier of today, as a run that can be compared. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runConfig } from '../../src/config/schema.ts';
import { benchmarkScores } from '../../src/engine/stats/benchmarkScores.ts';
import { encodeEventLine } from '../../src/protocol/eventLine.ts';
import type { EvaluationIdentity } from '../../src/protocol/evaluationIdentity.ts';
import type { Completion, RunEvent } from '../../src/protocol/events.ts';
import type { RegradedRun } from '../../src/protocol/regrade.ts';
import { sampleFileName } from '../../src/protocol/runFolder.ts';
import { summarize } from '../../src/runs/listRuns.ts';
import { compareEvaluations } from '../../src/trainer/comparison/compareEvaluations.ts';
import { regradeRun } from '../../src/trainer/regrade/regradeRun.ts';
import { keptConfig } from '../../src/trainer/workplace.ts';
import { buildPrograms } from '../support/build.ts';
import { stateOf } from '../support/runs.ts';

let root = '';
let grading: URL;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'regrade-'));
  grading = pathToFileURL((await buildPrograms()).gradingProcess);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const completion = (index: number, more: Partial<Completion>): Completion => ({
  ...{ id: `0-evaluation-mine-${index}`, step: 0, prompt: `p${index >> 1}`, text: '', trace: '', answer: null },
  ...{ gold: '0.5', verdict: 'wrong', verifier: 'math 0', finishReason: 'stop', tokens: 5 + index, seed: 1 },
  ...{ temperature: 0.6, meanLogProbability: -1, steps: null },
  ...more,
});
const identity: EvaluationIdentity = {
  ...{ model: 'm', data: 'd', instruction: null, template: null, verifier: 'math 0', samplesPerProblem: 2 },
  ...{ temperature: 0.6, topP: 0.95, topK: 0, maxNewTokens: 64, stop: '[]', seed: 1 },
};

/** A run that an older verifier has graded. */
function runOf(name: string, completions: readonly Completion[], config: object = {}, told: object = {}): string {
  const folder = join(root, name);
  mkdirSync(join(folder, 'samples'), { recursive: true });
  const resolved = runConfig.parse({ recipe: 'evaluate', model: { checkpoint: 'x' }, ...config });
  writeFileSync(join(folder, 'config.resolved.json'), JSON.stringify(resolved));
  writeFileSync(join(folder, 'config.jsonc'), JSON.stringify(resolved));
  const file = sampleFileName('mine', 0);
  writeFileSync(join(folder, 'samples', file), completions.map((one) => `${JSON.stringify(one)}\n`).join(''));
  const scores = [
    { name: 'eval_loss', value: 1.25, n: 2, k: 1, interval: null, unit: 'nats' } as const,
    { name: 'eval_rewards/margins', value: 0.5, n: 2, k: 1, interval: null, unit: 'count' } as const,
    ...benchmarkScores([completions], 2),
  ];
  const events: RunEvent[] = [
    { type: 'evaluation.finished', step: 0, benchmark: 'mine', scores, identity },
    { type: 'samples.written', file, step: 0, benchmark: 'mine', count: completions.length, ...told },
    { type: 'run.finished', reason: 'completed' },
  ];
  const lines = events.map((event, seq) => encodeEventLine({ v: 1, runId: 'r', attempt: 1, seq, time: 0, event }));
  writeFileSync(join(folder, 'events.jsonl'), lines.join(''));
  return folder;
}

async function regrade(runFolder: string, name: string): Promise<RegradedRun> {
  const report = await regradeRun({ runFolder, out: join(root, name) }, grading);
  if (report.type === 'refused') throw new Error(report.error.message);
  return report;
}

const kept = (folder: string): Completion[] =>
  readFileSync(join(folder, 'samples', sampleFileName('mine', 0)), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Completion);

describe('regrade', () => {
  const texts = [
    { text: 'So \\boxed{\\frac12}' },
    { text: 'So \\boxed{\\frac12}', finishReason: 'length' },
    { text: 'So \\boxed{0.4}', verdict: 'correct' },
    { text: 'I do not know', verdict: 'correct' },
    { text: '<think> \\boxed{0.5}' },
    { text: ' \\boxed{0.5}', isTraceOpen: true },
  ] as const satisfies readonly Partial<Completion>[];
  // In the order in which they came.
  const completions = [3, 0, 5, 1, 4, 2].map((index) => completion(index, texts[index]!));

  test('verdicts and scores are those of today; texts, tokens and what no verdict touches stay', async () => {
    const from = runOf('old', completions);
    const { evaluations, runFolder } = await regrade(from, 'new');
    const told = kept(runFolder);
    expect(told.map(({ id, text, tokens }) => [id, text, tokens])).toEqual(
      completions.map(({ id, text, tokens }) => [id, text, tokens]),
    );
    const byIndex = Object.fromEntries(told.map(({ id, verdict, verifier }) => [id.at(-1), [verdict, verifier]]));
    expect(byIndex).toEqual({
      0: ['correct', 'math 1'],
      1: ['wrong', 'math 1'],
      2: ['wrong', 'math 1'],
      3: ['wrong', 'math 1'],
      4: ['unparsed', 'math 1'],
      5: ['unparsed', 'math 1'],
    });
    const state = stateOf(runFolder);
    expect(state.evaluations[0]).toMatchObject({ benchmark: 'mine', identity: { ...identity, verifier: 'math 1' } });
    const scores = Object.fromEntries(state.evaluations[0]!.scores.map((score) => [score.name, score]));
    expect(scores['accuracy']).toMatchObject({ n: 3, k: 2, value: 1 / 6 });
    expect(scores['unterminated']!.value).toBeCloseTo(2 / 6, 12);
    expect(scores['eval_loss']!.value).toBe(1.25);
    expect(scores['eval_rewards/margins']!.value).toBe(0.5);
    expect(evaluations).toMatchObject([
      { completions: 6, changed: 5, verifierBefore: 'math 0', verifierAfter: 'math 1', after: { value: 1 / 6 } },
    ]);
  });

  test('the new run is seen as one that has finished, and is compared with others of its verifier only', async () => {
    const from = runOf('compared', completions);
    const { runFolder } = await regrade(from, 'compared-new');
    expect(await summarize(runFolder)).toMatchObject({ status: 'finished', recipe: 'evaluate' });
    const side = (folder: string) => ({ runFolder: folder, step: null });
    const report = await compareEvaluations({ before: side(from), after: side(runFolder), matters: 0.05 });
    expect(report).toMatchObject({
      comparisons: [{ verdict: null, mismatches: [{ key: 'verifier', before: 'math 0', after: 'math 1' }] }],
    });
    const again = await regrade(runFolder, 'compared-again');
    expect(again.evaluations[0]?.changed).toBe(0);
    const same = await compareEvaluations({ before: side(runFolder), after: side(again.runFolder), matters: 0.05 });
    expect(same).toMatchObject({ comparisons: [{ mismatches: [], flips: { fixed: 0, broken: 0 } }] });
  });

  test('tasks, choices and rows are graded each in their own way', async () => {
    const { verifier: _, ...withoutVerifier } = completion(0, {});
    const task = runOf('task', [
      { ...withoutVerifier, text: '1+1=2 #2', gold: '2' },
      completion(1, { text: '\\boxed{2}', gold: '2', verifier: 'arithmetic 0' }),
    ]);
    expect(kept((await regrade(task, 'task-new')).runFolder).map(({ verdict }) => verdict)).toEqual([
      'correct',
      'unparsed',
    ]);
    const pair = (more: Partial<Completion>) => [completion(0, more), completion(1, more)];
    const choice = runOf('choice', pair({ text: '\\boxed{(B)}', gold: 'B', verifier: 'choice 0' }));
    expect(kept((await regrade(choice, 'choice-new')).runFolder)[1]?.verdict).toBe('correct');
    const rows = runOf('rows', pair({ text: '\\boxed{Seoul}', gold: 'Seoul' }), { data: { path: 'rows.jsonl' } });
    expect(kept((await regrade(rows, 'rows-new')).runFolder)[1]?.verdict).toBe('correct');
  });

  test.each([{ step: '/../../../outside' }, { step: -1 }, { step: 0.5 }, { file: '../../outside.jsonl' }])(
    'a folder that tells of %j is refused, and nothing is made',
    async (told) => {
      const from = runOf('hostile', completions, {}, told);
      const out = join(root, 'hostile-new');
      const refused = { type: 'refused', error: { code: 'badDataset' } };
      expect(await regradeRun({ runFolder: from, out }, grading)).toMatchObject(refused);
      expect(existsSync(out)).toBe(false);
      await expect(
        compareEvaluations({
          before: { runFolder: from, step: null },
          after: { runFolder: from, step: null },
          matters: 0.05,
        }),
      ).resolves.toMatchObject(refused);
    },
  );

  test('one that fails says so, and nobody can go on there with what the first run does', async () => {
    const from = runOf('fails', [completion(0, {}), completion(1, { verifier: 5 as never })]);
    await expect(regradeRun({ runFolder: from, out: join(root, 'fails-new') }, grading)).rejects.toThrow();
    expect(await summarize(join(root, 'fails-new'))).toMatchObject({ status: 'failed' });
    expect(() => keptConfig(join(root, 'fails-new'))).toThrow('cannot be continued');
  });

  test('thousands are graded at once', async () => {
    const text = (i: number): string => `\\boxed{${i % 2 ? '5' : '7'}}`;
    const many = Array.from({ length: 5000 }, (_, i) => completion(i, { text: text(i), gold: '5' }));
    const { evaluations } = await regrade(runOf('many', many), 'many-new');
    expect(evaluations[0]).toMatchObject({ completions: 5000, changed: 2500, after: { value: 0.5, n: 2500 } });
  });

  test('a run without evaluations, one whose completions are damaged, and a folder where something lies, are refused', async () => {
    const empty = join(root, 'empty');
    mkdirSync(empty);
    expect(await regradeRun({ runFolder: empty, out: join(root, 'empty-new') }, grading)).toMatchObject({
      type: 'refused',
      error: { message: expect.stringContaining('keeps no evaluation') as string },
    });
    expect(existsSync(join(root, 'empty-new'))).toBe(false);
    const torn = runOf('torn', completions);
    const file = join(torn, 'samples', sampleFileName('mine', 0));
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, -20));
    expect(await regradeRun({ runFolder: torn, out: join(root, 'torn-new') }, grading)).toMatchObject({
      type: 'refused',
      error: { code: 'badDataset', message: expect.stringContaining('5 of its 6 completions') as string },
    });
    const from = runOf('busy', completions);
    expect(await regradeRun({ runFolder: from, out: from }, grading)).toMatchObject({
      type: 'refused',
      error: { code: 'runFolderBusy' },
    });
  });
});
