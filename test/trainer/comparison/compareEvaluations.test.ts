import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { comparisonLines } from '../../../src/cli/comparisonText.ts';
import { runConfig } from '../../../src/config/schema.ts';
import type { Comparison, ComparisonReport } from '../../../src/protocol/comparison.ts';
import { encodeEventLine } from '../../../src/protocol/eventLine.ts';
import type { EvaluationIdentity } from '../../../src/protocol/evaluationIdentity.ts';
import type { RunEvent } from '../../../src/protocol/events.ts';
import { compareEvaluations } from '../../../src/trainer/comparison/compareEvaluations.ts';
import { sampleFileName } from '../../../src/protocol/runFolder.ts';

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'compare-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Told {
  readonly name: string;
  readonly step?: number;
  readonly evaluation?: object;
  readonly data?: object;
  readonly benchmark?: string;
  /** By problem: how many of the k completions are right. */
  readonly right: readonly number[];
  readonly k?: number;
  readonly verifier?: string;
  readonly identity?: EvaluationIdentity;
}

function tell(folder: string, event: RunEvent): void {
  const events = join(folder, 'events.jsonl');
  const seq = existsSync(events) ? readFileSync(events, 'utf8').split('\n').length - 1 : 0;
  appendFileSync(events, encodeEventLine({ v: 1, runId: 'r', attempt: 1, seq, time: 0, event }));
}

/** A run folder as the trainer leaves it, as far as a comparison reads it. */
function run({
  name,
  step = 5,
  evaluation = {},
  data,
  benchmark = 'arithmetic/addition-2',
  right,
  k = 1,
  verifier,
  identity,
}: Told): string {
  const folder = join(root, name);
  mkdirSync(join(folder, 'samples'), { recursive: true });
  const config = runConfig.parse({ recipe: 'evaluate', model: { checkpoint: 'x' }, evaluation, data });
  writeFileSync(join(folder, 'config.resolved.json'), JSON.stringify(config));
  const lines = right.flatMap((count, problem) =>
    Array.from({ length: k }, (_, sample) =>
      JSON.stringify({
        ...{ id: `${step}-evaluation-${problem * k + sample}`, prompt: `${problem}+1=`, gold: `${problem + 1}` },
        ...{ verdict: sample < count ? 'correct' : 'wrong', tokens: 10 + problem, verifier },
      }),
    ),
  );
  const file = sampleFileName(benchmark, step);
  writeFileSync(join(folder, 'samples', file), lines.map((line) => `${line}\n`).join(''));
  if (identity) tell(folder, { type: 'evaluation.finished', step, benchmark, scores: [], identity });
  tell(folder, { type: 'samples.written', file, step, benchmark, count: lines.length });
  return folder;
}

const compare = (before: string, after: string, steps: readonly (number | null)[] = []): Promise<ComparisonReport> =>
  compareEvaluations({
    before: { runFolder: before, step: steps[0] ?? null },
    after: { runFolder: after, step: steps[1] ?? null },
    matters: 0.05,
  });

async function comparisonOf(before: string, after: string): Promise<Comparison> {
  const report = await compare(before, after);
  if (report.type !== 'compared' || report.comparisons.length !== 1) throw new Error(JSON.stringify(report));
  return report.comparisons[0]!;
}

const refusal = async (...args: Parameters<typeof compare>): Promise<string> => {
  const report = await compare(...args);
  return report.type === 'refused' ? report.error.message : '';
};

const ones = (count: number): number[] => Array.from({ length: count }, () => 1);
const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);

describe('compareEvaluations', () => {
  test('fixed, broken, unchanged, difference and verdict', async () => {
    const before = run({ name: 'a', right: [...ones(40), ...zeros(60)] });
    const after = run({ name: 'b', right: [0, 0, ...ones(38), ...ones(30), ...zeros(30)] });
    const told = await comparisonOf(before, after);
    expect(told).toMatchObject({
      k: 1,
      items: { shared: 100, onlyBefore: 0, onlyAfter: 0 },
      flips: { fixed: 30, broken: 2, unchanged: 68 },
      mismatches: [],
      verdict: 'better',
      before: { accuracy: { value: 0.4 }, step: 5, meanLength: 59.5 },
      after: { accuracy: { value: 0.68 } },
    });
    expect(told.difference.difference).toBeCloseTo(0.28, 12);
    expect(told.flipped).toHaveLength(32);
    expect(told.flipped[0]).toEqual({ flip: 'broken', prompt: '0+1=', gold: '1', before: 1, after: 0 });
    expect((await comparisonOf(after, before)).verdict).toBe('worse');
  });

  test('k > 1 is paired by problem', async () => {
    const before = run({ name: 'k-a', right: [0, 1, 2, 3, 4], k: 4 });
    const after = run({ name: 'k-b', right: [1, 2, 3, 4, 4], k: 4 });
    const { k, difference, flips, verdict } = await comparisonOf(before, after);
    expect({ k, test: difference.test, flips, verdict }).toEqual({
      k: 4,
      test: 'signFlip',
      flips: { fixed: 1, broken: 0, unchanged: 4 },
      verdict: 'notEnoughItems',
    });
    expect(difference.difference).toBeCloseTo(0.2, 12);
  });

  test('problems that one side lacks are told, not dropped in silence', async () => {
    const told = await comparisonOf(run({ name: 'm-a', right: ones(8) }), run({ name: 'm-b', right: ones(5) }));
    expect(told.items).toEqual({ shared: 5, onlyBefore: 3, onlyAfter: 0 });
  });

  test('another way of measuring gives no verdict, whatever the numbers', async () => {
    const before = run({ name: 's-a', right: zeros(50) });
    const after = run({ name: 's-b', right: ones(50), evaluation: { temperature: 1, maxNewTokens: 64 } });
    const told = await comparisonOf(before, after);
    expect(told.difference.verdict).toBe('better');
    expect(told.verdict).toBeNull();
    expect(told.mismatches).toEqual([
      { key: 'evaluation.temperature', before: '0.6', after: '1' },
      { key: 'evaluation.maxNewTokens', before: '128', after: '64' },
    ]);
  });

  test('prompts that the template wrote in another way give no verdict', async () => {
    const sides = [{}, { enableThinking: false }].map((chatTemplateKwargs, i) =>
      run({ name: `t-${i}`, right: ones(9), data: { path: 'rows.jsonl', chatTemplateKwargs } }),
    );
    expect(await comparisonOf(sides[0] ?? '', sides[1] ?? '')).toMatchObject({
      verdict: null,
      mismatches: [{ key: 'data.chatTemplateKwargs', before: '{}', after: '{"enableThinking":false}' }],
    });
  });

  test('another verifier, or one that only one side tells, gives no verdict', async () => {
    const sides = ['math 1', 'math 2', undefined].map((verifier, i) =>
      run({ name: `v-${i}`, right: ones(9), ...(verifier === undefined ? {} : { verifier }) }),
    );
    const [one = '', two = '', none = ''] = sides;
    expect(await comparisonOf(one, two)).toMatchObject({
      verdict: null,
      mismatches: [{ key: 'verifier', before: 'math 1', after: 'math 2' }],
    });
    expect((await comparisonOf(one, none)).mismatches).toEqual([{ key: 'verifier', before: 'math 1', after: '?' }]);
    expect((await comparisonOf(one, run({ name: 'v-9', right: ones(9), verifier: 'math 1' }))).verdict).not.toBeNull();
  });

  test('what evaluations tell of themselves counts, whatever their configs say', async () => {
    const identity: EvaluationIdentity = {
      ...{ model: 'a'.repeat(64), data: 'd'.repeat(64), instruction: null, template: null, verifier: 'math 1' },
      ...{ samplesPerProblem: 1, temperature: 0.6, topP: 0.95, topK: 0, maxNewTokens: 128, stop: '[]', seed: 1 },
    };
    const of = (name: string, more: Partial<EvaluationIdentity>, evaluation = {}): string =>
      run({ name: `i-${name}`, right: ones(9), identity: { ...identity, ...more }, evaluation });
    const base = of('base', {});
    const sameOf = async (name: string, more: Partial<EvaluationIdentity>) =>
      (await comparisonOf(base, of(name, more, { temperature: 1 }))).mismatches;
    expect(await sameOf('model', { model: 'b'.repeat(64), seed: 2 })).toEqual([]);
    expect(await sameOf('data', { data: 'e'.repeat(64) })).toEqual([
      { key: 'data', before: 'd'.repeat(64), after: 'e'.repeat(64) },
    ]);
    const others = { instruction: 'Think.', template: 'x {}', verifier: 'math 2', topK: 5, stop: '["#"]' };
    expect((await sameOf('others', others)).map(({ key }) => key)).toEqual([
      'instruction',
      'template',
      'verifier',
      'topK',
      'stop',
    ]);
    const [comparison] = [await comparisonOf(base, of('verifier', { verifier: 'math 2', data: 'e'.repeat(64) }))];
    const lines = comparisonLines(comparison, {}).join('\n');
    expect(lines).toContain('data is dddddddddddd… in A and eeeeeeeeeeee… in B.');
    expect(lines).toContain('valley regrade RUN');
    expect(lines).toContain('The two cannot be compared');
  });

  test('a problem that stands twice is one with all its completions, and U+2028 ends no line', async () => {
    const sides = [1, 2].map((right) => {
      const folder = run({ name: `twice-${right}`, right: [right, 1, 0], k: 2 });
      const file = join(folder, 'samples', sampleFileName('arithmetic/addition-2', 5));
      const again = { prompt: '0+1=', gold: '1', tokens: 10, text: 'a\u2028b\u2029' };
      for (const verdict of ['correct', right === 1 ? 'wrong' : 'correct'])
        appendFileSync(file, `${JSON.stringify({ ...again, verdict })}\n`);
      return folder;
    });
    const told = await comparisonOf(sides[0] ?? '', sides[1] ?? '');
    expect(told).toMatchObject({ k: 2, items: { shared: 3, onlyBefore: 0, onlyAfter: 0 }, flips: { fixed: 1 } });
    expect(told.before).toMatchObject({ accuracy: { value: 1 / 3 }, meanLength: (4 * 10 + 2 * 11 + 2 * 12) / 8 });
  });

  test('the newest step is taken, or the one that is named', async () => {
    const folder = run({ name: 'steps', step: 0, right: zeros(9) });
    run({ name: 'steps', step: 40, right: ones(9) });
    const report = await compare(folder, folder, [0, null]);
    expect(report).toMatchObject({ comparisons: [{ before: { step: 0 }, after: { step: 40 }, flips: { fixed: 9 } }] });
    expect(await refusal(folder, folder)).toContain('Both sides are the evaluation of step 40');
    expect(await refusal(folder, folder, [7, null])).toContain('no evaluation of step 7, only of: 0, 40');
  });

  test('an evaluation that was interrupted is none', async () => {
    const folder = run({ name: 'torn', step: 0, right: zeros(9) });
    writeFileSync(join(folder, 'samples', sampleFileName('arithmetic/addition-2', 50)), '{"prompt":"0+1=","go');
    const report = await compare(folder, run({ name: 'whole', right: ones(9) }));
    expect(report).toMatchObject({ comparisons: [{ benchmark: 'arithmetic/addition-2', before: { step: 0 } }] });
  });

  test('refusals name what is missing', async () => {
    const folder = run({ name: 'r-a', right: ones(3) });
    const other = run({ name: 'r-b', right: ones(3), benchmark: 'gsm8k' });
    const other4 = run({ name: 'r-c', right: ones(3), k: 4 });
    expect(await refusal(folder, other)).toContain('no benchmark in common: arithmetic/addition-2 and gsm8k');
    expect(await refusal(folder, other4)).toContain('no problem in common that both answered 4 times');
    expect(await refusal(folder, root)).toContain('keeps no evaluation');
    writeFileSync(join(other4, 'samples', 'arithmetic_addition-2-00000005.jsonl'), '{"prompt":1}\n');
    expect(await refusal(folder, other4)).toContain('line 1 is no completion');
  });
});
