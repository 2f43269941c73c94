import fc from 'fast-check';
import { expect, test } from 'vitest';
import { configName, parseConfig } from '../../src/config/parseConfig.ts';
import { formatProblem, problemText } from '../../src/config/configProblem.ts';

const only = (text: string) => {
  const parsed = parseConfig(text, 'a.valley.jsonc');
  expect(parsed.problems, JSON.stringify(parsed.problems, null, 1)).toHaveLength(1);
  const [problem] = parsed.problems;
  if (!problem) throw new Error('no problem was found');
  return problem;
};
/** The text a problem marks. */
const marked = (text: string): string => {
  const { line, column, endLine, endColumn } = only(text);
  const lines = text.split('\n').slice(line - 1, endLine);
  if (lines.length !== 1) return lines.join('\n');
  return (lines[0] ?? '').slice(column - 1, endColumn - 1);
};

test('the smallest config is whole: every default is filled in', () => {
  const parsed = parseConfig('{ "recipe": "sft" }', 'a.valley.jsonc');
  expect(parsed).toMatchObject({
    ok: true,
    problems: [],
    config: {
      seed: 1,
      model: { family: 'decoder', hiddenSize: 128 },
      training: { batchSize: 64 },
      evaluation: { problems: 400 },
    },
  });
});

test('comments, trailing commas and a byte order mark are fine', () => {
  expect(parseConfig('\ufeff// hello\n{ "recipe": "sft", /* here */ "seed": 3, }\n', 'a').ok).toBe(true);
});

test('the problem of the issue: file, line, key, value, near miss', () => {
  const text = '{\n  "recipe": "sft",\n  "training": {\n    "learning_rat": 0.001\n  }\n}';
  expect(formatProblem(only(text))).toBe(
    'a.valley.jsonc:4:5: training.learning_rat: 0.001: unknown key `learning_rat`; did you mean `learningRate`?',
  );
  expect(marked(text)).toBe('"learning_rat"');
  expect(only(text).replacement).toBe('"learningRate"');
});

const sft = (rest: string): string => `{ "recipe": "sft", ${rest} }`;

test.each([
  // near misses and other libraries' spellings
  [sft('"training": {"learning_rate": 1}'), 'unknown key `learning_rate`; did you mean `learningRate`?'],
  [sft('"training": {"per_device_train_batch_size": 8}'), 'did you mean `batchSize`?'],
  [sft('"training": {"num_train_epochs": 8}'), 'did you mean `epochs`?'],
  [sft('"training": {"bacthSize": 8}'), 'did you mean `batchSize`?'],
  [sft('"sede": 8'), 'did you mean `seed`?'],
  [sft('"model": {"family": "decoder", "hidden_size": 64}'), 'did you mean `hiddenSize`?'],
  [sft('"model": {"family": "decoder", "n_embd": 64}'), 'did you mean `hiddenSize`?'],
  // the right key in the wrong section
  [sft('"batchSize": 8'), '`batchSize` belongs under `training`, `evaluation`'],
  [sft('"learning_rate": 8'), '`learningRate` belongs under `training`'],
  [sft('"per_device_train_batch_size": 8'), '`batchSize` belongs under `training`'],
  [sft('"save_total_limit": 3'), '`keepLast` belongs under `checkpoints`'],
  [sft('"training": {"seed": 8}'), '`seed` belongs at the top level'],
  [sft('"training": {"hiddenSize": 8}'), '`hiddenSize` belongs under `model`'],
  [sft('"training": {"keepLats": 8}'), 'did you mean `keepLast` under `checkpoints`?'],
  [
    '{"recipe": "evaluate", "model": {"checkpoint": "x"}, "training": {}}',
    'not part of recipe `evaluate`, only of `sft`',
  ],
  [sft('"flux": 8'), 'unknown key `flux`. Known here: name, seed, device'],
  // values
  [sft('"device": "gpus"'), '`device` cannot be "gpus"; did you mean "gpu"?'],
  [sft('"device": "tpu9000"'), '`device` cannot be the text "tpu9000". Choose one of "auto", "cpu", "gpu".'],
  [
    sft('"sampling": {"stop": "="}'),
    '`stop` must be a list of at most 8, each a text of 1 to 200 characters, not the text "="',
  ],
  [
    sft('"sampling": {"stop": ["1", "2", "3", "4", "5", "6", "7", "8", "9"]}'),
    '`stop` must be a list of at most 8, each a text of 1 to 200 characters',
  ],
  [sft('"evaluation": {"stop": ["a", ""]}'), '`stop[1]` must be a text of 1 to 200 characters'],
  [sft('"evaluation": {"stop": [3]}'), '`stop[0]` must be a text of 1 to 200 characters, not the number 3'],
  [sft('"device": 3'), '`device` must be one of "auto", "cpu", "gpu", not the number 3'],
  [sft('"task": {"name": "arithmetics"}'), 'did you mean "arithmetic"?'],
  [sft('"task": {"name": "arithmetic", "level": "addition3"}'), 'did you mean "addition-3"?'],
  [
    sft('"training": {"batchSize": "64"}'),
    'must be a whole number, at least 1, not the text "64". Remove the quotes: 64.',
  ],
  [sft('"training": {"batchSize": 1.5}'), 'not the number 1.5. The default is 64.'],
  [sft('"training": {"batchSize": 0}'), '`batchSize` must be at least 1. The default is 64.'],
  [sft('"training": {"adamBeta1": 1}'), '`adamBeta1` must be at least 0 and below 1. The default is 0.9.'],
  [sft('"training": {"learningRate": 0}'), '`learningRate` must be above 0'],
  [sft('"training": {"learningRate": 1e999}'), 'not a number too large to be written'],
  [sft('"training": {"completionOnlyLoss": "yes"}'), 'must be true or false, not the text "yes"'],
  [sft('"training": []'), '`training` must be an object in braces, { … }, not a list'],
  [sft('"training": null'), 'not null'],
  [sft('"training": {"maxSteps": 5e9}'), '`maxSteps` is too large. Whole numbers go up to 1000000000.'],
  [sft('"seed": 1e300'), '`seed` is too large. Whole numbers go up to 9007199254740991.'],
  [sft('"name": ""'), '`name` must be a text of 1 to 80 characters'],
  [sft('"__proto__": {"a": 1}'), 'unknown key `__proto__`'],
  [sft('"constructor": 1'), 'unknown key `constructor`'],
  // unions tell of the branch that is meant
  [sft('"model": {"checkpoint": 5}'), '`checkpoint` must be a text that is not empty, not the number 5'],
  [sft('"model": {"chekpoint": "x"}'), 'unknown key `chekpoint`; did you mean `checkpoint`?'],
  [sft('"model": {"hiddenSize": 64}'), '`family` is missing. Add "family": "decoder".'],
  [sft('"model": {"family": "decodr"}'), '`family` cannot be "decodr"; did you mean "decoder"?'],
  [sft('"model": {}'), '`model` is empty. Give it one of these keys: "family", "checkpoint", "path".'],
  [sft('"model": "gpt2"'), '`model` must be an object, not the text "gpt2"'],
  [sft('"model": {"family": "decoder", "checkpoint": "x"}'), '`checkpoint` does not go together with `family`'],
  // recipes and missing keys
  ['{}', '`recipe` is missing. Add "recipe": "sft" | "grpo" | "dpo" | "evaluate" | "sample" | "prepare".'],
  ['{"recipe": "stf"}', '`recipe` cannot be "stf"; did you mean "sft"?'],
  ['{"Recipe": "sft"}', 'unknown key `Recipe`; did you mean `recipe`?'],
  ['{"seed": 1, "recpie": "sft"}', 'unknown key `recpie`; did you mean `recipe`?'],
  ['{"recipe": 4}', '`recipe` cannot be the number 4'],
  [
    '{"recipe": "sample", "model": {"checkpoint": "x"}}',
    '`prompt` is missing. Add "prompt": a text of 1 to 100000 characters.',
  ],
  ['[1]', 'a config is an object in braces, { … }, not a list'],
  // syntax
  ['', 'the file holds no config'],
  ['  // nothing', 'the file holds no config'],
  ['{ "recipe": "sft" } {}', 'there is text after the end of the config'],
  ['{ "recipe": "sft" "seed": 1 }', 'a comma is missing'],
  ['{ "recipe" "sft" }', 'a colon is missing'],
  ['{ "recipe": "sft"', 'a closing brace } is missing'],
  ['{ "recipe": "sft", "training": {', 'a closing brace } is missing'],
  ["{ 'recipe': 'sft' }", 'this is not JSON. Texts stand in double quotes.'],
  [sft('"seed": 1, "seed": 2'), '`seed` is written twice, first in line 1. Remove one of them.'],
])('%s: %s', (text, message) => {
  expect(problemText(only(text))).toContain(message);
});

test.each([
  [sft('"device": "gpus"'), '"gpus"'],
  [sft('"training": {"batchSize": 0}'), '0'],
  [sft('"model": {"hiddenSize": 64}'), '"model"'],
  ['{"recipe": "sample", "model": {"checkpoint": "x"}}', '{'],
  ['{}', '{'],
])('%s marks %s', (text, range) => {
  expect(marked(text)).toBe(range);
});

test('what an editor that knows JSON says anyway is marked', () => {
  expect(only('{ "recipe": "sft" "seed": 1 }').isSyntax).toBe(true);
  expect(only('').isSyntax).toBeUndefined();
  expect(only(sft('"seed": 1, "seed": 2')).isSyntax).toBe(true);
});

test('a checkpoint that is not there is told where it is written, if paths can be looked at', () => {
  const text = sft('"model": {"checkpoint": "runs/a"}');
  const looked: string[] = [];
  const parsed = parseConfig(text, 'a', {}, { isThere: (path) => looked.push(path) === 0 });
  expect(looked).toEqual(['runs/a']);
  expect(parsed.problems.map((problem) => formatProblem(problem))).toEqual([
    'a:1:44: model.checkpoint: "runs/a": there is no such folder. Name the folder of a checkpoint or of a run, relative to this config.',
  ]);
  expect(parseConfig(text, 'a', {}, { isThere: () => true }).ok).toBe(true);
  expect(parseConfig(text, 'a').ok).toBe(true);
});

test('so is a folder that is not there', () => {
  const parsed = parseConfig('{"recipe": "evaluate", "model": {"path": "../qwen"}}', 'a', {}, { isThere: () => false });
  expect(parsed.problems.map((problem) => formatProblem(problem))).toEqual([
    'a:1:42: model.path: "../qwen": there is no such folder. Name the folder that holds config.json and the weights, relative to this config.',
  ]);
});

test('what is nested too deep is refused, not followed', () => {
  expect(only('['.repeat(100_000)).message).toContain('nested too deep');
});

test('two mistakes are two problems, in the order of the text', () => {
  const { problems } = parseConfig('{\r\n"recipe": "sft",\r\n"sede": 1,\r\n"device": "gpus" }', 'a');
  expect(problems.map(({ line, key }) => [line, key])).toEqual([
    [3, 'sede'],
    [4, 'device'],
  ]);
});

test('a value shown is one short line without hidden characters', () => {
  const { value } = only(sft(`"name": "${'\u202e'.repeat(100)}"`));
  expect(value.length).toBeLessThanOrEqual(60);
  expect(value).not.toContain('\u202e');
});

test('problems speak the language they are given', () => {
  const strings = { '`recipe` is missing': '`recipe`이(가) 없습니다' };
  expect(parseConfig('{}', 'a', strings).problems[0]?.message).toBe('`recipe`이(가) 없습니다');
});

const place = (text: string): void => {
  const parsed = parseConfig(text, 'a.valley.jsonc');
  if (!parsed.ok) expect(parsed.problems.some(({ severity }) => severity === 'error')).toBe(true);
  for (const { line, column, endLine, endColumn, message } of parsed.problems) {
    expect(message).not.toBe('');
    expect(Math.min(line, column, endLine, endColumn)).toBeGreaterThanOrEqual(1);
    expect(endLine > line || (endLine === line && endColumn >= column)).toBe(true);
    expect(endLine).toBeLessThanOrEqual(text.split(/\r\n|\n|\r/).length);
  }
};

test('any text gives a config or located problems, never an exception', () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.json()), place), { numRuns: 500 });
});

const key = fc.constantFrom(
  'recipe',
  'model',
  'training',
  'epochs',
  'family',
  'checkpoint',
  'task',
  'name',
  'evaluation',
  'everySteps',
  'prompt',
  '__proto__',
  'learning_rate',
  '',
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom('sft', 'evaluate', 'sample', 'decoder', 'arithmetic', 'gpu', ''),
    fc.double({ noNaN: true }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.array(fc.tuple(key, tie('any')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
  ),
})).any;

test('any config-like data gives a config or located problems', () => {
  const recipe = fc.constantFrom('sft', 'evaluate', 'sample');
  fc.assert(
    fc.property(recipe, fc.dictionary(key, value, { maxKeys: 5 }), (named, rest) =>
      place(JSON.stringify({ ...rest, recipe: named }, null, 2)),
    ),
    { numRuns: 500 },
  );
});

test('a config names its run, or its file does', () => {
  expect(configName({ name: 'x' }, 'a.valley.jsonc')).toBe('x');
  expect(configName({}, 'C:\\runs\\deep.valley.jsonc')).toBe('deep');
  expect(configName({}, '/a/b/plain.json')).toBe('plain');
  expect(configName({}, '.valley.jsonc')).toBe('run');
});
