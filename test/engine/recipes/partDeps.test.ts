import { expect, test } from 'vitest';
import { partDeps } from '../../../src/engine/recipes/partDeps.ts';
import type { LadderDeps } from '../../../src/engine/recipes/ladderDeps.ts';
import type { LadderTraining } from '../../../src/protocol/ladder.ts';
import type { RunEvent } from '../../../src/protocol/events.ts';
import { MemoryCells } from './memoryCells.ts';

const training = (name: string, firstStep: number): LadderTraining => ({
  ...{ name, firstStep, stage: 'grpo', size: 0, seed: 1, from: null },
  ...{ examples: 1, epochs: 1, batchSize: 1, learningRate: 1, steps: 5, tokens: 1 },
});
const step = (at: number): RunEvent => ({ type: 'step.finished', step: at, metrics: {} });

test('a training sees what it told before, with its own steps', () => {
  const past: RunEvent[] = [
    ...[{ type: 'cell.started', training: 'other' } as const, step(9), step(10)],
    ...[{ type: 'cell.started', training: 'own' } as const, step(11), step(12)],
    ...[{ type: 'cell.started', training: 'next' } as const, step(16)],
  ];
  const deps = { past: () => past, memoryBytes: 7, base: null, cells: new MemoryCells() } as Partial<LadderDeps>;
  const own = partDeps(training('own', 10), { trainings: [] }, deps as LadderDeps);
  expect([...(own.past?.() ?? [])]).toEqual([step(1), step(2)]);
  expect(own.memoryBytes).toBe(7);
});
