import { expect, test } from 'vitest';
import { completionText } from '../../src/extension/completionText.ts';
import { evaluationConfig, nameFor, sampleConfig } from '../../src/extension/composedConfigs.ts';
import { configSummary } from '../../src/extension/configWords.ts';
import { doctorText, readDoctorReport } from '../../src/extension/doctorText.ts';
import { errorActions, errorSentence } from '../../src/extension/errorActions.ts';
import { bytes, duration, parameters, score } from '../../src/extension/numbers.ts';
import { sayIn } from '../../src/extension/say.ts';
import { parseConfig } from '../../src/config/parseConfig.ts';
import { RUN_ERROR_CODES } from '../../src/protocol/events.ts';
import type { DoctorReport } from '../../src/protocol/doctor.ts';
import { completion } from './runFolders.ts';

const say = sayIn({});

function sft() {
  const parsed = parseConfig('{ "recipe": "sft", "training": { "maxSteps": 2000 } }', 'a.valley.jsonc');
  if (!parsed.ok || parsed.config.recipe !== 'sft') throw new Error('The test config is wrong.');
  return parsed.config;
}

test('a completion reads from the question to the answer, and shows what is hidden', () => {
  const text = completionText({ ...completion('a'), trace: '7+8=15\n\u202e5+6', answer: '12\u200b5' }, 'chains', say);
  const order = ['chains', '✓ right', '57+68?', '7+8=15', '\\u202e5+6', '12\\u200b5'];
  const places = order.map((part) => text.indexOf(part));
  expect(places).not.toContain(-1);
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(text).not.toMatch(/[\u202e\u200b]/);
});

test('a cut completion with a wrong step says both', () => {
  const given = { ...completion('a'), finishReason: 'length', steps: { count: 5, wrong: 2, firstError: 2 } } as const;
  const text = completionText(given, 'chains', say);
  expect(text).toContain('cut at the token limit');
  expect(text).toContain('5, 2 wrong; the first wrong one is step 3');
});

test('a checkpoint is measured as its run would have measured it', () => {
  const composed = parseConfig(
    evaluationConfig(sft(), '/runs/one/checkpoints/step-00000100', nameFor('chains', 100)),
    'x',
  );
  const { everySteps: _, atStart: __, ...evaluation } = sft().evaluation;
  expect(composed).toMatchObject({
    ok: true,
    config: {
      recipe: 'evaluate',
      model: { checkpoint: '/runs/one/checkpoints/step-00000100' },
      evaluation,
      task: sft().task,
    },
  });
});

test('a question becomes a config that is valid, whatever the prompt', () => {
  for (const prompt of ['1+1?', '"}\u2028', '한글']) {
    const composed = parseConfig(sampleConfig(sft(), '/c', 'x', { prompt, temperature: 0, seed: 3 }), 'x');
    expect(composed).toMatchObject({
      ok: true,
      config: { recipe: 'sample', prompt, seed: 3, sampling: { temperature: 0, completions: 1 } },
    });
  }
});

test('names stay within what a config allows', () => {
  expect(nameFor('x'.repeat(80), 123_456).length).toBe(80);
});

test('the words above a config say what it amounts to or how much is wrong', () => {
  const read = (text: string): string => configSummary(parseConfig(text, 'a.valley.jsonc'), say);
  expect(read('{ "recipe": "sft", "training": { "maxSteps": 2000 } }')).toMatch(
    /^\$\(check\) 2,000 steps · 0\.81 M parameters/,
  );
  expect(read('{ "recipe": "sft", "learning_rat": 1 }')).toBe('$(error) 1 problem');
  expect(read('{ "recipe": "evaluate", "model": { "checkpoint": "x" } }')).toContain('400 problems');
});

test.each(RUN_ERROR_CODES)('%s has a sentence and an action', (code) => {
  expect(errorActions(code).length).toBeGreaterThan(0);
  const sentence = errorSentence({ code, message: 'config.jsonc:3: seed is "x"' }, say);
  expect(sentence).toContain('config.jsonc:3: seed is "x". ');
  expect(errorSentence({ code, message: 'm', remedy: 'Do this.' }, say)).toMatch(/m\. Do this\.$/);
});

test('the doctor says problems first, each with its remedy', () => {
  const none = { args: [], remedy: null, remedyArgs: [] };
  const report: DoctorReport = {
    v: 1,
    time: 0,
    findings: [
      { id: 'processor', level: 'ok', sentence: '{0} cores', ...none, args: [2] },
      {
        id: 'disk',
        level: 'problem',
        sentence: 'The disk is full.',
        ...none,
        remedy: 'Free {0}.',
        remedyArgs: ['1 GB'],
      },
    ],
  };
  const lines = doctorText(report, 'node 20', say).split('\n');
  expect(lines.indexOf('✗ The disk is full.')).toBeLessThan(lines.indexOf('✓ 2 cores'));
  expect(lines[lines.indexOf('✗ The disk is full.') + 1]).toBe('    → Free 1 GB.');
  expect(readDoctorReport(JSON.stringify(report))).toEqual(report);
  expect(readDoctorReport('{"a":1}')).toBeNull();
  expect(readDoctorReport('Segmentation fault')).toBeNull();
});

test('numbers carry their unit', () => {
  expect(duration(70)).toBe('1:10');
  expect(duration(3723)).toBe('1:02:03');
  expect(bytes(3_100_000)).toBe('3.1 MB');
  expect(bytes(0)).toBe('0 B');
  expect(parameters(812_345)).toBe('0.81 M');
  expect(score({ name: 'x', value: 61, n: 5, k: 1, interval: null, unit: 'tokens' })).toBe('61.0 (n 5)');
});
