/** The estimate of a run's memory beside what a process really takes. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { memoryOf } from '../../src/config/memory.ts';
import { sftConfig } from '../../src/config/schema.ts';
import { buildFixture } from '../support/program.ts';

let program: string;
let policyProgram: string;
beforeAll(async () => {
  program = await buildFixture('trainOnce');
  policyProgram = await buildFixture('policyOnce');
});
afterAll(() => [program, policyProgram].forEach((built) => rmSync(built, { force: true })));

const shape = (hiddenSize: number, intermediateSize: number, numHiddenLayers: number, maxPositionEmbeddings: number) =>
  ({ family: 'decoder', hiddenSize, intermediateSize, numHiddenLayers, maxPositionEmbeddings }) as const;
const small = { everySteps: 1000, atStart: false, problems: 8, maxNewTokens: 16, batchSize: 8 };

/** What the run itself told, and the peak of its process, in bytes. */
function measured(of: string, config: object): { estimate: number; peak: number; stderr: string } {
  const { stdout, stderr } = spawnSync(process.execPath, [of, JSON.stringify(config)], { encoding: 'utf8' });
  const [, amount = '', unit] = /about ([\d.]+) (MB|GB)/.exec(stdout) ?? [];
  const estimate = Number(amount) * (unit === 'GB' ? 1e9 : 1e6);
  return { estimate, peak: Number(/peak (\d+)/.exec(stdout)?.[1]), stderr };
}

test.each([
  { model: shape(128, 352, 4, 128), level: 'addition-3', training: { maxSteps: 16, batchSize: 64 } },
  { model: shape(256, 704, 4, 256), level: 'chain-5', training: { maxSteps: 5, batchSize: 32 } },
  { model: shape(64, 176, 2, 384), level: 'paper', training: { maxSteps: 8, batchSize: 64, microBatchSize: 16 } },
  {
    model: shape(256, 704, 4, 256),
    level: 'chain-5',
    training: { maxSteps: 5, batchSize: 32, activationRecompute: true },
  },
] as const)(
  '$model.hiddenSize wide, $level, $training: what is told lies within 15 % of the peak',
  ({ model, level, training }) => {
    const config = sftConfig.parse({
      recipe: 'sft',
      model,
      task: { name: 'arithmetic', level },
      data: { problems: 4096 },
      training,
      sampling: { everySteps: 1000 },
      threads: 1,
      evaluation: small,
    });
    const { estimate, peak, stderr } = measured(program, config);
    const before = memoryOf(config)?.peak ?? 0;
    console.log(
      `measured ${peak / 1e6} MB, told by the run ${estimate / 1e6} MB, before it ${Math.round(before / 1e6)} MB`,
    );
    expect(peak, stderr).toBeGreaterThan(0);
    expect(Math.abs(estimate / peak - 1)).toBeLessThan(0.15);
    expect(Math.abs(before / peak - 1)).toBeLessThan(0.35);
  },
);

test(
  'of reinforcement learning what is told lies within 15 % of the peak, once rollouts of all lengths were there',
  { timeout: 240_000 },
  () => {
    const { estimate, peak, stderr } = measured(policyProgram, {
      model: shape(128, 352, 4, 128),
      task: { name: 'arithmetic', level: 'addition-3' },
      data: { problems: 1000 },
      rollout: { prompts: 32, numGenerations: 8, maxNewTokens: 32, batchSize: 64 },
      training: { maxSteps: 6, batchSize: 256 },
      evaluation: small,
    });
    console.log(`measured ${peak / 1e6} MB, told by the run ${estimate / 1e6} MB`);
    expect(peak, stderr).toBeGreaterThan(0);
    expect(Math.abs(estimate / peak - 1)).toBeLessThan(0.15);
  },
);
