import { describe, expect, test } from 'vitest';
import { ExecutorError } from '../../../src/engine/executorError.ts';
import { chooseExecutor, listExecutors } from '../../../src/trainer/executors/index.ts';
import { physicalCores } from '../../../src/trainer/executors/cores.ts';

const facts = await listExecutors();
const hasGpu = facts.some(
  ({ executor, provider, available }) => executor === 'tensorflow' && provider === 'cuda' && available,
);

const failure = async (work: Promise<unknown>): Promise<ExecutorError> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof ExecutorError) return error;
    throw error;
  }
  throw new Error('The choice was made.');
};

describe('chooseExecutor', () => {
  test('takes ONNX Runtime on the CPU with one thread per core, as the config asks', async () => {
    const executor = await chooseExecutor({ device: 'cpu', executor: 'auto', threads: 0 });
    expect(executor.identity).toMatchObject({ executor: 'onnx', provider: 'cpu', threads: physicalCores() });
    expect(executor.identity.reason).toContain('device: cpu');
    await executor.dispose();
  });

  test('says why there is no GPU when it takes the CPU by itself', async () => {
    const { identity } = await chooseExecutor({ device: 'auto', executor: 'onnx', threads: 3 });
    expect(identity).toMatchObject({ executor: 'onnx', provider: 'cpu', threads: 3 });
    expect(identity.reason).toMatch(/because no GPU can be used/);
  });

  test('fails with a remedy where a GPU is demanded and the executor has none', async () => {
    for (const executor of ['onnx', 'reference'] as const) {
      const error = await failure(chooseExecutor({ device: 'gpu', executor, threads: 0 }));
      expect([error.code, error.remedy]).toEqual(['noDevice', 'Set device to "auto" or "cpu".']);
    }
  });

  test('takes a GPU by way of TensorFlow if there is one, else fails telling how to get it', async () => {
    const choice = chooseExecutor({ device: 'gpu', executor: 'auto', threads: 0 });
    if (hasGpu) expect((await choice).identity.provider).toBe('cuda');
    else expect((await failure(choice)).remedy).toMatch(/npm install @tensorflow\/tfjs-node-gpu/);
  });

  test('takes the reference where it is asked for', async () => {
    const { identity } = await chooseExecutor({ device: 'auto', executor: 'reference', threads: 0 });
    expect(identity).toMatchObject({ executor: 'reference', provider: 'cpu', threads: 1 });
  });
});

describe('listExecutors', () => {
  test('tells of each executor whether it is there, and if not how to get it', () => {
    expect(new Set(facts.map(({ executor }) => executor))).toEqual(new Set(['onnx', 'tensorflow', 'reference']));
    expect(facts.find(({ executor, provider }) => executor === 'onnx' && provider === 'cpu')?.available).toBe(true);
    for (const { detail } of facts) expect(detail.length).toBeGreaterThan(0);
    const absent = facts.find(({ executor, available }) => executor === 'tensorflow' && !available);
    if (absent) expect(absent.remedy).toMatch(/TFJS_NODE_BASE_URI/);
  });
});
