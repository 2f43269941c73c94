import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunState } from '../../src/protocol/state.ts';
import { folded, goldenRun } from '../support/goldenRun.ts';
import { bundlePanel, PanelUnderTest } from '../support/panelBrowser.ts';
import { openChromium } from '../workbench/browser.mjs';

/** Ten times what is measured on a slow machine: a run that copies its curves takes over a minute. */
const DEADLINE_MS = 10_000;

let browser: Browser;
let bundle: string;
beforeAll(async () => {
  [browser, bundle] = await Promise.all([openChromium(), bundlePanel()]);
});
afterAll(() => browser?.close());

/** Runs in the page: 20 curves of 20,000 points as a snapshot, then 2,000 steps of them as events; milliseconds of each until drawn. */
async function timedCurves(small: RunState): Promise<{ first: number; live: number }> {
  const curves = Array.from({ length: 20 }, (_, at) => `metric_${at}`);
  const steps = Array.from({ length: 20_000 }, (_, at) => at + 1);
  const series = Object.fromEntries(curves.map((name) => [name, { steps: [...steps], values: steps.map(Math.sin) }]));
  const run = { ...small, series: { ...small.series, ...series }, step: 20_000, totalSteps: 25_000 };
  const events = steps.slice(0, 2000).map((at) => {
    const metrics = Object.fromEntries(curves.map((name) => [name, Math.cos(at)]));
    const event = { type: 'step.finished', step: 20_000 + at, metrics };
    return { v: 1, runId: run.runId, attempt: 1, seq: at, time: run.updatedAt + at * 50, event };
  });
  const first = await timed({ type: 'snapshot', run, health: { kind: 'alive' }, locale: 'en', strings: {} });
  return { first, live: await timed({ type: 'events', events }) };

  async function timed(message: unknown): Promise<number> {
    const started = performance.now();
    const heard = new Promise((resolve) => addEventListener('message', resolve, { once: true }));
    window.postMessage(message, '*');
    await heard;
    for (let frame = 0; frame < 2; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
    return performance.now() - started;
  }
}

/** Runs in the page: milliseconds until a file of many completions, which are made there, is listed. */
async function timedFile(of: { file: string; sample: unknown; count: number }): Promise<number> {
  const sample = of.sample as object;
  const completions = Array.from({ length: of.count }, (_, at) => ({
    ...sample,
    id: `100-evaluation-${at}`,
    prompt: at === of.count - 1 ? 'last+1=' : `${at}+${at * 7}=`,
    text: `${at}`.repeat(40),
  }));
  const started = performance.now();
  const heard = new Promise((resolve) => addEventListener('message', resolve, { once: true }));
  window.postMessage({ type: 'samples', file: of.file, completions, problem: null }, '*');
  await heard;
  for (let frame = 0; frame < 2; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
  return performance.now() - started;
}

/** Runs in the page: jumps through the whole list in 60 frames. */
async function scrollThrough(list: Element): Promise<number> {
  const started = performance.now();
  for (let jump = 1; jump <= 60; jump++) {
    list.scrollTop = (list.scrollHeight * jump) / 60;
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
  return performance.now() - started;
}

test('20 curves of 20,000 points: first drawing, then folding 2,000 steps live', async () => {
  const panel = await PanelUnderTest.open(browser, bundle, { kept: { tab: 'curves' } });
  const { first, live } = await panel.page.evaluate(timedCurves, folded(goldenRun(10)));
  console.log(`first drawing ${first.toFixed(0)} ms, 2,000 steps x 20 curves ${live.toFixed(0)} ms`);
  expect(first).toBeLessThan(DEADLINE_MS);
  expect(live).toBeLessThan(DEADLINE_MS);
  await panel.page.getByText('step 22,000 / 25,000').first().waitFor();
  const heights = await panel.page.locator('canvas').evaluateAll((all) => all.map((canvas) => canvas.clientHeight));
  expect(heights.length).toBeGreaterThan(3);
  await panel.screenshot('load-curves');
  expect(panel.errors).toEqual([]);
  await panel.close();
});

test('100,000 completions: listed, scrolled to the end, searched', async () => {
  const file = 'large.jsonl';
  const panel = await PanelUnderTest.open(browser, bundle, {
    kept: { tab: 'samples', sampleFile: file, sampleOrder: 'oldest' },
  });
  const run = folded(goldenRun(100));
  run.sampleFiles.push({ file, step: 100, benchmark: 'large', count: 100_000 });
  await panel.snapshot(run);
  const listed = await panel.page.evaluate(timedFile, { file, sample: run.completions[0], count: 100_000 });
  const list = panel.page.getByRole('listbox', { name: /^Completions/ });
  await list.getByRole('option').first().waitFor();
  const scrolled = await list.evaluate(scrollThrough);
  expect(await list.getByRole('option').count()).toBeLessThan(100);
  await list.getByText('last+1=').waitFor();
  await panel.screenshot('load-samples');
  const search = panel.page.getByRole('textbox', { name: 'Find in prompts and completions' });
  await search.fill('last+1');
  await expect.poll(() => list.getByRole('option').count(), { timeout: DEADLINE_MS }).toBe(1);
  console.log(`100,000 rows listed in ${listed.toFixed(0)} ms, 60 jumps through them in ${scrolled.toFixed(0)} ms`);
  expect(listed).toBeLessThan(DEADLINE_MS);
  expect(scrolled).toBeLessThan(DEADLINE_MS);
  expect(panel.errors).toEqual([]);
  await panel.close();
});
