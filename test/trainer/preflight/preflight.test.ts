/** Pre-flight and preview of rows as they are on disk, through the tokenizer and template of a model folder. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/config/parseConfig.ts';
import type { SftConfig } from '../../../src/config/schema.ts';
import { MOST_LOOKED } from '../../../src/engine/preflight/looked.ts';
import { problemSet } from '../../../src/engine/recipes/problemSet.ts';
import { taskExamples } from '../../../src/engine/recipes/taskExamples.ts';
import { taskOf } from '../../../src/engine/tasks/index.ts';
import { characterTokenizer } from '../../../src/engine/tokenizer/characterTokenizer.ts';
import type { PreflightReport } from '../../../src/protocol/preflight.ts';
import { english } from '../../../src/protocol/sentence.ts';
import { preflight } from '../../../src/trainer/preflight/preflight.ts';
import { previewExamples } from '../../../src/trainer/preflight/previewExamples.ts';
import { openTraining } from '../../../src/trainer/preflight/training.ts';
import { sampleRows } from '../../../src/trainer/preflight/sampleRows.ts';
import { buildPrograms } from '../../support/build.ts';
import { chatConfig, expectedChat, putChatModel } from '../../support/chatModel.ts';

let folder = '';
let programs: Parameters<typeof preflight>[0]['programs'];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'valley-preflight-'));
  putChatModel(folder, 'qwen3');
  const { parquetProcess, template, gradingProcess } = await buildPrograms();
  programs = {
    parquet: pathToFileURL(parquetProcess),
    template: pathToFileURL(template),
    grading: pathToFileURL(gradingProcess),
  };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function configOf(value: object): SftConfig {
  const parsed = parseConfig(JSON.stringify(value), 'a.valley.jsonc');
  if (!parsed.ok || parsed.config.recipe !== 'sft') throw new Error(JSON.stringify(parsed));
  return parsed.config;
}

const given = (value: object) => ({
  config: configOf(value),
  configPath: join(folder, 'a.valley.jsonc'),
  programs,
});

const look = (value: object, isAll = false): Promise<PreflightReport> =>
  preflight({ ...given(value), isAll, onProgress: () => undefined });

const preview = (value: object, row: number, count = 1) =>
  previewExamples({ ...given(value), row, count, isBrief: false });

const chat = (data: object = {}) => chatConfig('qwen3', { data: { path: 'rows.jsonl', ...data } });

describe('rows of a file', () => {
  test('lengths are those that transformers counts', async () => {
    const { statistics, source, mostTokens } = await look(chat());
    const lengths = expectedChat('qwen3').examples.map(({ ids }) => ids.length);
    expect(source).toEqual({ name: 'rows.jsonl', looked: 12, rows: 12, isEstimate: false });
    expect(mostTokens).toBe(512);
    expect(statistics.total).toMatchObject({
      sum: lengths.reduce((sum, length) => sum + length, 0),
      longest: Math.max(...lengths),
    });
    const learned = expectedChat('qwen3').examples.flatMap(({ mask }) => mask);
    expect(statistics.learned).toBe(learned.reduce((sum, one) => sum + one, 0));
  });

  test('the preview has the tokens and the mask of transformers', async () => {
    const { examples, rows } = await preview(chat(), 1, 12);
    expect(rows).toBe(12);
    expectedChat('qwen3').examples.forEach(({ ids, mask }, at) => {
      const pieces = examples[at]?.pieces ?? [];
      expect(pieces.flatMap((piece) => piece.ids)).toEqual(ids);
      const states = pieces.flatMap((piece) => piece.ids.map(() => (piece.state === 'learned' ? 1 : 0)));
      expect(states).toEqual([...mask]);
    });
    const text = examples[0]?.pieces.map((piece) => piece.text).join('');
    expect(text).toContain('<|im_start|>user\nWhat is 7 + 5?<|im_end|>');
    expect(examples[2]).toMatchObject({ row: 3, place: 'rows.jsonl:3', title: 'What is 6 * 3?', leftOut: null });
  });

  test('a limit that cuts answers is an error on its key, and the preview shows what is cut', async () => {
    const data = { maxLength: 40, onLongExample: 'truncate' };
    const { findings, statistics } = await look(chat(data));
    expect(statistics.answerLost.count).toBe(12);
    expect(findings[0]).toMatchObject({ topic: 'answerLost', severity: 'error', path: ['data', 'maxLength'] });
    const [example] = (await preview(chat(data), 1)).examples;
    const cut = example?.pieces.filter(({ state }) => state === 'cut').flatMap(({ ids }) => ids) ?? [];
    expect(cut).toHaveLength(example?.cut ?? -1);
    expect(example?.tokens).toBe(40 + cut.length);
    const left = (await preview(chat({ maxLength: 40 }), 1)).examples[0];
    expect(english(left?.leftOut ?? '')).toMatch(/^Left out: it has \d+ tokens, and at most 40/);
  });

  test('memory is that of what is trained on, not of what is cut off', async () => {
    const [whole, cut] = [await look(chat()), await look(chat({ maxLength: 20, onLongExample: 'truncate' }))];
    expect(cut.memory?.bytes).toBeLessThan(whole.memory?.bytes ?? 0);
  });

  test('a step of more sequences than are learned, and rows of one problem, are errors as the run refuses them', async () => {
    const few = async (config: object): Promise<string[]> =>
      (await look(config)).findings.filter(({ topic }) => topic === 'fewExamples').map(({ said }) => english(said));
    const { training, ...rest } = chat();
    expect(await few({ ...rest, training })).toEqual([]);
    expect(await few({ ...rest, training: { ...training, batchSize: 12 } })).toEqual([
      'One step takes 12 sequences, but there are only 11 examples to learn.',
    ]);
    const row = (at: number): string => JSON.stringify({ prompt: 'Same?', completion: `Trace ${at}.` });
    writeFileSync(join(folder, 'same.jsonl'), Array.from({ length: 12 }, (_, at) => row(at)).join('\n'));
    expect(await few(chat({ path: 'same.jsonl' }))).toEqual([
      expect.stringMatching(/^same.jsonl has 1 different problems that can be used/),
    ]);
  });

  test('bad rows are counted with their place and shown in the preview; the rows behind keep their numbers', async () => {
    const [first = '', second = ''] = readFileSync(join(folder, 'rows.jsonl'), 'utf8').split('\n');
    const answerless = JSON.stringify({ messages: [{ role: 'user', content: 'Well?' }] });
    writeFileSync(join(folder, 'bad.jsonl'), [first, 'oops', '', '[1]', answerless, second].join('\n'));
    const { statistics, findings, source } = await look(chat({ path: 'bad.jsonl' }));
    expect(source).toMatchObject({ looked: 5, rows: 5 });
    expect(statistics.examples).toBe(2);
    expect(statistics.bad.map(({ reason, rows, first: place }) => [reason, rows, place])).toEqual([
      ['notJson', 1, 'bad.jsonl:2'],
      ['notAnObject', 1, 'bad.jsonl:4'],
      ['empty', 1, 'bad.jsonl:5'],
    ]);
    expect(findings.filter(({ topic }) => topic === 'badRows')).toHaveLength(3);
    const { examples } = await preview(chat({ path: 'bad.jsonl' }), 2, 4);
    expect(examples.map(({ row, place }) => [row, place])).toEqual([
      [2, 'bad.jsonl:2'],
      [3, 'bad.jsonl:4'],
      [4, 'bad.jsonl:5'],
      [5, 'bad.jsonl:6'],
    ]);
    expect(english(examples[0]?.leftOut ?? '')).toMatch(/^Left out: not JSON/);
    expect(examples[3]?.leftOut).toBeNull();
  });

  test('a row behind the last one is told by an empty list', async () => {
    expect(await preview(chat(), 13)).toMatchObject({ rows: 12, examples: [] });
  });

  test('plain texts are read as far as the limit goes, and lose no answer', async () => {
    const texts = Array.from({ length: 15 }, (_, at) => JSON.stringify({ text: `${at}: ${'word '.repeat(200)}` }));
    writeFileSync(join(folder, 'text.jsonl'), texts.join('\n'));
    const { statistics, findings } = await look(chat({ path: 'text.jsonl', maxLength: 50, onLongExample: 'truncate' }));
    expect(statistics).toMatchObject({ trained: 15, tokens: 750, answerLost: { count: 0 }, tooLong: { count: 15 } });
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  test('of many rows, the first and others by chance are looked at, and all where that is asked for', async () => {
    const row = JSON.stringify({ prompt: '1 + 1 =', completion: '2' });
    writeFileSync(join(folder, 'many.jsonl'), `${row}\n`.repeat(2500));
    const { source, work } = await look(chat({ path: 'many.jsonl' }));
    expect(source).toEqual({ name: 'many.jsonl', looked: MOST_LOOKED, rows: 2500, isEstimate: false });
    expect(work.examples).toBeLessThanOrEqual(2500);
    expect((await look(chat({ path: 'many.jsonl' }), true)).source.looked).toBe(2500);
  });

  test('all rows are taken block by block, bad ones too, and are told as a sample is', async () => {
    const filler = 'x'.repeat(100_000);
    const lines = Array.from({ length: 40 }, (_, at) =>
      at % 10 === 9 ? `oops ${filler}` : JSON.stringify({ prompt: `${at}?`, completion: 'yes', filler }),
    );
    writeFileSync(join(folder, 'wide.jsonl'), lines.join('\n'));
    const config = chat({ path: 'wide.jsonl' });
    const { rows } = await openTraining(configOf(config), join(folder, 'a.valley.jsonc'), programs);
    let [progress, firstTaken] = [0, Number.NaN];
    const onProgress = (done: number, total: number): void => void (progress = done / total);
    const source = await rows.sample({ isAll: true, onProgress }, () => {
      if (Number.isNaN(firstTaken)) firstTaken = progress;
    });
    rows.close();
    expect([firstTaken, progress]).toEqual([0, 1]);
    expect(source).toEqual({ looked: 40, rows: 40, isEstimate: false });
    expect((await look(config, true)).statistics).toEqual((await look(config)).statistics);
  });

  test('Parquet is looked at and shown as the same rows in JSONL are', async () => {
    const { rows } = JSON.parse(readFileSync('test/fixtures/parquet/rows.json', 'utf8')) as { rows: readonly object[] };
    writeFileSync(join(folder, 'math.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
    cpSync('test/fixtures/parquet/snappy.parquet', join(folder, 'math.parquet'));
    const [lines, parquet] = [await look(chat({ path: 'math.jsonl' })), await look(chat({ path: 'math.parquet' }))];
    expect(parquet.source).toEqual({ name: 'math.parquet', looked: rows.length, rows: rows.length, isEstimate: false });
    expect(parquet.statistics.examples).toBeGreaterThan(rows.length);
    expect(parquet.statistics).toEqual(lines.statistics);
    const pieces = async (path: string) =>
      (await preview(chat({ path }), 5, 3)).examples.map((example) => [example.row, example.title, example.pieces]);
    expect(await pieces('math.parquet')).toEqual(await pieces('math.jsonl'));
    expect((await look(chat({ path: 'math.parquet' }), true)).statistics).toEqual(parquet.statistics);
  });

  test('rows that show a problem of a benchmark are told at its entry', async () => {
    const problem = 'A baker bakes twelve loaves every day and sells nine of them; how many are left after a week?';
    const rows = [`Think. ${problem}`, 'What is 2 + 2?', `${problem} Answer in words.`];
    const lines = rows.map((prompt) => JSON.stringify({ prompt, completion: 'Well.' }));
    writeFileSync(join(folder, 'seen.jsonl'), lines.join('\n'));
    writeFileSync(join(folder, 'bench.jsonl'), JSON.stringify({ question: problem, answer: '21' }));
    const other = { path: 'other-bench.jsonl', name: 'other' };
    writeFileSync(join(folder, other.path), JSON.stringify({ question: 'Who asks this?' }));
    const benchmarks = [other, { path: 'bench.jsonl', name: 'bakers' }, { task: { name: 'arithmetic' }, problems: 5 }];
    const { findings } = await look(chat({ path: 'seen.jsonl', benchmarks }));
    const found = findings.filter(({ topic }) => topic === 'overlap');
    expect(found).toMatchObject([{ severity: 'warning', path: ['data', 'benchmarks', 1] }]);
    expect(english(found[0]?.said ?? '')).toBe(
      '2 of 3 examples (66.7 %) show a problem of bakers (the first: seen.jsonl:1).',
    );
  });

  test('a file in no known format is refused in words', async () => {
    writeFileSync(join(folder, 'other.jsonl'), '{"a":1}\n');
    await expect(look(chat({ path: 'other.jsonl' }))).rejects.toMatchObject({ code: 'badDataset' });
  });
});

describe('a sample of rows', () => {
  const options = { parquet: () => never(), seed: 1, onProgress: () => undefined };
  const numbered = Array.from({ length: 30_000 }, (_, at) => `{"n":${at}}\n`).join('');

  test('is the first ones and others from all over the file, in order, the same each time', async () => {
    const path = join(folder, 'numbered.jsonl');
    writeFileSync(path, numbered);
    const { rows, total, isEstimate } = await sampleRows(path, options);
    expect([rows.length, total, isEstimate]).toEqual([MOST_LOOKED, 30_000, false]);
    const lines = rows.map(({ line }) => line);
    expect(lines).toEqual([...new Set(lines)].sort((a, b) => a - b));
    expect(lines.slice(0, 500)).toEqual(Array.from({ length: 500 }, (_, at) => at + 1));
    for (const { line, text } of rows) expect(text).toBe(`{"n":${line - 1}}`);
    const late = lines.filter((line) => line > 15_000).length / (MOST_LOOKED - 500);
    expect(Math.abs(late - 0.508)).toBeLessThan(0.06);
    expect((await sampleRows(path, options)).rows).toEqual(rows);
    expect((await sampleRows(path, { ...options, seed: 2 })).rows).not.toEqual(rows);
  });

  test('packed files are read the same way', async () => {
    const path = join(folder, 'packed.jsonl.gz');
    writeFileSync(path, gzipSync(numbered));
    const { rows, total } = await sampleRows(path, options);
    expect([rows.length, total]).toEqual([MOST_LOOKED, 30_000]);
  });

  test('of long rows fewer stand for all', async () => {
    const path = join(folder, 'long.jsonl');
    writeFileSync(path, `"${'x'.repeat(40_000)}"\n`.repeat(300));
    const { rows, total } = await sampleRows(path, options);
    expect([rows.length, total]).toEqual([200, 300]);
    expect(rows.at(-1)?.line).toBeGreaterThan(290);
  });

  const never = (): never => {
    throw new Error('No test here reads Parquet.');
  };
});

describe('problems of a task', () => {
  const small = {
    recipe: 'sft',
    model: { family: 'decoder', hiddenSize: 16, numHiddenLayers: 1, numAttentionHeads: 2, numKeyValueHeads: 1 },
    task: { name: 'arithmetic', level: 'addition-3' },
    data: { problems: 50 },
    training: { maxSteps: 5, batchSize: 8 },
  };

  test('the preview shows the very tokens that are trained on', async () => {
    const config = configOf(small);
    const task = taskOf(config.task);
    const tokenizer = characterTokenizer(task.vocabulary);
    const problems = problemSet(task, 'train', config.seed, 50);
    const trained = taskExamples({
      task,
      tokenizer,
      problems,
      seed: config.seed,
      completionOnlyLoss: true,
      maxLength: 1000,
    });
    const { examples, rows } = await preview(small, 1, 50);
    expect([rows, examples.length]).toEqual([50, 50]);
    examples.forEach(({ pieces }, at) => {
      const example = trained.at(at);
      expect(pieces.flatMap(({ ids }) => ids)).toEqual(Array.from(example.tokens));
      expect(pieces.map(({ state }) => state === 'learned')).toEqual(
        pieces.map((piece) => example.isLearned(piece.at)),
      );
    });
    expect(examples[0]?.pieces.at(-1)).toMatchObject({ text: '<end>', isSpecial: true, state: 'learned' });
  });

  test('a sound task has no findings; a model that is too short for it has one', async () => {
    const { findings, source, memory, disk, work } = await look(small);
    expect(findings).toEqual([]);
    expect(source).toMatchObject({ name: 'arithmetic/addition-3', looked: 50, rows: 50 });
    expect(memory?.bytes).toBeGreaterThan(1e8);
    expect(disk?.checkpoints).toBe(4);
    expect(work).toMatchObject({ steps: 5, examples: 50, heldOutShare: 0, epochs: 0.8 });
    // The config's own check refuses it already where the task is known to be longer.
    const config = configOf(small);
    const model = { ...config.model, maxPositionEmbeddings: 30 };
    const tight = await preflight({
      ...given(small),
      config: { ...config, model },
      isAll: true,
      onProgress: () => undefined,
    });
    expect(tight.findings).toMatchObject([
      { topic: 'tooLong', severity: 'error', path: ['model', 'maxPositionEmbeddings'] },
    ]);
    expect(english(tight.findings[0]?.said ?? '')).toMatch(
      /are longer than 31 tokens .* The run ends at the first of them\.$/,
    );
  });
});
