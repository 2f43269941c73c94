/** The whole way of a published model: rows are learned through its own tokenizer and template, and it is measured, asked, continued and taken away. */
import { execFile } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newestGoodCheckpoint, readModel } from '../../src/data/checkpointFolder.ts';
import { readModelFolder } from '../../src/data/modelFolder.ts';
import { ExampleEncoder } from '../../src/engine/chat/exampleEncoder.ts';
import { modelOf } from '../../src/engine/families/index.ts';
import type { Example } from '../../src/engine/formats/format.ts';
import { apply, newRun, type RunState } from '../../src/protocol/state.ts';
import type { StampedEvent } from '../../src/protocol/events.ts';
import { runTrainerTool } from '../../src/runs/launch.ts';
import { ownRuntime } from '../../src/runs/runtime.ts';
import { openModelText } from '../../src/trainer/modelText.ts';
import { CHAT_FAMILIES, CHAT_ROWS, chatConfig, expectedChat, putChatModel } from '../support/chatModel.ts';
import { eventsOf, kill, Runs, stateOf, untilStep } from '../support/runs.ts';
import { expectClose } from '../engine/support.ts';

let runs: Runs;
beforeAll(async () => {
  runs = await Runs.open();
  for (const family of CHAT_FAMILIES) putChatModel(runs.folder, family);
});
afterAll(() => {
  const kept = process.env['VALLEY_EXPORTS'];
  if (kept !== undefined) {
    cpSync(join(runs.folder, 'out'), join(kept, 'chat', 'qwen3'), { recursive: true });
    writeFileSync(join(kept, 'chat', 'qwen3.json'), JSON.stringify({ heldOutLoss: exportedLoss }));
  }
  runs.close();
});

const checkpointOf = (runFolder: string): string => newestGoodCheckpoint(runFolder).found?.folder ?? '';
const evalLosses = (run: RunState): number[] =>
  run.evaluations.map(({ scores }) => scores.find(({ name }) => name === 'eval_loss')?.value ?? Number.NaN);

/** A command of `valley` that starts a run, to its end. */
async function byCli(command: readonly string[], name: string): Promise<RunState> {
  const runFolder = join(runs.folder, '.valley', 'runs', name);
  const args = [runs.programs.cli, ...command, '--json', '--out', runFolder];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: runs.environment(null) });
  const run = newRun();
  for (const line of stdout.trim().split('\n')) {
    const stamped = JSON.parse(line) as StampedEvent;
    if ('event' in stamped) apply(run, stamped);
  }
  return run;
}

async function runByCli(config: object, name: string): Promise<{ run: RunState; runFolder: string }> {
  const run = await byCli(['run', runs.config(config, `${name}.valley.jsonc`)], name);
  return { run, runFolder: join(runs.folder, '.valley', 'runs', name) };
}

/** A row of `messages` as `prepare` writes it. */
function preparedOf(row: string): object {
  const { messages, answer } = JSON.parse(row) as { messages: { role: string; content: string }[]; answer: string };
  return {
    prompt: messages.slice(0, -1),
    completion: messages.at(-1)?.content,
    answer,
    isCorrect: null,
    difficulty: null,
  };
}

let qwen = '';
/** Of the row that is held out, by the model that is exported. */
let exportedLoss = Number.NaN;

test.each(CHAT_FAMILIES)(
  '%s: losses of rows, learned and held out, as in transformers on the same tokens',
  { timeout: 240_000 },
  async (family) => {
    const expected = expectedChat(family);
    const config = chatConfig(family);
    // Packed rows have the same losses.
    const training = { ...config.training, packing: family === 'gemma3_text' };
    const { run, runFolder } = await runByCli({ ...config, training }, `chat-${family}`);
    expect(run).toMatchObject({ status: 'finished', task: 'rows.jsonl', totalSteps: 5, step: 5 });
    expectClose(run.series['loss']?.values.map(Number) ?? [], expected.losses, 1e-4);
    expectClose(evalLosses(run), expected.heldOutLosses, 1e-4);
    expect(run.preparation.stages).toMatchObject([{ stage: 'encoding', rowsIn: 12, statistics: { rows: 12 } }]);
    expect(run.evaluations[0]?.scores[0]).toMatchObject({ name: 'accuracy', n: 1 });
    // What is shown during training are prompts of held-out rows.
    expect(run.completions[0]).toMatchObject({ prompt: 'What is 6 * 3?', gold: '18' });
    if (family === 'qwen3') qwen = runFolder;
  },
);

test(
  'a run without maxSteps learns as many steps as the rows make, and tells them when it knows',
  { timeout: 240_000 },
  async () => {
    const training = { epochs: 1.5, batchSize: 4, gradientAccumulationSteps: 1 };
    const evaluation = { everySteps: 2, atStart: false, maxNewTokens: 4, problems: 1 };
    // As a run of `prepare` lays them out.
    const prepared = join(runs.folder, 'prepared', 'data');
    mkdirSync(prepared, { recursive: true });
    const rows = readFileSync(CHAT_ROWS, 'utf8').trimEnd().split('\n');
    writeFileSync(join(prepared, 'all.jsonl'), rows.map((row) => `${JSON.stringify(preparedOf(row))}\n`).join(''));
    const data = { path: 'prepared' };
    const { run } = await runByCli(chatConfig('qwen3', { data, training, evaluation }), 'epochs');
    // 11 rows, one and a half times, four at a time.
    expect(run).toMatchObject({ status: 'finished', totalSteps: 5, step: 5, evaluationSteps: [2, 4, 5] });
  },
);

test(
  'killed and continued, it ends in the same bytes; with other rows it does not go on',
  { timeout: 240_000 },
  async () => {
    const training = { maxSteps: 60, batchSize: 4, warmupRatio: 0 };
    const evaluation = { everySteps: 30, maxNewTokens: 4 };
    const config = runs.config(
      chatConfig('qwen3', { training, evaluation, checkpoints: { everySteps: 5 } }),
      'k.valley.jsonc',
    );
    const whole = await runs.start({ config });
    expect(await whole.exited).toBe(0);
    const killed = await runs.start({ config });
    await untilStep(killed.runFolder, 12);
    kill(killed.pid, 'SIGKILL');
    await killed.exited;
    const copy = `${killed.runFolder}-copy`;
    cpSync(killed.runFolder, copy, { recursive: true, filter: (path) => !path.endsWith('.sock') });
    const again = await runs.start({ runFolder: killed.runFolder, isContinuation: true });
    expect(await again.exited).toBe(0);
    const bytes = (runFolder: string): Buffer => readFileSync(join(checkpointOf(runFolder), 'model.safetensors'));
    expect(bytes(again.runFolder).equals(bytes(whole.runFolder))).toBe(true);
    expect(stateOf(again.runFolder).series['loss']).toEqual(stateOf(whole.runFolder).series['loss']);
    expect(evalLosses(stateOf(again.runFolder))).toEqual(evalLosses(stateOf(whole.runFolder)));
    // The second attempt read its rows from the cache.
    const opened = eventsOf(again.runFolder).flatMap(({ event }) =>
      event.type === 'source.opened' ? [event.source] : [],
    );
    expect(opened.at(-1)?.isCached).toBe(true);

    const row = {
      messages: [
        { role: 'user', content: 'new' },
        { role: 'assistant', content: 'row' },
      ],
    };
    appendFileSync(join(runs.folder, 'rows.jsonl'), `${JSON.stringify(row)}\n`);
    const other = await runs.start({ runFolder: copy, isContinuation: true });
    expect(await other.exited).toBe(1);
    expect(stateOf(copy).error).toMatchObject({ code: 'badDataset', message: /rows.jsonl has changed since step/ });
    putChatModel(runs.folder, 'qwen3');
  },
);

test(
  'its checkpoint is measured on the rows that were held out, and asked by its template',
  { timeout: 240_000 },
  async () => {
    const measured = await byCli(['evaluate', qwen], 'measured');
    expect(measured.evaluations[0]).toMatchObject({ benchmark: 'rows.jsonl' });
    expect(measured.evaluations[0]?.scores).toEqual(stateOf(qwen).evaluations.at(-1)?.scores);
    const asked = await byCli(['sample', qwen, '--prompt', 'What is 6 * 3?', '--temperature', '0'], 'asked');
    const { device, executor, threads } = chatConfig('qwen3');
    const sample = { recipe: 'sample', prompt: 'What is 6 * 3?', sampling: { maxNewTokens: 8, temperature: 0 } };
    const common = { device, executor, threads, model: { checkpoint: qwen } };
    const plain = await runByCli({ ...common, ...sample, applyChatTemplate: false }, 'plain');
    const written = (run: RunState): unknown => run.completions[0]?.meanLogProbability;
    expect(asked.completions[0]).toMatchObject({ prompt: 'What is 6 * 3?', tokens: 8 });
    expect(written(asked)).not.toBe(written(plain.run));
  },
);

test(
  'it goes on from a checkpoint and leaves as a folder, also where the folder it came from is gone',
  { timeout: 240_000 },
  async () => {
    const next = chatConfig('qwen3', { model: { checkpoint: qwen } });
    const { run, runFolder } = await runByCli({ ...next, training: { ...next.training, maxSteps: 1 } }, 'next');
    expect(evalLosses(run)[0]).toBeCloseTo(expectedChat('qwen3').heldOutLosses[1], 4);
    rmSync(join(runs.folder, 'qwen3'), { recursive: true });
    const out = join(runs.folder, 'out');
    const args = ['export', '--checkpoint', runFolder, '--out', out];
    const report = await runTrainerTool({ runtime: ownRuntime(), trainer: runs.programs.trainer, args });
    expect(JSON.parse(report)).toMatchObject({ type: 'exported' });
    const saved = readModel(checkpointOf(runFolder));
    expect(readModelFolder(out, (config) => modelOf(config).parameters).weights).toEqual(saved.weights);
    for (const name of ['tokenizer_config.json', 'generation_config.json'])
      expect(readFileSync(join(out, name), 'utf8')).toBe(saved.textFiles?.[name as 'tokenizer_config.json']);
    exportedLoss = evalLosses(run).at(-1) ?? Number.NaN;
    const text = await openModelText(out, runs.programs.template);
    const [row] = readFileSync(CHAT_ROWS, 'utf8').split('\n');
    const example = {
      ...(preparedOf(row ?? '') as Pick<Example, 'prompt' | 'completion'>),
      isCorrect: null,
      difficulty: null,
    };
    const [encoded] = await new ExampleEncoder(text, 'completion', {}).encode([{ ...example, answer: null }]);
    text.template?.close();
    const [expected] = expectedChat('qwen3').examples;
    expect(encoded).toMatchObject({ tokens: expected?.ids, lossMask: expected?.mask });
    expect(existsSync(join(out, 'model.safetensors'))).toBe(true);
    putChatModel(runs.folder, 'qwen3');
  },
);
