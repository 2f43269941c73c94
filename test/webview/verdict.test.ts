import { readdirSync, readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readFromPanel } from '../../src/extension/panelMessages.ts';
import type { FromPanel } from '../../src/protocol/panel.ts';
import { LADDER, LADDER_VERDICT, ladderRun } from '../support/ladderRun.ts';
import { MARKUP } from '../support/hostileTexts.ts';
import { bundlePanel, PanelUnderTest, type PanelOptions, type ThemeName } from '../support/panelBrowser.ts';
import { openChromium } from '../workbench/browser.mjs';
import { words } from '../../webview/text.ts';
import { trainingRows } from '../../webview/views/trainingGrid.ts';

const korean = Object.fromEntries(
  readdirSync('l10n/ko').flatMap((name) =>
    Object.entries(JSON.parse(readFileSync(`l10n/ko/${name}`, 'utf8')) as Record<string, string>),
  ),
);

let browser: Browser;
let bundle: string;
let panel: PanelUnderTest;
beforeAll(async () => {
  [browser, bundle] = await Promise.all([openChromium(), bundlePanel()]);
});
afterAll(() => browser?.close());
async function open(options: PanelOptions = {}, run = ladderRun()): Promise<void> {
  panel = await PanelUnderTest.open(browser, bundle, { kept: { tab: 'verdict' }, height: 1300, ...options });
  await panel.snapshot(run);
}

const exported = async (): Promise<FromPanel[]> =>
  (await panel.sent()).filter(({ type }) => type === 'exportFigure' || type === 'exportPng');

describe('The tab Verdict', () => {
  afterEach(async () => {
    expect([panel.errors, panel.requests, await panel.violations()]).toEqual([[], [], []]);
    const sent = await panel.sent();
    expect(sent.map(readFromPanel)).toEqual(sent);
    await panel.close();
  });

  test.each<ThemeName>(['dark', 'light'])('shows picture, words, checks and trainings: %s', async (theme) => {
    await open({ theme });
    const { page } = panel;
    const picture = page.locator('.verdict-picture svg');
    await picture.waitFor();
    expect(await picture.locator('polyline').count()).toBe(2);
    expect(
      await picture
        .locator('polyline')
        .first()
        .evaluate((line) => getComputedStyle(line).stroke),
    ).toMatch(/^rgb/);
    await page
      .getByRole('listitem')
      .filter({ hasText: /^At 32 examples the model is \d+\.\d points worse/ })
      .waitFor();
    await page.getByText(/^The fall is one of long traces/).waitFor();
    await page.getByText('What is measured was learned from: ruled out.').waitFor();
    expect(await page.getByRole('img', { name: /^finished, \d/ }).count()).toBe(LADDER.cells.length);
    expect(await panel.axeFindings()).toEqual([]);
    await panel.screenshot(`verdict-${theme}`);
  });

  test('the table stands beside the picture on demand, and exports name the evaluation', async () => {
    await open();
    const table = panel.page.getByRole('table', { name: 'The rungs of the ladder' });
    expect(await table.isVisible()).toBe(false);
    await panel.page.getByRole('button', { name: 'Show as a table' }).click();
    await table.waitFor();
    expect(await table.getByRole('rowheader').allTextContents()).toEqual([
      ...['untouched model', '32 long traces', '512 long traces', '32 short traces', '512 short traces'],
    ]);
    for (const format of ['SVG', 'CSV', 'PNG'])
      await panel.page.getByRole('button', { name: `Export ${format}` }).click();
    await expect.poll(async () => (await exported()).length, { timeout: 20_000 }).toBe(3);
    const [svg, csv, png] = await exported();
    expect([svg, csv]).toEqual([
      { type: 'exportFigure', evaluation: 'made', format: 'svg' },
      { type: 'exportFigure', evaluation: 'made', format: 'csv' },
    ]);
    const bytes = Buffer.from(png?.type === 'exportPng' ? png.png : '', 'base64');
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([1280, 720]);
    expect(bytes.length).toBeGreaterThan(10_000);
  });

  test('before a verdict it says what appears when, and shows what is done as done', async () => {
    await open({}, ladderRun(2));
    const { page } = panel;
    await page.getByText('The verdict appears with the first model that is measured.').waitFor();
    expect(await page.locator('.verdict-picture').isVisible()).toBe(false);
    expect(await page.locator('.training-finished').count()).toBe(2);
    expect(await page.locator('.training-running').count()).toBe(1);
    expect(await page.locator('.training-planned').count()).toBe(LADDER.cells.length - 3);
    await panel.post({
      ...{ type: 'events' },
      events: [
        { v: 1, runId: 'a', attempt: 1, seq: 9, time: 9, event: { type: 'verdict.reached', verdict: LADDER_VERDICT } },
      ],
    });
    await page.locator('.verdict-picture svg').waitFor();
  });

  test('names of models are text, and several evaluations are a choice', async () => {
    const run = ladderRun();
    run.verdicts = [
      { ...LADDER_VERDICT, model: MARKUP.join(' ') },
      {
        ...LADDER_VERDICT,
        evaluation: 'other',
        benchmark: 'other benchmark',
        valley: { ...LADDER_VERDICT.valley, said: { text: 'Nothing fell.', args: [] } },
      },
    ];
    await open({}, run);
    const { page } = panel;
    await page.locator('.verdict-picture svg').waitFor();
    expect(await page.locator('.verdict script, .verdict img').count()).toBe(0);
    await page.getByRole('combobox', { name: 'Evaluation' }).click();
    await page.getByRole('option', { name: 'other benchmark' }).click();
    await page.getByRole('listitem').filter({ hasText: 'Nothing fell.' }).waitFor();
  });

  test('speaks Korean', async () => {
    await open({ locale: 'ko', strings: korean });
    await panel.page.getByRole('tab', { name: '판정' }).waitFor();
    const visible = await panel.page.locator('.verdict').innerText();
    expect(visible).not.toMatch(/[a-z]{4,} [a-z]{3,} [a-z]{3,}/i);
    await panel.screenshot('verdict-ko');
  });
});

test('rows of the grid: a failed training says why', () => {
  const [cell, ...rest] = LADDER.cells;
  const error = { code: 'diverged', message: 'The loss is not finite.' } as const;
  const failed = { ...LADDER, cells: [{ ...cell!, state: 'failed' as const, result: null, error }, ...rest] };
  const { sizes, rows } = trainingRows(failed, 'made', words('en', {}));
  expect(sizes).toEqual([0, 32, 512]);
  expect(rows.map(({ name }) => name)).toEqual([
    ...['untouched, seed 1', 'long traces, seed 1', 'long traces, seed 2'],
    ...['short traces, seed 1', 'short traces, seed 2'],
  ]);
  expect(rows[0]?.cells).toEqual([
    { state: 'failed', text: 'failed', said: 'failed, The loss is not finite.' },
    null,
    null,
  ]);
});
