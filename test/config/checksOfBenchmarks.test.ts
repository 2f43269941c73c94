import { expect, test } from 'vitest';
import { composeBenchmarks, composeEvaluation } from '../../src/config/compose.ts';
import { parseConfig } from '../../src/config/parseConfig.ts';
import { evaluateConfig, sftConfig } from '../../src/config/schema.ts';

const problemsOf = (more: object, isThere?: (path: string) => boolean): string[] =>
  parseConfig(
    JSON.stringify({ recipe: 'evaluate', model: { path: 'm' }, ...more }),
    'a',
    {},
    isThere ? { isThere } : {},
  ).problems.map(({ severity, key, message }) => `${severity} ${key}: ${message}`);

const own = { name: 'mine', path: 'own.jsonl', columns: { problem: 'q', answer: 'a' } };

test('what has no effect beside benchmarks, and names that cannot be told apart', () => {
  expect(problemsOf({ benchmarks: [{ name: 'gsm8k' }, own] })).toEqual([]);
  expect(
    problemsOf({
      task: { name: 'arithmetic' },
      evaluation: { maxNewTokens: 5, seed: 3 },
      benchmarks: [
        { name: 'gsm8k', temperature: 0, samplesPerProblem: 4 },
        own,
        { ...own, name: 'mine ' },
        { ...own, name: 'mine?' },
      ],
    }),
  ).toEqual([
    'warning task: `task` has no effect beside `benchmarks`',
    'warning evaluation.maxNewTokens: `maxNewTokens` has no effect on benchmarks: each has its own',
    'warning benchmarks.0.samplesPerProblem: at temperature 0 all 4 completions of a problem are the same',
    'error benchmarks.3: two benchmarks have the name mine?, so that their scores could not be told apart',
  ]);
});

test('a file that is not there is named; one that the settings tell is left to them', () => {
  const benchmarks = [{ name: 'gsm8k' }, { name: 'math-500', path: 'no.jsonl' }, own];
  expect(problemsOf({ benchmarks }, (path) => path === 'm' || path === 'own.jsonl')).toEqual([
    'error benchmarks.1.path: there is no such file',
  ]);
});

test('a checkpoint is measured on benchmarks like another, with what a person changes in each', () => {
  const like = evaluateConfig.parse({
    recipe: 'evaluate',
    model: { path: 'm' },
    chatTemplateKwargs: { enableThinking: false },
    benchmarks: [{ name: 'gsm8k', problems: 9 }, own],
    evaluation: { alternatives: 2 },
  });
  const { benchmarks, evaluation, model, chatTemplateKwargs } = composeEvaluation('/run', like, {
    samplesPerProblem: 3,
    temperature: 1,
    seed: 8,
  });
  expect(benchmarks).toMatchObject([
    { name: 'gsm8k', problems: 9, samplesPerProblem: 3, temperature: 1 },
    { name: 'mine', samplesPerProblem: 3, temperature: 1, maxNewTokens: 16_384 },
  ]);
  expect([evaluation.alternatives, evaluation.seed, chatTemplateKwargs]).toEqual([2, 8, { enableThinking: false }]);
  expect(model).toEqual({ checkpoint: '/run' });
});

test('published benchmarks of a run that learned rows are asked as its rows are', () => {
  const like = sftConfig.parse({
    recipe: 'sft',
    device: 'cpu',
    model: { path: 'm' },
    data: { path: 'rows.jsonl', chatTemplateKwargs: { enableThinking: true } },
  });
  const config = composeBenchmarks('/run', [{ name: 'aime-2024' }], like, { problems: 3 });
  expect(config).toMatchObject({ device: 'cpu', chatTemplateKwargs: { enableThinking: true } });
  expect(config.benchmarks).toMatchObject([{ name: 'aime-2024', problems: 3, temperature: 0.6, maxNewTokens: 16_384 }]);
  expect(composeBenchmarks('/run', [{ name: 'gsm8k', path: '/a.jsonl' }], null).benchmarks).toMatchObject([
    { path: '/a.jsonl' },
  ]);
});
