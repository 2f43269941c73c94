/** Reinforcement learning on problems of a file: a published model's own template asks, the strict verifier pays, killed runs go on. */
import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Completion } from '../../src/protocol/events.ts';
import { reward } from '../../src/engine/grading/mathVerifier.ts';
import { putChatModel } from '../support/chatModel.ts';
import { eventsOf, kill, Runs, stateOf, untilStep } from '../support/runs.ts';

/** Twenty problems of two levels, one that cannot be verified and one that is no row. */
const problems = [
  ...Array.from({ length: 20 }, (_, at) => ({
    problem: `What is ${at} + ${at}?`,
    answer: 2 * at,
    level: 1 + (at % 2),
  })),
  { problem: 'What is the meaning of all?', answer: '' },
];

const config = (more: object = {}) => ({
  ...{ recipe: 'grpo', seed: 3, device: 'cpu', executor: 'onnx', threads: 1 },
  model: { path: 'qwen3' },
  data: { path: 'problems.jsonl', instruction: 'Box it.' },
  curriculum: { order: 'easyFirst' },
  rollout: { prompts: 4, numGenerations: 3, maxNewTokens: 6, batchSize: 12 },
  rewards: { correct: 1, repetition: 1, overlong: 0.5, overlongShare: 1 },
  policy: { beta: 0.01 },
  training: { epochs: 2, batchSize: 12, learningRate: 0.001 },
  evaluation: { everySteps: 100, atStart: false, maxNewTokens: 6, problems: 2, batchSize: 4 },
  checkpoints: { everySteps: 3 },
  ...more,
});

let runs: Runs;
let whole = '';
beforeAll(async () => {
  runs = await Runs.open();
  putChatModel(runs.folder, 'qwen3');
  const lines = [...problems.map((problem) => JSON.stringify(problem)), 'no row'];
  writeFileSync(join(runs.folder, 'problems.jsonl'), `${lines.join('\n')}\n`);
});
afterAll(() => runs.close());

const hashesOf = (runFolder: string): unknown =>
  (
    JSON.parse(readFileSync(join(runFolder, 'checkpoints', 'step-00000009', 'manifest.json'), 'utf8')) as {
      files: unknown;
    }
  ).files;
const sampledOf = (runFolder: string): Completion[] =>
  eventsOf(runFolder).flatMap(({ event }) => (event.type === 'completions.sampled' ? event.completions : []));

test(
  'problems are read, held out, asked in their order and paid by the strict verifier',
  { timeout: 240_000 },
  async () => {
    const run = await runs.start({ config: runs.config(config(), 'grpo.valley.jsonc') });
    whole = run.runFolder;
    expect(await run.exited).toBe(0);
    const state = stateOf(whole);
    // 18 problems of which 4 are asked at a time, twice: nine rollouts of one step. That was known only when the file was read.
    expect(state).toMatchObject({
      status: 'finished',
      task: 'problems.jsonl',
      step: 9,
      totalSteps: 9,
      evaluationSteps: [9],
    });
    const [started] = eventsOf(whole).flatMap(({ event }) => (event.type === 'run.started' ? [event] : []));
    expect(started).toMatchObject({ totalSteps: 0, evaluationSteps: [] });
    const [stage] = state.preparation.stages;
    expect(stage).toMatchObject({ rowsIn: 22, statistics: { problems: 20 } });
    expect(stage?.leftOut.map(({ reason }) => reason).toSorted()).toEqual(['empty', 'notJson']);
    expect(state.evaluations[0]?.scores[0]).toMatchObject({ name: 'accuracy', n: 2 });

    const asked = sampledOf(whole);
    expect(new Set(asked.map(({ verifier }) => verifier)).size).toBe(1);
    for (const { prompt, text, verdict, gold, finishReason, rollout } of asked) {
      const problem = problems.find((one) => one.problem === prompt);
      expect(gold).toBe(String(problem?.answer));
      expect(rollout?.level).toBe(String(problem && 'level' in problem && problem.level));
      const strict = finishReason === 'stop' ? reward(text, gold ?? '').verdict : 'wrong';
      expect(verdict === 'correct').toBe(strict === 'correct');
      expect(rollout?.rewards['correct']).toBe(verdict === 'correct' ? 1 : 0);
    }
    // Two passes of 18 places, each from easy to hard.
    const firstOf = (step: number) => asked.filter((one) => one.step === step).map(({ rollout }) => rollout?.level);
    expect(new Set([...firstOf(0), ...firstOf(5)])).toEqual(new Set(['1']));
    expect(new Set([...firstOf(3), ...firstOf(8)])).toEqual(new Set(['2']));
  },
);

test(
  'killed and continued, it ends in the same bytes; with other problems it does not go on',
  { timeout: 240_000 },
  async () => {
    const file = join(runs.folder, 'grpo.valley.jsonc');
    const killed = await runs.start({ config: file });
    await untilStep(killed.runFolder, 4);
    kill(killed.pid, 'SIGKILL');
    await killed.exited;
    const copy = `${killed.runFolder}-copy`;
    cpSync(killed.runFolder, copy, { recursive: true, filter: (path) => !path.endsWith('.sock') });
    const again = await runs.start({ runFolder: killed.runFolder, isContinuation: true });
    expect(await again.exited).toBe(0);
    expect(hashesOf(again.runFolder)).toEqual(hashesOf(whole));
    for (const name of ['reward', 'kl', 'loss', 'epoch'])
      expect(stateOf(again.runFolder).series[name]).toEqual(stateOf(whole).series[name]);

    appendFileSync(
      join(runs.folder, 'problems.jsonl'),
      `${JSON.stringify({ problem: 'What is 7 + 1?', answer: 8 })}\n`,
    );
    const other = await runs.start({ runFolder: copy, isContinuation: true });
    expect(await other.exited).toBe(1);
    expect(stateOf(copy).error).toMatchObject({ code: 'badDataset', message: /problems.jsonl has changed since step/ });
  },
);

test('valley evaluate measures the problems that the run held out', { timeout: 240_000 }, async () => {
  const runFolder = join(runs.folder, '.valley', 'runs', 'measured');
  const lines = problems.map((problem) => JSON.stringify(problem));
  writeFileSync(join(runs.folder, 'problems.jsonl'), `${[...lines, 'no row'].join('\n')}\n`);
  const args = [runs.programs.cli, 'evaluate', whole, '--json', '--out', runFolder];
  await promisify(execFile)(process.execPath, args, { env: runs.environment(null) });
  expect(stateOf(runFolder).evaluations[0]?.scores).toEqual(stateOf(whole).evaluations.at(-1)?.scores);
});
