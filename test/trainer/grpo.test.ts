/** Reinforcement learning in a real process, from the newest run of another config; killed, continued and compared. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kill, Runs, stateOf, untilStep } from '../support/runs.ts';

const common = {
  seed: 3,
  device: 'cpu',
  executor: 'onnx',
  threads: 1,
  task: { name: 'arithmetic', level: 'addition-2' },
};
const evaluation = { everySteps: 100, atStart: false, problems: 4, maxNewTokens: 8, batchSize: 4 };
const weak = {
  ...common,
  recipe: 'sft',
  model: {
    family: 'decoder',
    hiddenSize: 16,
    numHiddenLayers: 1,
    numAttentionHeads: 2,
    numKeyValueHeads: 1,
    intermediateSize: 32,
  },
  data: { problems: 200 },
  training: { maxSteps: 10, batchSize: 4 },
  evaluation,
};
const grpo = {
  ...common,
  recipe: 'grpo',
  model: { checkpoint: 'weak.valley.jsonc' },
  data: { problems: 200 },
  rollout: { prompts: 2, numGenerations: 4, maxNewTokens: 12, batchSize: 8 },
  rewards: { correct: 1, repetition: 1 },
  policy: { beta: 0.01 },
  training: { maxSteps: 60, batchSize: 4, learningRate: 0.001 },
  evaluation,
  checkpoints: { everySteps: 10 },
};

let runs: Runs;
beforeAll(async () => (runs = await Runs.open()));
afterAll(() => runs.close());

/** SHA-256 of what the last checkpoint holds. */
const hashesOf = (runFolder: string): unknown => {
  const manifest = join(runFolder, 'checkpoints', 'step-00000060', 'manifest.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { files: unknown }).files;
};

test('a config stands for its newest run that has a checkpoint; killed and continued, the bytes are the same', async () => {
  const config = runs.config(grpo, 'grpo.valley.jsonc');
  const early = await runs.start({ config });
  expect(await early.exited).toBe(1);
  expect(stateOf(early.runFolder).error).toMatchObject({ code: 'badCheckpoint' });
  expect(stateOf(early.runFolder).error?.message).toMatch(/no run of .*weak\.valley\.jsonc/);

  const first = await runs.start({ config: runs.config(weak, 'weak.valley.jsonc') });
  expect(await first.exited).toBe(0);
  const whole = await runs.start({ config });
  expect(await whole.exited).toBe(0);
  expect(stateOf(whole.runFolder)).toMatchObject({ status: 'finished', recipe: 'grpo', step: 60 });

  const killed = await runs.start({ config });
  await untilStep(killed.runFolder, 15);
  kill(killed.pid, 'SIGKILL');
  await killed.exited;
  // A newer run of the same config changes nothing: the policy is held against the model it began as.
  const other = await runs.start({ config: runs.config({ ...weak, seed: 9 }, 'weak.valley.jsonc') });
  expect(await other.exited).toBe(0);
  const again = await runs.start({ runFolder: killed.runFolder, isContinuation: true });
  expect(await again.exited).toBe(0);
  expect(hashesOf(again.runFolder)).toEqual(hashesOf(whole.runFolder));
  for (const name of ['reward', 'kl', 'loss'])
    expect(stateOf(again.runFolder).series[name]).toEqual(stateOf(whole.runFolder).series[name]);
}, 240_000);
