/** A ladder in a real process: killed, stopped and continued, it tells what an uninterrupted one tells. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withoutClock } from '../../src/protocol/ladder.ts';
import { kill, Runs, stateOf, untilStep } from '../support/runs.ts';

const ladder = {
  ...{ recipe: 'ladder', seed: 3, device: 'cpu', executor: 'onnx', threads: 1 },
  base: {
    model: {
      ...{ family: 'decoder', hiddenSize: 16, numHiddenLayers: 1, numAttentionHeads: 2, numKeyValueHeads: 1 },
      ...{ intermediateSize: 32, maxPositionEmbeddings: 128 },
    },
    problems: 100,
    training: { maxSteps: 20, batchSize: 4 },
  },
  task: { name: 'arithmetic', level: 'addition-2' },
  ...{ sizes: [8, 16], seeds: [1] },
  training: { epochs: 8, batchSize: 4 },
  evaluation: { problems: 4, maxNewTokens: 90 },
  checkpoints: { everySteps: 4 },
};

let runs: Runs;
beforeAll(async () => (runs = await Runs.open()));
afterAll(() => runs.close());

const recordOf = (runFolder: string) => withoutClock(stateOf(runFolder).ladder!);
const samplesOf = (runFolder: string) =>
  readdirSync(join(runFolder, 'samples'))
    .sort()
    .map((name) => [name, readFileSync(join(runFolder, 'samples', name), 'utf8')]);

test('killed in one training and stopped in another, cells and completions are the same byte for byte', async () => {
  const config = runs.config(ladder);
  const whole = await runs.start({ config });
  expect(await whole.exited).toBe(0);
  expect(stateOf(whole.runFolder)).toMatchObject({ status: 'finished', recipe: 'ladder', step: 116 });
  expect(recordOf(whole.runFolder).cells.map(({ state }) => state)).toEqual(
    Array.from({ length: 5 }, () => 'finished'),
  );

  const torn = await runs.start({ config });
  await untilStep(torn.runFolder, 26);
  kill(torn.pid, 'SIGKILL');
  await torn.exited;
  const second = await runs.start({ runFolder: torn.runFolder, isContinuation: true });
  await untilStep(torn.runFolder, 60);
  kill(second.pid, 'SIGTERM');
  expect(await second.exited).toBe(130);
  const third = await runs.start({ runFolder: torn.runFolder, isContinuation: true });
  expect(await third.exited).toBe(0);
  expect(recordOf(torn.runFolder)).toEqual(recordOf(whole.runFolder));
  expect(samplesOf(torn.runFolder)).toEqual(samplesOf(whole.runFolder));
  expect(readdirSync(join(torn.runFolder, 'cells', 'sft-8-seed-1')).sort()).toEqual([
    ...['checkpoints', 'config.resolved.json', 'ending.json'],
    expect.stringMatching(/^result-00000016-[0-9a-f]{8}\.json$/),
  ]);
}, 240_000);
