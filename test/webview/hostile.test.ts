import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { displayText } from '../../src/protocol/displayText.ts';
import type { Completion, RunEvent } from '../../src/protocol/events.ts';
import { completionAt, folded, goldenRun, stamp } from '../support/goldenRun.ts';
import { CONTROLS, HUGE, MARKUP } from '../support/hostileTexts.ts';
import { bundlePanel, PanelUnderTest } from '../support/panelBrowser.ts';
import { openChromium } from '../workbench/browser.mjs';

let browser: Browser;
let bundle: string;
beforeAll(async () => {
  [browser, bundle] = await Promise.all([openChromium(), bundlePanel()]);
});
afterAll(() => browser?.close());

const hostile = (text: string, at: number): Completion =>
  completionAt(1200, 0, {
    id: `hostile-${at}`,
    prompt: text,
    text,
    trace: text,
    answer: text,
    gold: text,
    verdict: 'wrong',
  });

/** Everything that a file or a model can put into the panel. */
function hostileEvents(text: string, at: number): RunEvent[] {
  return [
    { type: 'completions.sampled', step: 1200, purpose: 'training', completions: [hostile(text, at)] },
    { type: 'log.written', level: 'warning', message: text },
    { type: 'step.finished', step: 1241 + at, metrics: { loss: 0.2, [text.slice(0, 200)]: 1 } },
    { type: 'phase.changed', phase: 'training', detail: text },
  ];
}

/** Tags of all elements, shadow trees included. */
function tags(): string[] {
  const found = new Set<string>();
  const visit = (root: Document | ShadowRoot): void => {
    for (const node of root.querySelectorAll('*')) {
      found.add(node.localName);
      if (node.shadowRoot) visit(node.shadowRoot);
    }
  };
  visit(document);
  return [...found].toSorted();
}

test(
  'a corpus of hostile texts stays text: no element, no script, no request, no violation',
  { timeout: 240_000 },
  async () => {
    expect(MARKUP.length).toBeGreaterThanOrEqual(60);
    const texts = [...MARKUP, ...CONTROLS];
    const panel = await PanelUnderTest.open(browser, bundle);
    const { page } = panel;
    const run = folded(goldenRun(1240));
    await panel.snapshot(run);
    const known = new Set<string>();
    const tabs = ['Overview', 'Curves', 'Samples', 'Scores', 'Log'];
    for (const tab of tabs) {
      await panel.openTab(tab);
      for (const tag of await page.evaluate(tags)) known.add(tag);
    }
    await panel.post({ type: 'events', events: stamp(run, texts.flatMap(hostileEvents)) });
    const error = { code: 'badDataset', message: texts.join(' '), remedy: texts.join(' ') } as const;
    const executor = { ...run.executor, adapter: texts[0], reason: texts[6], version: texts[12] };
    const bad = {
      ...folded([
        ...goldenRun(1240),
        ...stamp(run, texts.flatMap(hostileEvents)),
        ...stamp(run, [{ type: 'run.failed', error }]),
      ]),
      name: MARKUP[4],
      executor,
    };
    await panel.snapshot(bad as typeof run, { kind: 'lost', lastWords: texts.join('\n') });
    for (const tab of tabs) {
      await panel.openTab(tab);
      expect(
        (await page.evaluate(tags)).filter((tag) => !known.has(tag)),
        tab,
      ).toEqual(tab === 'Overview' ? ['code'].filter((tag) => !known.has(tag)) : []);
      await panel.screenshot(`hostile-${tab}`);
    }
    await panel.openTab('Samples');
    const short = folded(goldenRun(10));
    for (const [at, text] of texts.entries()) {
      await panel.snapshot({ ...short, completions: [hostile(text, at)] });
      const shown = await page.locator('.prompt-text').evaluate((node) => [node.textContent, node.childElementCount]);
      expect(shown).toEqual([displayText(text.slice(0, 20_000)), 0]);
    }
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
    expect(panel.requests).toEqual([]);
    expect(await panel.violations()).toEqual([]);
    expect(panel.errors).toEqual([]);
    expect(new URL(page.url()).pathname).toBe('/panel.html');
    await panel.close();
  },
);

test('no control, bidirectional, zero-width or lone character reaches the page', async () => {
  const panel = await PanelUnderTest.open(browser, bundle);
  const run = folded(goldenRun(1240));
  const all = CONTROLS.join(' ');
  const evaluations = run.evaluations.map((evaluation, at) => ({ ...evaluation, benchmark: CONTROLS[at] ?? all }));
  const log = CONTROLS.map((message, time) => ({ time, level: 'error' as const, message }));
  const series = { ...run.series, ...Object.fromEntries(CONTROLS.map((name) => [name, { steps: [1], values: [1] }])) };
  const sampleFiles = CONTROLS.map((file) => ({ file, step: 1, benchmark: file, count: 1 }));
  await panel.snapshot({
    ...run,
    completions: CONTROLS.map(hostile),
    name: all,
    evaluations,
    log,
    series,
    sampleFiles,
    phaseDetail: all,
  });
  for (const tab of ['Overview', 'Curves', 'Samples', 'Scores', 'Log']) {
    await panel.openTab(tab);
    const text = await panel.page.locator('body').innerText();
    // Line breaks and tabs are layout of the page itself.
    expect(displayText(text.replaceAll(/[\n\r\t]/g, ' '))).toBe(text.replaceAll(/[\n\r\t]/g, ' '));
  }
  await panel.openTab('Samples');
  expect(await panel.page.locator('.prompt').first().innerText()).toContain('\\u001b[31mred');
  await panel.close();
});

test('five million characters are cut with a sentence, and the panel stays usable', async () => {
  const panel = await PanelUnderTest.open(browser, bundle);
  const run = folded(goldenRun(100));
  await panel.snapshot({ ...run, completions: [hostile(HUGE, 0), ...run.completions], name: HUGE });
  await panel.openTab('Samples');
  await panel.page
    .getByRole('tabpanel', { name: 'Samples' })
    .getByText(/^5,000,\d\d\d characters in all; the rest is in the document beside the code\.$/)
    .waitFor();
  expect(await panel.page.evaluate(() => document.body.textContent?.length ?? 0)).toBeLessThan(200_000);
  await panel.page.getByRole('listbox', { name: /^Completions/ }).focus();
  await panel.page.keyboard.press('ArrowDown');
  await panel.settle();
  expect(await panel.page.evaluate(() => 'pwned' in window)).toBe(false);
  expect(panel.errors).toEqual([]);
  await panel.close();
});

test('a message of another shape is not heard', async () => {
  const panel = await PanelUnderTest.open(browser, bundle);
  await panel.snapshot(folded(goldenRun(100)));
  await panel.page.evaluate(() => {
    for (const junk of [null, 7, 'snapshot', [], { type: 'run' }, { type: '__proto__' }, { nothing: 1 }])
      window.postMessage(junk, '*');
  });
  await panel.settle();
  await panel.page.getByText('step 100 / 2,000').waitFor();
  expect(panel.errors).toEqual([]);
  expect((await panel.sent()).map(({ type }) => type)).toEqual(['ready']);
  await panel.close();
});
