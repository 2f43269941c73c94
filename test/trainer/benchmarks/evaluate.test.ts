/** Benchmarks in a real process: a published model measures several, is stopped and killed on the way, and ends as if nobody had disturbed it. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Completion } from '../../../src/protocol/events.ts';
import type { RegradeReport } from '../../../src/protocol/regrade.ts';
import { RUN_FOLDER, tokenFileName } from '../../../src/protocol/runFolder.ts';
import { sendCommand } from '../../../src/runs/controlClient.ts';
import { TokenFile } from '../../../src/runs/tokenFile.ts';
import { putChatModel } from '../../support/chatModel.ts';
import { eventsOf, kill, Runs, stateOf, until } from '../../support/runs.ts';

let runs: Runs;
let config: string;
const fixture = (name: string): string => resolve('test/fixtures/benchmarks', name);

const evaluation = {
  recipe: 'evaluate',
  device: 'cpu',
  executor: 'onnx',
  threads: 1,
  model: { path: 'qwen3' },
  chatTemplateKwargs: { enableThinking: false },
  evaluation: { batchSize: 8, seed: 5, alternatives: 3 },
  benchmarks: [
    { name: 'math-500', path: fixture('math-500.jsonl'), samplesPerProblem: 2, maxNewTokens: 16 },
    {
      name: 'mine',
      path: 'own.jsonl',
      columns: { problem: 'q', answer: 'a' },
      samplesPerProblem: 3,
      temperature: 1,
      maxNewTokens: 24,
      instruction: '',
    },
    { name: 'gpqa-diamond', maxNewTokens: 8, samplesPerProblem: 1 },
    { task: { name: 'arithmetic', level: 'paper' }, problems: 3, samplesPerProblem: 1, maxNewTokens: 12 },
  ],
};
/** Benchmark and number of completions, as above. */
const COUNTS = { 'math-500': 4, mine: 120, 'gpqa-diamond': 2, 'arithmetic/paper': 3 };

const environment = (): NodeJS.ProcessEnv => ({
  ...runs.environment(null),
  VALLEY_BENCHMARKS: JSON.stringify({ 'gpqa-diamond': fixture('gpqa-diamond.jsonl') }),
});

beforeAll(async () => {
  runs = await Runs.open();
  putChatModel(runs.folder, 'qwen3');
  const rows = Array.from({ length: 40 }, (_, i) => JSON.stringify({ q: `What is ${i} + ${i}?`, a: 2 * i }));
  writeFileSync(join(runs.folder, 'own.jsonl'), `${rows.join('\n')}\nnot json\n`);
  config = runs.config(evaluation);
});
afterAll(() => runs.close());

const start = (more: object = {}) => runs.start({ config, env: environment(), ...more });
const sampleFile = (folder: string, file: string): string => join(folder, RUN_FOLDER.samples, file);

function completionsOf(folder: string, file: string): Completion[] {
  const lines = readFileSync(sampleFile(folder, file), 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Completion).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** All that was found out, whatever the order it came in. */
function outcome(folder: string) {
  const { evaluations, sampleFiles } = stateOf(folder);
  return {
    scores: evaluations.map(({ benchmark, scores, identity }) => ({ benchmark, scores, identity })),
    files: sampleFiles.map(({ file, count, tokens }) => {
      const tokenFile = TokenFile.open(sampleFile(folder, tokens ?? ''));
      const records = tokenFile.places.map((place) => tokenFile.recordAt(place)).sort((a, b) => a.index - b.index);
      tokenFile.close();
      return { file, count, completions: completionsOf(folder, file), records };
    }),
  };
}

describe('several benchmarks in one run', () => {
  let whole: string;
  beforeAll(async () => {
    const run = await start();
    expect(await run.exited).toBe(0);
    whole = run.runFolder;
  }, 120_000);

  test('each is told by its own name, with its k, its problems and what it was', () => {
    const state = stateOf(whole);
    expect(state.status).toBe('finished');
    expect(state.evaluations.map(({ benchmark }) => benchmark)).toEqual(Object.keys(COUNTS));
    const told = state.evaluations.map(({ scores, identity }) => [
      scores[0]!.n,
      scores[0]!.k,
      identity?.maxNewTokens,
      identity?.temperature,
    ]);
    expect(told).toEqual([
      [2, 2, 16, 0.6],
      [40, 3, 24, 1],
      [2, 1, 8, 0.6],
      [3, 1, 12, 0.6],
    ]);
    for (const { identity } of state.evaluations) {
      expect(identity).toMatchObject({ seed: 5, topP: 0.95, model: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
      expect(identity?.template).toMatch(/^[0-9a-f]{64} \{"enableThinking":false\}$/);
    }
    expect(state.evaluations.map(({ identity }) => identity?.verifier)).toEqual([
      'math 1',
      'math 1',
      'choice 1',
      'math 1',
    ]);
    expect(new Set(state.evaluations.map(({ identity }) => identity?.data)).size).toBe(4);
    const warnings = state.log.map(({ message }) => message);
    expect(warnings).toContain('mine: 1 rows cannot be read (not JSON).');
    expect(warnings).toContain('mine: 40 problems, 3 completions each.');
    expect(warnings).toContain('math-500: the file has 2 of its problems; as published it has 500.');
  });

  test('completions are graded, whole and told apart; each has its tokens beside it', () => {
    const { files } = outcome(whole);
    const ids = new Set(files.flatMap(({ completions }) => completions.map(({ id }) => id)));
    expect(ids.size).toBe(Object.values(COUNTS).reduce((sum, count) => sum + count, 0));
    for (const { file, count, completions, records } of files) {
      expect([completions.length, records.map(({ index }) => index)]).toEqual([
        count,
        Array.from({ length: count }, (_, i) => i),
      ]);
      for (const { id, verdict, verifier, rule, tokens, meanLogProbability } of completions) {
        expect([verdict === 'ungraded', typeof rule, verifier]).toEqual([
          false,
          'string',
          expect.stringMatching(/ 1$/),
        ]);
        const record = records[Number(id.slice(id.lastIndexOf('-') + 1))]!;
        expect([record.tokens.length, record.alternatives.length], file).toEqual([tokens, 3 * tokens]);
        const mean = record.logProbabilities.reduce((sum, value) => sum + value, 0) / tokens;
        expect(mean).toBeCloseTo(meanLogProbability!, 4);
        record.logProbabilities.forEach((value, i) => {
          // What was drawn is no likelier than the likeliest; where it is the likeliest, it is told alike.
          expect(value).toBeLessThanOrEqual(record.alternativeLogProbabilities[3 * i]! + 1e-6);
          if (record.tokens[i] === record.alternatives[3 * i])
            expect(value).toBeCloseTo(record.alternativeLogProbabilities[3 * i]!, 5);
          expect(record.entropies[i]).toBeGreaterThan(0);
        });
      }
    }
  });

  test('the command line grades it anew: the same verdicts and scores by the same verifier', async () => {
    const out = runs.newFolder();
    const args = [runs.programs.cli, 'regrade', whole, '--out', out, '--json'];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: runs.environment(null) });
    const report = JSON.parse(stdout) as RegradeReport;
    if (report.type === 'refused') throw new Error(report.error.message);
    expect(report.evaluations.map(({ benchmark, completions, changed }) => [benchmark, completions, changed])).toEqual(
      Object.entries(COUNTS).map(([benchmark, count]) => [benchmark, count, 0]),
    );
    expect(report.evaluations.map(({ after }) => after)).toEqual(report.evaluations.map(({ before }) => before));
    expect(stateOf(out).evaluations.map(({ scores, identity }) => ({ scores, identity }))).toEqual(
      stateOf(whole).evaluations.map(({ scores, identity }) => ({ scores, identity })),
    );
  });

  test(
    'stopped, continued, killed -9, continued: no completion twice, none lost, the same scores',
    { timeout: 240_000 },
    async () => {
      const { runFolder, pid } = await start();
      const isUnderWay = (least: number) => () => {
        const { evaluating } = stateOf(runFolder);
        if (evaluating?.benchmark !== 'mine' || evaluating.done < least) throw new Error('not yet');
      };
      await until(isUnderWay(1));
      await sendCommand(runFolder, { type: 'stop' });
      const again = await untilGone(runFolder, pid);
      expect(again.status).toBe('stopped');
      const [first] = again.sampleFiles;
      const bytes = readFileSync(sampleFile(runFolder, first!.file));
      const second = await start({ runFolder, isContinuation: true, config: undefined });
      await until(isUnderWay(50));
      kill(second.pid, 'SIGKILL');
      await second.exited;
      // As a power cut may leave it: half a line, and half a record.
      const torn = sampleFile(runFolder, 'mine-00000000.jsonl');
      writeFileSync(torn, `${readFileSync(torn, 'utf8')}{"id":"0-evaluation-mine-9`);
      const tornTokens = tokenFileName(torn);
      writeFileSync(tornTokens, readFileSync(tornTokens).subarray(0, -7));
      const third = await start({ runFolder, isContinuation: true, config: undefined });
      expect(await third.exited).toBe(0);
      expect(outcome(runFolder)).toEqual(outcome(whole));
      expect(readFileSync(sampleFile(runFolder, first!.file))).toEqual(bytes);
      const kept = eventsOf(runFolder).flatMap(({ event }) =>
        event.type === 'log.written' && event.message.includes('from an earlier attempt') ? [event.message] : [],
      );
      expect(kept.length).toBeGreaterThan(0);
    },
  );

  test('what has changed since is measured anew, and why is told', { timeout: 120_000 }, async () => {
    const { runFolder, pid } = await start();
    await until(() => {
      if (stateOf(runFolder).evaluating?.benchmark !== 'mine') throw new Error('not yet');
    });
    kill(pid, 'SIGKILL');
    await until(() => {
      if (kill(pid, 0)) throw new Error('still there');
    });
    const rows = readFileSync(join(runs.folder, 'own.jsonl'), 'utf8');
    writeFileSync(join(runs.folder, 'own.jsonl'), rows.split('\n').slice(0, 5).join('\n'));
    try {
      const again = await start({ runFolder, isContinuation: true, config: undefined });
      expect(await again.exited).toBe(0);
    } finally {
      writeFileSync(join(runs.folder, 'own.jsonl'), rows);
    }
    const state = stateOf(runFolder);
    expect(state.evaluations.find(({ benchmark }) => benchmark === 'mine')?.scores[0]?.n).toBe(5);
    expect(state.log.map(({ message }) => message)).toContain(
      'mine: what an earlier attempt has measured is not gone on with, for it differs in data.',
    );
  });
});

async function untilGone(runFolder: string, pid: number) {
  await until(() => {
    if (kill(pid, 0)) throw new Error('still there');
  });
  return stateOf(runFolder);
}

test('a benchmark that cannot be opened ends the run before it measures', async () => {
  const bad = { name: 'mine', path: 'own.jsonl', columns: { problem: 'question', answer: 'a' } };
  const broken = runs.config({ ...evaluation, benchmarks: [evaluation.benchmarks[0], bad] }, 'broken.jsonc');
  const run = await runs.start({ config: broken, env: environment() });
  expect(await run.exited).toBe(1);
  const { error, evaluations } = stateOf(run.runFolder);
  expect([error?.code, evaluations.length]).toEqual(['badDataset', 0]);
  expect(error?.message).toContain('"question" is missing');
});
