import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { newRun } from '../../src/protocol/state.ts';
import { words } from '../../webview/text.ts';
import { figuresOfGroup, groupsOf, groupSummary, rewardNames, stepsOf } from '../../webview/views/groupRows.ts';
import { folded, goldenRun, stamp } from '../support/goldenRun.ts';
import { group, rolloutRun } from '../support/groups.ts';
import { bundlePanel, PanelUnderTest, THEMES, type PanelOptions, type ThemeName } from '../support/panelBrowser.ts';
import { openChromium } from '../workbench/browser.mjs';

const en = words('en', {});

test('completions of a prompt in a rollout are one group, newest rollout first', () => {
  const groups = groupsOf(rolloutRun().completions);
  expect(groups.map(({ id, completions }) => [id, completions.length])).toEqual(
    ['8-0', '8-1', '4-0', '4-1', '0-0', '0-1'].map((id) => [id, 8]),
  );
  expect(stepsOf(groups)).toEqual([8, 4, 0]);
  expect(groups[0] && rewardNames(groups[0])).toEqual(['correct', 'format', 'cosine']);
  expect(groupsOf(folded(goldenRun(100)).completions)).toEqual([]);
});

test('a group in words: right ones, mean and spread, cut ones, and whether it teaches', () => {
  const worth = (rewards: readonly number[]) => {
    const members = group(0, 0).slice(0, rewards.length);
    const completions = members.map((one, at) => ({
      ...one,
      verdict: at === 0 ? ('correct' as const) : ('wrong' as const),
      finishReason: at === 1 ? ('length' as const) : ('stop' as const),
      rollout: { group: '0-0', reward: rewards[at] ?? 0, rewards: {}, advantage: 0 },
    }));
    return { id: '0-0', step: 0, completions };
  };
  // Of 1, 0, 0, 1: the mean 1/2, and the root of (4 x 1/4) / 3.
  expect(figuresOfGroup(worth([1, 0, 0, 1]))).toEqual({
    ...{ right: 1, cut: 1, count: 4, mean: 0.5, spread: Math.sqrt(1 / 3) },
  });
  expect(groupSummary(worth([1, 0, 0, 1]), en)).toBe(
    '1 of 4 completions are right. The mean reward is 0.50, its spread 0.58. Cut at the token limit: 1.',
  );
  expect(groupSummary(worth([1, 1, 1, 1]), en)).toContain('All are rewarded alike');
  const siblings = { count: 64, meanReward: 0.25, rewardStd: 0.5 };
  const told = worth([1, 0]).completions.map((one) => ({
    ...one,
    rollout: { ...one.rollout, siblings, isLearned: false },
  }));
  expect(groupSummary({ id: '0-0', step: 0, completions: told }, en)).toBe(
    '1 of 2 completions are right. 2 of 64 are shown. The mean reward is 0.25, its spread 0.50. Cut at the token limit: 1. ' +
      'The policy does not learn from this group.',
  );
});

let browser: Browser;
let bundle: string;
let panel: PanelUnderTest;
beforeAll(async () => {
  [browser, bundle] = await Promise.all([openChromium(), bundlePanel()]);
});
afterAll(() => browser?.close());
afterEach(async () => {
  if (!panel) return;
  expect(panel.errors).toEqual([]);
  expect(await panel.violations()).toEqual([]);
  await panel.close();
});

async function open(options: PanelOptions = {}): Promise<Page> {
  panel = await PanelUnderTest.open(browser, bundle, { kept: { tab: 'groups' }, ...options });
  await panel.snapshot(rolloutRun());
  return panel.page;
}

test('all completions of a prompt stand side by side with what each was worth', async () => {
  const page = await open();
  const list = page.getByRole('listbox', { name: /^Prompts of the rollout/ });
  expect(await list.getByRole('option').count()).toBe(2);
  const table = page.getByRole('table', { name: 'Completions of the group' });
  const parts = ['right answer × 1', 'form × 0.2', 'length (cosine) × 0.25'];
  const head = ['#', 'verdict', 'reward', ...parts, 'advantage', 'tokens', 'truncated', 'learned from', 'clipped'];
  expect(await table.getByRole('columnheader').allInnerTexts()).toEqual(head);
  expect(await table.locator('tbody tr').count()).toBe(8);
  const [first] = group(8, 0);
  const row = await table.locator('tbody tr').first().innerText();
  expect(row).toContain(first?.rollout?.reward.toFixed(2));
  expect(row).toContain(String(first?.tokens));
  const third = (await table.locator('tbody tr').nth(2).innerText()).replaceAll('\u00a0', ' ');
  expect(third).toMatch(/\b(yes|no)\s+2\.0 %$/);
  const columns = page.getByRole('region', { name: /^Completion \d/ });
  expect(await columns.count()).toBe(8);
  expect(await columns.nth(1).getAttribute('aria-label')).toMatch(/^Completion 2, (right|wrong|no answer found)/);
});

test('prompts and rollouts are chosen, kept, and walked with the keyboard', async () => {
  const page = await open();
  await page.getByRole('combobox', { name: 'Rollout after step' }).click();
  await page.getByRole('option', { name: '4', exact: true }).click();
  await panel.settle();
  const list = page.getByRole('listbox', { name: /^Prompts of the rollout/ });
  await list.focus();
  await page.keyboard.press('ArrowDown');
  await panel.settle();
  expect(await panel.kept()).toMatchObject({ groupStep: '4', groupChosen: '4-1' });
  for (const key of ['Enter', 'ArrowRight', 'ArrowRight', 'ArrowLeft', 'Enter']) await page.keyboard.press(key);
  expect((await panel.sent()).at(-1)).toEqual({ type: 'openCompletion', id: group(4, 1)[1]?.id });
  expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toMatch(/^Completion 2,/);
});

test('a rollout that comes in is shown; one that was chosen stays', async () => {
  const page = await open();
  const run = rolloutRun();
  const rollout = (step: number) =>
    stamp(run, [{ type: 'completions.sampled', step, purpose: 'training', completions: group(step, 0) }]);
  await panel.post({ type: 'events', events: rollout(12) });
  const shown = page.locator('.groups vscode-dropdown .selected-value');
  await expect.poll(() => shown.innerText()).toBe('newest (12)');
  const prompt = page.getByRole('region', { name: 'Chosen group' }).locator('.prompt-text');
  expect(await prompt.innerText()).toBe(group(12, 0)[0]?.prompt);
  await page.getByRole('combobox', { name: 'Rollout after step' }).click();
  await page.getByRole('option', { name: '8', exact: true }).click();
  await panel.post({ type: 'events', events: rollout(16) });
  expect(await prompt.innerText()).toBe(group(8, 0)[0]?.prompt);
});

test('only runs of reinforcement learning have the tab', async () => {
  const page = await open();
  expect(await page.getByRole('tab', { selected: true }).innerText()).toBe('Groups');
  await panel.snapshot({ ...newRun('grpo'), recipe: 'grpo', status: 'running' });
  await page.getByText('Groups appear with the first rollout.').waitFor();
  await panel.snapshot(folded(goldenRun(100)));
  expect(await page.getByRole('tab', { name: 'Groups' }).count()).toBe(0);
  expect(await page.getByRole('tab', { selected: true }).innerText()).toBe('Overview');
});

test('axe-core finds nothing in any theme, and nothing is wider than the page', { timeout: 120_000 }, async () => {
  const page = await open();
  for (const theme of Object.keys(THEMES) as ThemeName[]) {
    await panel.setTheme(theme);
    expect(await panel.axeFindings(), theme).toEqual([]);
    await panel.screenshot(`groups-${theme}`);
  }
  await page.setViewportSize({ width: 400, height: 900 });
  await panel.settle();
  const view = page.locator('.view.groups');
  expect(await view.evaluate((node) => node.scrollWidth - node.clientWidth)).toBeLessThanOrEqual(0);
  await panel.screenshot('groups-400');
});
