/** Hundreds of steps in a process of its own: what it holds does not grow. `npm run prove` does 1,000, on WebGPU too. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildFixture } from '../support/program.ts';

let program: string;
beforeAll(async () => void (program = await buildFixture('soak')));
afterAll(() => rmSync(program, { force: true }));

interface Held {
  readonly loss: number;
  readonly rss: number;
  readonly handles: number;
  readonly tensors: number;
}

/** What the process held at the end of each tenth of its steps. */
const heldOver = (steps: number): readonly Held[] => {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--expose-gc',
      '--max-semi-space-size=2',
      program,
      JSON.stringify({ provider: 'cpu', steps, layers: 2, hiddenSize: 64, batch: 8, length: 32 }),
    ],
    { encoding: 'utf8' },
  );
  const held = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line || 'null') as Held);
  expect(held, stderr).toHaveLength(10);
  return held;
};

const expectNoGrowth = (held: readonly Held[], allowance: number): void => {
  const [, early, late] = [held[0], held[2], held.at(-1)];
  if (!early || !late) throw new Error('The process told nothing.');
  expect(Number.isFinite(late.loss)).toBe(true);
  expect(late.rss - early.rss).toBeLessThan(allowance);
  expect([late.handles, late.tensors]).toEqual([early.handles, early.tensors]);
};

test('on the CPU, 400 steps hold no more memory, tensors and handles than 120', () => {
  expectNoGrowth(heldOver(400), 16e6);
});
