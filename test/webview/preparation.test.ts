import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunEvent } from '../../src/protocol/events.ts';
import { newRun, apply, progress, type RunState } from '../../src/protocol/state.ts';
import { words } from '../../webview/text.ts';
import { funnel, preparationFigures, sourceLines, stageRows, subsetRows } from '../../webview/views/preparationRows.ts';
import { stamp } from '../support/goldenRun.ts';
import type { Browser } from 'playwright-core';
import { bundlePanel, PanelUnderTest } from '../support/panelBrowser.ts';
import { openChromium } from '../workbench/browser.mjs';

const EVENTS = readFileSync('test/golden/prepare.jsonl', 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as RunEvent);

/** The example's preparation, up to an event. */
function prepared(count = EVENTS.length): RunState {
  const run = newRun('prepare');
  for (const stamped of stamp(run, EVENTS.slice(0, count))) apply(run, stamped);
  return run;
}

const en = words('en', {});
const run = prepared();

test('steps and subsets as rows: what came in, what went and why, what is left', () => {
  expect(stageRows(run, en)[2]).toEqual({
    step: 'benchmark overlap',
    rowsIn: '142',
    leftOut: '7',
    rowsOut: '135',
    median: '49',
    reasons:
      '5 words of the benchmark (held out), first problems.jsonl:29; 2 a problem of the benchmark (held out), first problems.jsonl:8',
  });
  expect(
    subsetRows(run, en).map(({ file, rows, long, nested }) => [file, rows, long?.replace('\u00a0', ' '), nested]),
  ).toEqual([
    ['data/10.jsonl', '10', '20.0 %', '–'],
    ['data/20.jsonl', '20', '20.0 %', 'yes'],
    ['data/40.jsonl', '40', '20.0 %', 'yes'],
  ]);
  expect(sourceLines(run, en)[0]).toContain('problems.jsonl: format openr1-math (problem = problem');
  expect(
    preparationFigures(run, en)
      .map(({ value }) => value)
      .slice(0, 2),
  ).toEqual(['144', '40']);
});

test('the picture narrows from all rows to what is drawn', () => {
  const bars = funnel(run, en);
  expect(bars[0]).toMatchObject({ label: 'read', share: 1, rows: '144' });
  expect(bars.map(({ share }) => share)).toEqual([...bars.map(({ share }) => share)].sort((a, b) => b - a));
});

test('progress only grows, and is whole at the end', () => {
  const shares = EVENTS.map((_, count) => progress(prepared(count + 1)));
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
});

let browser: Browser;
beforeAll(async () => {
  browser = await openChromium();
});
afterAll(() => browser?.close());

test('the panel shows the funnel, both tables and the source, and nothing of training', async () => {
  const panel = await PanelUnderTest.open(browser, await bundlePanel());
  const { page } = panel;
  await panel.snapshot(run, { kind: 'ended' });
  await page.getByText('problems.jsonl: format openr1-math').waitFor();
  await page.getByRole('img', { name: /read: 144, exact duplicates: 142/ }).waitFor();
  await page.getByText('holds the smaller one').first().waitFor();
  await page.getByText('2 the same as an earlier row, first problems.jsonl:21').waitFor();
  expect(await page.getByText('Latest completion').isVisible()).toBe(false);
  expect(await page.getByText('accuracy').first().isVisible()).toBe(false);
  expect(await panel.axeFindings()).toEqual([]);
  await panel.screenshot('preparation');
  expect([panel.errors, await panel.violations()]).toEqual([[], []]);
  await panel.close();
});
