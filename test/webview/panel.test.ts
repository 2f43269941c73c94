import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readFromPanel } from '../../src/extension/panelMessages.ts';
import { folded, GOLDEN, goldenRun, stamp } from '../support/goldenRun.ts';
import { bundlePanel, PanelUnderTest, THEMES, type PanelOptions, type ThemeName } from '../support/panelBrowser.ts';
import { openChromium } from '../workbench/browser.mjs';

const TABS = ['Overview', 'Curves', 'Samples', 'Scores', 'Log'];
const korean = JSON.parse(readFileSync('l10n/ko/panel.json', 'utf8')) as Record<string, string>;

let browser: Browser;
let bundle: string;
let panel: PanelUnderTest;

beforeAll(async () => {
  [browser, bundle] = await Promise.all([openChromium(), bundlePanel()]);
});
afterAll(() => browser?.close());
/** Whatever a test did, the panel broke nothing, loaded nothing, violated nothing, and said only what the extension hears. */
afterEach(async () => {
  expect(panel.errors).toEqual([]);
  expect(panel.requests).toEqual([]);
  expect(await panel.violations()).toEqual([]);
  const sent = await panel.sent();
  expect(sent.filter(({ type }) => type === 'reportError')).toEqual([]);
  expect(sent.map(readFromPanel)).toEqual(sent);
  await panel.close();
});

async function open(options: PanelOptions = {}): Promise<PanelUnderTest> {
  panel = await PanelUnderTest.open(browser, bundle, options);
  return panel;
}

async function openAt(step: number, options: PanelOptions = {}): Promise<PanelUnderTest> {
  await open(options);
  await panel.snapshot(folded(goldenRun(step)));
  return panel;
}

describe('a run in sight', () => {
  test('the first thing the panel says is ready, and it keeps the run id for a reload', async () => {
    await open();
    expect(await panel.sent()).toEqual([{ type: 'ready' }]);
    expect(await panel.kept()).toMatchObject({ runId: 'golden-run', tab: 'overview' });
    expect(
      await panel.page.evaluate(() => 'acquireVsCodeApi' in window && Object.keys(window).includes('vscode')),
    ).toBe(false);
  });

  test('state, step, time left, device with its reason and speed are read without scrolling', async () => {
    const { page } = await openAt(1240);
    const head = page.getByRole('banner');
    for (const text of [
      'sft · 3-digit chains',
      'training',
      'step 1,240 / 2,000',
      '62 %',
      '50 s left',
      'onnxruntime-node 1.30.0',
    ])
      await head.getByText(text).first().waitFor();
    await head.getByText(/^16,\d\d\d tok\/s$/).waitFor();
    const bar = page.getByRole('progressbar', { name: 'Progress' });
    expect(await bar.getAttribute('aria-valuenow')).toBe('62');
    expect(await bar.getAttribute('aria-valuetext')).toContain('running, 50\u00a0s left');
    await page.getByRole('button', { name: 'why?' }).click();
    await head.getByText('AMD EPYC 7763').waitFor();
    await panel.screenshot('why');
  });

  test('a curve moves and a completion appears as events come', async () => {
    const { page } = await openAt(1240);
    const events = goldenRun(1300);
    await panel.post({ type: 'events', events: events.slice(goldenRun(1240).length) });
    await page.getByText('step 1,300 / 2,000').waitFor();
    expect(await page.locator('.latest').innerText()).toContain('step 1,300');
    await panel.openTab('Samples');
    expect(await page.getByRole('option').count()).toBeGreaterThan(10);
    expect(await page.getByRole('option').first().innerText()).toContain('1,300');
  });

  test('a hundred messages before a frame are one frame', async () => {
    const { page } = await openAt(200);
    await page.evaluate(() => {
      const frames = window.requestAnimationFrame.bind(window);
      Object.assign(window, { frames: 0 });
      window.requestAnimationFrame = (callback) => {
        (window as unknown as { frames: number }).frames++;
        return frames(callback);
      };
    });
    const events = goldenRun(300).slice(goldenRun(200).length);
    await panel.post(...events.map((event) => ({ type: 'events' as const, events: [event] })));
    await page.getByText('step 300 / 2,000').waitFor();
    // Playwright and uPlot may ask for a few frames of their own.
    expect(await page.evaluate(() => (window as unknown as { frames: number }).frames)).toBeLessThan(events.length / 2);
  });

  test('buttons follow the state and say what is asked, once', async () => {
    const { page } = await openAt(700);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Pause' }).click({ force: true });
    await page.getByRole('button', { name: 'Checkpoint' }).click();
    const run = folded(goldenRun(700));
    await panel.post({ type: 'events', events: stamp(run, [{ type: 'run.paused' }]) });
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('button', { name: 'Stop' }).click();
    const actions = (await panel.sent()).flatMap((message) => (message.type === 'act' ? [message.action] : []));
    expect(actions).toEqual(['pause', 'saveCheckpoint', 'resume', 'stop']);
  });

  test('a failed run says what happened and what to do; a lost one its last words', async () => {
    const { page } = await openAt(700);
    const run = folded(goldenRun(700));
    const error = { code: 'outOfMemory', message: 'The batch of 64 x 256 needs 5.1 GB; 3.9 GB are free.' } as const;
    await panel.post({ type: 'events', events: stamp(run, [{ type: 'run.failed', error }]) });
    const alarms = page.getByRole('region', { name: 'Alarms' });
    await alarms.getByText('Memory ran out').waitFor();
    await alarms.getByText('5.1 GB').waitFor();
    await alarms.getByText(/Halve training.batchSize/).waitFor();
    await panel.screenshot('failed');
    await alarms.getByRole('button', { name: 'Continue' }).click();
    expect((await panel.sent()).at(-1)).toEqual({ type: 'act', action: 'continue' });
    await panel.snapshot(run, { kind: 'lost', lastWords: 'Killed' });
    await alarms.getByText('Its last words: Killed').waitFor();
    await panel.screenshot('lost');
    await panel.post({ type: 'health', health: { kind: 'notResponding', since: run.updatedAt } });
    await alarms.getByText('The trainer does not respond').waitFor();
    await panel.screenshot('notResponding');
  });

  test('before anything happened, each place says what will appear and when', async () => {
    const { page } = await open();
    await panel.snapshot(folded(goldenRun().slice(0, 1)));
    await page.getByText('Appears with the first step.').first().waitFor();
    await page.getByText('First evaluation before the first step.').waitFor();
    await panel.screenshot('empty-overview');
    const sentences = {
      Samples: 'Completions appear here at the first look during training.',
      Scores: 'First evaluation before the first step.',
      Log: 'What the trainer reports appears here.',
    };
    for (const [tab, sentence] of Object.entries(sentences)) {
      await panel.openTab(tab);
      await page.getByRole('tabpanel', { name: tab }).getByText(sentence).waitFor();
    }
  });
});

describe('reading completions', () => {
  test('filter, search and order; the first wrong step is marked by sign and word', async () => {
    const { page } = await openAt(1240);
    await panel.openTab('Samples');
    await page.getByRole('radio', { name: /^Wrong/ }).click();
    await page.getByRole('textbox', { name: 'Find in prompts and completions' }).fill('272+470');
    await expect.poll(() => page.getByRole('option').count()).toBe(1);
    await page.getByRole('option').getByText('steps 2/3, first error at 2').waitFor();
    const detail = page.getByRole('region', { name: 'Chosen completion' });
    await detail.getByText('first wrong step').waitFor();
    expect(await detail.locator('.wrong-step .line-number').innerText()).toBe('2');
    await panel.screenshot('wrong-step');
    await page.getByRole('textbox', { name: 'Find in prompts and completions' }).fill('');
    await page.getByRole('radio', { name: /^Truncated/ }).click();
    await detail.getByText('Cut at the token limit').waitFor();
    await panel.screenshot('truncated');
    expect(await panel.kept()).toMatchObject({ tab: 'samples', sampleFilter: 'truncated', sampleSearch: '' });
  });

  test('a file of an evaluation is asked for once, shown when it comes, and its completions open as documents', async () => {
    const { page } = await openAt(GOLDEN.steps);
    await panel.openTab('Samples');
    await page.getByRole('combobox', { name: 'Source' }).click();
    await page.getByRole('option', { name: 'arithmetic/addition-3, step 1,000 (400)' }).click();
    await page.getByText('Reading step-00001000-addition-3.jsonl').waitFor();
    const file = 'step-00001000-addition-3.jsonl';
    expect((await panel.sent()).filter(({ type }) => type === 'loadSamples')).toEqual([{ type: 'loadSamples', file }]);
    const completions = folded(goldenRun(1000)).completions.map((sample, at) => ({
      ...sample,
      id: `1000-evaluation-${at}`,
    }));
    await panel.post({ type: 'samples', file, completions, problem: null });
    const list = page.getByRole('listbox', { name: /^Completions/ });
    await list.getByRole('option').first().waitFor();
    await list.focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect((await panel.sent()).at(-1)).toEqual({
      type: 'openCompletion',
      id: `1000-evaluation-${completions.length - 2}`,
    });
  });

  test('the tokens of an interactive sample stream in and end', async () => {
    const { page } = await openAt(1240);
    await panel.openTab('Samples');
    await panel.post({ type: 'streaming', text: '2+6+0=8\n1+7', done: false });
    await page.getByRole('group', { name: 'Sampling now' }).getByText('1+7').waitFor();
    await panel.post({ type: 'streaming', text: '', done: true });
    await page.getByRole('group', { name: 'Sampling now' }).waitFor({ state: 'hidden' });
  });

  test('what the reader looks at stays in place when newer rows come in above', async () => {
    const { page } = await openAt(1240);
    await panel.openTab('Samples');
    const list = page.getByRole('listbox', { name: /^Completions/ });
    await list.evaluate((node) => node.scrollTo(0, 480));
    await panel.settle();
    const before = await topRow();
    const events = goldenRun(1300).slice(goldenRun(1240).length);
    await panel.post({ type: 'events', events });
    expect(await topRow()).toBe(before);

    function topRow(): Promise<string> {
      return list.evaluate((node) => {
        const { left, top } = node.getBoundingClientRect();
        return document.elementFromPoint(left + 40, top + 12)?.closest('[role=option]')?.textContent ?? '';
      });
    }
  });
});

describe('the keyboard', () => {
  test('Tab goes through the page in the order of sight', async () => {
    const { page } = await openAt(1240);
    const stops: string[] = [];
    for (let press = 0; press < 9; press++) {
      await page.keyboard.press('Tab');
      stops.push(await page.evaluate(focused));
    }
    expect(stops).toEqual([
      'Pause',
      'Stop',
      'Checkpoint',
      'why?',
      'Overview',
      'loss',
      'Show table',
      'accuracy',
      'Show table',
    ]);

    function focused(): string {
      const node = document.activeElement;
      return (node?.getAttribute('aria-label') ?? node?.textContent ?? '').split('.')[0]?.trim() ?? '';
    }
  });

  test('arrows walk tabs, list, filter and the points of a chart, which are spoken', async () => {
    const { page } = await openAt(1240);
    await page.getByRole('tab', { name: 'Overview' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await panel.settle();
    expect(await page.getByRole('tab', { selected: true }).innerText()).toBe('Samples');
    const list = page.getByRole('listbox', { name: /^Completions/ });
    await list.focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'End', 'ArrowUp', 'Home', 'PageDown']) await page.keyboard.press(key);
    await panel.settle();
    const active = await list.getAttribute('aria-activedescendant');
    const chosen = page.locator(`#${active}`);
    expect(await chosen.getAttribute('aria-selected')).toBe('true');
    expect(Number(await chosen.getAttribute('aria-posinset'))).toBeGreaterThan(5);
    await page.getByRole('radio', { checked: true }).focus();
    await page.keyboard.press('ArrowRight');
    await panel.settle();
    expect(await page.getByRole('radio', { checked: true }).innerText()).toMatch(/^Right/);

    await panel.openTab('Scores');
    await page.getByRole('radio', { name: 'Over the steps' }).click();
    await page.getByRole('application', { name: /^accuracy/ }).focus();
    for (const key of ['ArrowLeft', 'ArrowLeft']) await page.keyboard.press(key);
    const spoken = page.getByRole('status');
    expect((await spoken.innerText()).replaceAll('\u00a0', ' ')).toMatch(
      /^step 750 · \d+\.\d % · 95 % between \d+\.\d % and \d+\.\d %$/,
    );
    await panel.screenshot('chart-walk');
    await page.keyboard.press('+');
    await page.keyboard.press('Escape');
    expect(await spoken.innerText()).toBe('All steps shown');
  });

  test('every chart has its numbers as a table', async () => {
    const { page } = await openAt(1240);
    await panel.openTab('Curves');
    const toggles = page.getByRole('button', { name: 'Show table' });
    expect(await toggles.count()).toBe(6);
    await toggles.first().click();
    await page.getByText('The newest 200 of 1,240 points').waitFor();
    const first = page.getByRole('table', { name: 'loss' }).getByRole('row').nth(1);
    expect(await first.innerText()).toMatch(/^1,240\s+0\.\d+$/);
    await panel.screenshot('table');
  });
});

describe('for everyone', () => {
  test.each(Object.keys(THEMES) as ThemeName[])('axe-core finds nothing in %s', { timeout: 120_000 }, async (theme) => {
    await openAt(1240, { theme });
    for (const tab of TABS) {
      await panel.openTab(tab);
      if (tab === 'Overview') await panel.page.getByRole('button', { name: 'Show table' }).first().click();
      expect(await panel.axeFindings(), tab).toEqual([]);
      await panel.screenshot(`${theme}-${tab}`);
    }
    const error = { code: 'diverged', message: 'The loss at step 1,241 is not a finite number.' } as const;
    await panel.openTab('Overview');
    await panel.post({ type: 'events', events: stamp(folded(goldenRun(1240)), [{ type: 'run.failed', error }]) });
    expect(await panel.axeFindings(), 'failed').toEqual([]);
  });

  test('charts take the colours of a theme that changes', async () => {
    await openAt(1240);
    const dark = await pixels();
    await panel.setTheme('light');
    await panel.settle();
    expect(await pixels()).not.toBe(dark);

    function pixels(): Promise<string> {
      return panel.page.evaluate(() => document.querySelector('canvas')?.toDataURL() ?? '');
    }
  });

  test.each([400, 520, 640, 1600])('at a width of %i nothing is wider than the page', async (width) => {
    const { page } = await openAt(1240, { width, height: width === 640 ? 400 : 900 });
    for (const tab of TABS) {
      await panel.openTab(tab);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), tab).toBeLessThanOrEqual(0);
      const clipped = await page
        .getByRole('tabpanel', { name: tab })
        .locator('.view')
        .evaluate((view) => view.scrollWidth - view.clientWidth);
      expect(clipped, tab).toBeLessThanOrEqual(0);
      await panel.screenshot(`width-${width}-${tab}`);
    }
  });

  test('in Korean every word of ours is Korean', async () => {
    const { page } = await openAt(1240, { locale: 'ko', strings: korean });
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('ko');
    const tabs = ['개요', '곡선', '샘플', '점수', '로그'];
    const english = Object.keys(korean).filter((sentence) => /^[A-Z][a-z]+ [a-z]+ [a-z]/.test(sentence));
    for (const tab of tabs) {
      await panel.openTab(tab);
      const text = await page.locator('body').innerText();
      expect(
        english.filter((sentence) => text.includes(sentence)),
        tab,
      ).toEqual([]);
      await panel.screenshot(`ko-${tabs.indexOf(tab)}`);
    }
  });

  test('motion is left out for those who asked', async () => {
    const { page } = await openAt(1240, { reducedMotion: true });
    expect(await page.locator('.bar-fill').evaluate((node) => getComputedStyle(node).transitionDuration)).toBe('0s');
  });

  test('what the reader chose is there again after a reload', async () => {
    await open({ kept: { tab: 'samples', sampleFilter: 'wrong', sampleOrder: 'longest', sampleSearch: '0=' } });
    await panel.snapshot(folded(goldenRun(1240)));
    const { page } = panel;
    expect(await page.getByRole('tab', { selected: true }).innerText()).toBe('Samples');
    expect(await page.getByRole('radio', { checked: true }).innerText()).toMatch(/^Wrong/);
    expect(await page.getByRole('textbox').inputValue()).toBe('0=');
  });
});
