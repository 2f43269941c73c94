/** The events of one small run, kept as a file: what they say may change only on purpose (UPDATE_GOLDEN=1 writes it anew). */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sft } from '../../src/engine/recipes/sft.ts';
import type { RunEvent } from '../../src/protocol/events.ts';
import { createOnnxExecutor } from '../../src/trainer/executors/onnx.ts';
import { collect, scene, tinyConfig } from '../engine/recipes/tinyRun.ts';

const file = new URL('sft-tiny.jsonl', import.meta.url);

/** What depends on the machine and its speed is left out. */
function masked(event: RunEvent): unknown {
  if (event.type === 'run.started') return { ...event, executor: 'masked' };
  if (event.type !== 'step.finished') return event;
  return { ...event, metrics: { ...event.metrics, tokens_per_second: 'masked' } };
}

/** Whole numbers, texts and structure exactly; other numbers to 1e-4, for processors round differently. */
function expectAlike(actual: unknown, golden: unknown, path: string): void {
  if (typeof golden === 'number' && !Number.isInteger(golden)) {
    expect(Math.abs((actual as number) - golden), path).toBeLessThan(1e-4 * Math.max(1, Math.abs(golden)));
    return;
  }
  if (typeof golden !== 'object' || golden === null) {
    expect(actual, path).toBe(golden);
    return;
  }
  expect(Object.keys(actual ?? {}), path).toEqual(Object.keys(golden));
  for (const [key, value] of Object.entries(golden))
    expectAlike((actual as Record<string, unknown>)[key], value, `${path}.${key}`);
}

test('a seeded tiny run says what it has always said', async () => {
  const executor = await createOnnxExecutor({ threads: 1 });
  const { deps, asked } = scene(executor);
  const config = tinyConfig({ task: { name: 'arithmetic', level: 'chain-3', trace: 'long', slipRate: 0.3 } });
  const events = await collect(sft(config, deps), (event) => {
    if (event.type === 'step.finished' && event.step === 2)
      asked.push({ type: 'sample', prompt: '5+5=', temperature: 0, maxNewTokens: 8, seed: 1 });
  });
  await executor.dispose();
  const lines = events.map((event) => JSON.stringify(masked(event)));
  if (process.env['UPDATE_GOLDEN']) writeFileSync(file, `${lines.join('\n')}\n`);
  const golden = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(lines.length).toBe(golden.length);
  lines.forEach((line, i) => expectAlike(JSON.parse(line), JSON.parse(golden[i] ?? 'null'), `line ${i + 1}`));
});
