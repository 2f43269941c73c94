import { expect, test } from 'vitest';
import { POINTS_SENT, thinned } from '../../src/extension/thinSnapshot.ts';
import { newRun } from '../../src/protocol/state.ts';

function runWith(values: (number | null)[]) {
  const run = newRun('one');
  run.series['loss'] = { steps: values.map((_, index) => index + 1), values };
  return run;
}

test('a short run is sent as it is', () => {
  const run = runWith([1, 2, 3]);
  expect(thinned(run)).toBe(run);
});

test('a long curve keeps its ends, its spikes and its gaps, in order', () => {
  const values: (number | null)[] = Array.from({ length: 100_000 }, (_, index) => Math.sin(index / 1000));
  values[31_337] = 99;
  values[70_001] = -99;
  values[50_000] = null;
  const run = runWith(values);
  const { steps = [], values: kept = [] } = thinned(run).series['loss'] ?? {};
  expect(steps.length).toBeLessThanOrEqual(POINTS_SENT + 10);
  expect(steps.length).toBeGreaterThan(POINTS_SENT / 2);
  expect([steps[0], steps.at(-1)]).toEqual([1, 100_000]);
  expect(kept[steps.indexOf(31_338)]).toBe(99);
  expect(kept[steps.indexOf(70_002)]).toBe(-99);
  expect(kept[steps.indexOf(50_001)]).toBeNull();
  expect(steps).toEqual([...steps].sort((a, b) => a - b));
  expect(run.series['loss']?.steps).toHaveLength(100_000);
});
