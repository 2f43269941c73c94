import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/parseConfig.ts';
import type { LadderConfig } from '../../src/config/schema.ts';
import { editConfig } from '../../src/config/suggestion/editConfig.ts';
import { reasonText, suggestNext, type Suggested } from '../../src/config/suggestion/suggestNext.ts';
import { unifiedDiff } from '../../src/config/suggestion/unifiedDiff.ts';
import { ladderVerdict } from '../../src/engine/analysis/verdict/ladderVerdict.ts';
import type { ValleyFacts } from '../../src/engine/analysis/fakeValleys/check.ts';
import type { LadderVerdict } from '../../src/protocol/verdict.ts';
import { madeLadder, type Made, type Truth } from '../support/madeLadder.ts';

const example = readFileSync('examples/ladder/small-machine.valley.jsonc', 'utf8');

function ladderOf(text: string): LadderConfig {
  const parsed = parseConfig(text, 'made.valley.jsonc');
  if (!parsed.ok || parsed.config.recipe !== 'ladder') throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

const NOTHING_KNOWN: ValleyFacts = {
  ...{ ends: null, padding: null, lengths: null, answers: null, packing: null, templates: null, overlap: null },
};
const verdictOf = (made: Omit<Made, 'draw'>, draw = 7): LadderVerdict =>
  ladderVerdict(madeLadder({ ...made, draw }), { evaluation: 'made', facts: NOTHING_KNOWN, matters: 0.05 });

const suggested = (verdict: LadderVerdict, text = example, start = 'runs/base'): Suggested =>
  suggestNext({ text, config: ladderOf(text), verdict, start, strings: {} });

const SIZES = [64, 256, 1024, 4096];
const rungs = (stage: Truth['stage'], accuracies: readonly number[]): Truth[] =>
  accuracies.map((accuracy, rank) => ({ stage, size: SIZES[rank] ?? 0, accuracy }));
const BASE: Truth = { stage: 'base', size: 0, accuracy: 0.6 };
const DEEP = [BASE, ...rungs('sft', [0.35, 0.45, 0.6, 0.68]), ...rungs('short', [0.5, 0.6, 0.65, 0.65])];
const deep = verdictOf({ truths: DEEP, seeds: 3, apart: 0.02, problems: 500 });
const advised = (...next: LadderVerdict['next'][number]['kind'][]): LadderVerdict => ({
  ...deep,
  next: next.map((kind) => ({ kind, said: { text: `Do ${kind}.`, args: [] } })),
});

describe('a suggestion', () => {
  test('of a deep valley: the next size and where to start, in one config that keeps every comment', () => {
    const [ladder, short] = suggested(deep).configs;
    expect(ladder?.suggestions.map(({ kind }) => kind)).toEqual(['moreData', 'startRl']);
    const config = ladderOf(ladder?.text ?? '');
    expect(config.sizes).toEqual([...SIZES, 8192]);
    expect(config.grpo?.from).toEqual([0, deep.recoverySize]);
    for (const comment of example.match(/\/\/.*/g) ?? []) expect(ladder?.text).toContain(comment);
    expect(ladder?.suggestions.map((one) => reasonText(one, {})).join()).toContain('8,192');
    expect(short?.recipe).toBe('sft');
    const own = parseConfig(short?.text ?? '', 'x');
    expect(own.ok && own.config).toMatchObject({
      ...{ recipe: 'sft', model: { checkpoint: 'runs/base' }, data: { problems: 64 }, task: { trace: 'short' } },
      ...{ evaluation: { problems: 512, maxNewTokens: 400 }, training: { epochs: 5, batchSize: 8 } },
    });
  });

  test('of any made-up ladder passes the checks of configs', () => {
    let count = 0;
    for (let draw = 1; draw <= 12; draw++) {
      const accuracies = [0.3, 0.4, 0.5, 0.6].map((one) => one + ((draw * 7) % 5) * 0.04);
      const truths = [BASE, ...rungs('sft', accuracies), ...(draw % 2 ? rungs('short', [0.5, 0.6, 0.6, 0.6]) : [])];
      const verdict = verdictOf({ truths, seeds: 2, apart: 0.03, problems: 40 * draw }, draw);
      for (const { text } of suggested(verdict).configs) {
        const { ok, problems } = parseConfig(text, 'made.valley.jsonc');
        expect(ok, JSON.stringify(problems)).toBe(true);
        count++;
      }
    }
    expect(count).toBeGreaterThan(8);
  });

  test('of more problems and more seeds takes problems alone where either would do', () => {
    const valley = {
      ...deep.valley,
      holds: 'notDecided',
      needed: { problems: 250, seeds: 2, isTogether: false },
    } as const;
    const verdict = { ...advised('moreProblems', 'moreSeeds'), valley };
    const either = ladderOf(suggested(verdict).configs[0]?.text ?? '');
    expect([either.evaluation.problems, either.seeds]).toEqual([750, [1, 2]]);
    const together = { ...verdict, valley: { ...valley, needed: { ...valley.needed, isTogether: true } } };
    const both = ladderOf(suggested(together).configs[0]?.text ?? '');
    expect([both.evaluation.problems, both.seeds]).toEqual([750, [1, 2, 3, 4, 5]]);
  });

  test('of an evaluation that cuts answers raises its limit, as far as the model has room', () => {
    const cap = (longestTaught: number): LadderVerdict => ({
      ...advised('mendMeasurement'),
      fakeValleys: [
        { name: 'evaluationCap', holds: 'yes', evidence: { text: 'cut', args: [] }, numbers: { longestTaught } },
      ],
    });
    const limit = (verdict: LadderVerdict): number =>
      ladderOf(suggested(verdict).configs[0]?.text ?? '').evaluation.maxNewTokens;
    expect(limit(cap(300))).toBe(450);
    expect(limit(cap(400))).toBe(505);
  });

  test('of what is so already, or of what no key can do, is told and changes nothing', () => {
    const { configs, unfollowed } = suggested(advised('measureControl', 'mendMeasurement'));
    expect(configs).toEqual([]);
    expect(unfollowed.map(({ kind }) => kind)).toEqual(['measureControl', 'mendMeasurement']);
  });

  test('of enough data is a training of that size from a given base, named from the new place', () => {
    const text =
      '{ "recipe": "ladder", "base": { "path": "model" }, "sizes": [64, 256], "evaluation": { "maxNewTokens": 400 } }';
    const { configs } = suggested({ ...advised('stopHere', 'moreData'), recoverySize: 256 }, text, '../model');
    expect(ladderOf(configs[0]?.text ?? '')).toMatchObject({ base: { path: '../model' }, sizes: [64, 256, 512] });
    const own = parseConfig(configs[1]?.text ?? '', 'x');
    expect(own.ok && own.config).toMatchObject({
      model: { path: '../model' },
      data: { problems: 256 },
      task: { trace: 'long' },
    });
  });

  test('of the paper takes its next size, and none after its last', () => {
    const paper = (sizes: string): string =>
      `{ "recipe": "ladder", "schedule": "paper", "sizes": [${sizes}], "only": ["sft-8000-seed-1"], "evaluation": { "maxNewTokens": 400 } }`;
    const [first] = suggested(advised('moreData'), paper('8000')).configs;
    expect(ladderOf(first?.text ?? '')).toMatchObject({ sizes: [8000, 16_000], only: [] });
    expect(suggested(advised('moreData'), paper('8000, 220000')).configs).toEqual([]);
  });
});

describe('an edit of a config', () => {
  test.each([
    ['{\n  "a": 1 // one\n}', ['b'], 2, '{\n  "a": 1, // one\n  "b": 2\n}'],
    ['{\n  "a": 1, // one\n}', ['b'], 2, '{\n  "a": 1, // one\n  "b": 2\n}'],
    ['{ "a": { "x": 1 } }', ['a', 'y'], [1, 2], '{ "a": { "x": 1, "y": [1, 2] } }'],
    ['{}', ['a', 'b'], true, '{ "a": { "b": true } }'],
    ['{ "a": [1, /* two */ 2, ] }', ['a'], [1, 2, 3], '{ "a": [1, /* two */ 2, 3, ] }'],
    ['{ "a": [1, 2] }', ['a'], [0], '{ "a": [0] }'],
    ['{\r\n  "a": 1\r\n}', ['b'], 2, '{\r\n  "a": 1,\r\n  "b": 2\r\n}'],
    ['{\n  "a": 1 /* one\n  more */\n}', ['b'], 2, '{\n  "a": 1,\n  "b": 2 /* one\n  more */\n}'],
  ])('%j', (text, path, value, after) => {
    expect(editConfig(text, [{ path, value }])).toBe(after);
  });
});

test('a diff shows what changed with three lines around it', () => {
  const before = Array.from({ length: 12 }, (_, at) => `line ${at + 1}`);
  const after = before.with(5, 'other');
  expect(unifiedDiff({ name: 'a', text: before.join('\n') }, { name: 'b', text: after.join('\n') })).toEqual([
    ...['--- a', '+++ b', '@@ -3,7 +3,7 @@', ' line 3', ' line 4', ' line 5', '-line 6', '+other'],
    ...[' line 7', ' line 8', ' line 9'],
  ]);
  expect(unifiedDiff({ name: 'a', text: 'x' }, { name: 'b', text: 'x' })).toEqual([]);
});
