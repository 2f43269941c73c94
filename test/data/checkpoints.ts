/** Small checkpoints for tests: a state that tells its step in every number, and a store over any disk. */
import { join } from 'node:path';
import { type FilePort, realFiles } from '../../src/data/files.ts';
import { CheckpointStore } from '../../src/trainer/checkpointStore.ts';
import type { KeepingPolicy } from '../../src/trainer/keepingPolicy.ts';
import type { SavedState } from '../../src/protocol/savedState.ts';

export const RUN = '/runs/one';
export const CHECKPOINTS = join(RUN, 'checkpoints');

export function stateAt(step: number): SavedState {
  const array = (scale: number) => ({ shape: [2, 3], values: new Float32Array(6).map((_, i) => step + i * scale) });
  return {
    config: { model_type: 'decoder', hidden_size: 8, rope_scaling: null },
    tokenizer: { version: '1.0', vocab: ['0', '1', '가'], step },
    weights: { 'model.norm.weight': array(0.5), __proto__x: array(0.25) },
    step,
    optimizer: { 'm.model.norm.weight': array(0.1), 'v.model.norm.weight': array(0.2) },
    counters: { tokensSeen: step * 1000 },
  };
}

/** The state of a run that trains adapters. */
export const adaptedStateAt = (step: number): SavedState => {
  const state = stateAt(step);
  return { ...state, adapter: { config: { peft_type: 'LORA', r: 2 }, weights: state.optimizer, base: state.weights } };
};

export function openStore(
  files: FilePort = realFiles,
  policy: Partial<KeepingPolicy> = {},
  runFolder = RUN,
): CheckpointStore {
  return CheckpointStore.open({
    runFolder,
    runId: 'run-1',
    configHash: 'c0ffee',
    policy: { keepLast: 2, keepBest: 0, diskBudgetMB: 1000, ...policy },
    now: () => 1_700_000_000_000,
    files,
  });
}
