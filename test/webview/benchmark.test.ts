import { readFileSync } from 'node:fs';
import type { Browser, Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readFromPanel } from '../../src/extension/panelMessages.ts';
import { displayText } from '../../src/protocol/displayText.ts';
import type { EvaluationPair, FromPanel, MeasuredProblem } from '../../src/protocol/panel.ts';
import { folded, goldenRun } from '../support/goldenRun.ts';
import { CONTROLS, MARKUP } from '../support/hostileTexts.ts';
import { comparisonOf, measuredProblems, otherRun, reportOf, withSecondBenchmark } from '../support/measured.ts';
import { bundlePanel, PanelUnderTest, THEMES, type PanelOptions, type ThemeName } from '../support/panelBrowser.ts';
import { openChromium } from '../workbench/browser.mjs';

const korean = JSON.parse(readFileSync('l10n/ko/panel.json', 'utf8')) as Record<string, string>;
const PAGES = ['Scoreboard', 'Over the steps', 'Problems', 'Compare', 'Length'];
const NEWEST = { run: null, file: 'step-00002000-addition-3.jsonl' };
const FIRST = { run: null, file: 'step-00000000-addition-3.jsonl' };

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

/** The golden run at its end, with a second benchmark, on the tab Scores. */
async function open(options: PanelOptions = {}): Promise<PanelUnderTest> {
  panel = await PanelUnderTest.open(browser, bundle, { kept: { tab: 'scores' }, ...options });
  await panel.snapshot(withSecondBenchmark(folded(goldenRun())));
  return panel;
}

async function choose(name: string | RegExp): Promise<void> {
  await panel.page.getByRole('radio', { name, exact: true }).click();
  await panel.settle();
}

async function pick(list: string, option: string | RegExp): Promise<void> {
  await panel.page.getByRole('combobox', { name: list }).click();
  await panel.page.getByRole('option', { name: option }).click();
  await panel.settle();
}

async function press(name: string): Promise<void> {
  await panel.page.getByRole('button', { name, exact: true }).click();
  await panel.settle();
}

async function asked<Type extends FromPanel['type']>(type: Type): Promise<Extract<FromPanel, { type: Type }>[]> {
  return (await panel.sent()).filter((one): one is Extract<FromPanel, { type: Type }> => one.type === type);
}

const rowsOf = (table: Locator): Promise<string[][]> =>
  table
    .locator('tbody tr')
    .evaluateAll((rows) =>
      rows.map((row) => [...row.children].map((cell) => (cell.textContent ?? '').replaceAll('\u00a0', ' '))),
    );

const board = (): Locator => panel.page.getByRole('table', { name: 'Scoreboard' });
const answersTo = (of: typeof NEWEST, problems: readonly MeasuredProblem[]): Promise<void> =>
  panel.post({ type: 'problems', of, problems, trouble: null });

describe('the scoreboard', () => {
  test('each step stands with its interval, as a picture and as numbers, and the best is said', async () => {
    const { page } = await open();
    const rows = await rowsOf(board());
    expect(rows).toHaveLength(9);
    expect(rows[4]).toEqual(['step 1,000', '', '63.5 %', '58.7 – 68.1 %', '400', '1']);
    expect(rows[8]?.[0]).toBe('step 2,000best');
    const summary = await page.locator('.summary').innerText();
    expect(summary.replaceAll('\u00a0', ' ')).toBe(
      'Best accuracy: step 2,000 with 97.0 % (94.8 – 98.3 %). Intervals that meet its own: 2. Compare those problem by problem.',
    );
    const dots = await board()
      .locator('.interval-dot')
      .evaluateAll((all) => all.map((dot) => dot.getBoundingClientRect().x));
    expect(dots).toEqual(dots.toSorted((a, b) => a - b));
    expect(await board().locator('.interval-bar').count()).toBe(9);
  });

  test('other runs come on demand, once, and are told apart', async () => {
    await open();
    expect(await asked('loadScores')).toEqual([]);
    await choose('All runs');
    await panel.page.getByText('Looking for the evaluations of other runs …').waitFor();
    await panel.post({ type: 'scores', runs: [otherRun()] });
    await pick('Sort', 'best first');
    const rows = await rowsOf(board());
    expect(rows).toHaveLength(9 + 5);
    expect(rows[0]?.[0]).toBe('step 2,000best');
    expect(rows.filter(([name]) => name?.startsWith('sft · baseline, step '))).toHaveLength(5);
    expect(await board().locator('.interval-dot.is-other').count()).toBe(5);
    expect(await asked('loadScores')).toHaveLength(1);
    expect(await panel.kept()).toMatchObject({ scorePage: 'board', boardRuns: 'all', boardOrder: 'best' });
  });

  test('any benchmark and any score, under a name of ours or its own', async () => {
    const { page } = await open();
    await pick('Benchmark', 'aime-2024');
    expect(await rowsOf(board())).toEqual([['step 2,000', '', '25.4 %', '14.0 – 37.0 %', '30', '8']]);
    await page.getByRole('combobox', { name: 'Score' }).click();
    await page.getByRole('option').first().waitFor();
    const names = await page.getByRole('option').allInnerTexts();
    expect(names).toEqual([
      'accuracy',
      'pass@8 (right at least once)',
      'maj@8 (majority vote)',
      'mean length',
      'right answers per 1,000 tokens',
      'chain of thought without an end',
      'grading given up',
      'looping',
      'without an answer',
      'accuracy of finished answers',
    ]);
    await page.getByRole('option', { name: 'right answers per 1,000 tokens' }).click();
    await panel.settle();
    expect((await rowsOf(board()))[0]?.slice(2)).toEqual(['0.0616', '0.03 – 0.09', '30', '8']);
  });
});

describe('the problems of an evaluation', () => {
  test('are asked for once, listed with all their completions, and open beside the code', async () => {
    const { page } = await open();
    await page.getByRole('button', { name: 'step 2,000' }).click();
    await page.getByText('Reading step-00002000-addition-3.jsonl').waitFor();
    expect(await asked('loadProblems')).toEqual([{ type: 'loadProblems', of: NEWEST }]);
    await answersTo(NEWEST, measuredProblems(900, 4, 60));
    await choose(/^Sometimes right \d+$/);
    await pick('Sort', 'hardest first');
    const list = page.getByRole('listbox', { name: /^Problems/ });
    const shares = await list.locator('.share').allInnerTexts();
    expect(shares.length).toBeGreaterThan(10);
    expect(shares[0]).toBe('1 of 4 right');
    expect(shares).toEqual(shares.toSorted());
    expect(await list.getByRole('option').first().getByRole('img').count()).toBe(4);
    await list.focus();
    await page.keyboard.press('ArrowDown');
    await panel.settle();
    const detail = page.getByRole('region', { name: 'Chosen problem' });
    const answers = await rowsOf(detail.getByRole('table', { name: 'Completions of the problem' }));
    expect(answers).toHaveLength(4);
    expect(answers.filter(([verdict]) => verdict === 'right')).toHaveLength(1);
    await detail.getByRole('button', { name: 'Open completion 3 beside the code' }).click();
    await list.focus();
    await page.keyboard.press('Enter');
    const opened = await asked('openAnswer');
    expect(opened.map(({ of }) => of)).toEqual([NEWEST, NEWEST]);
    const [third, first] = opened.map(({ id }) => Number(id.replace('900-evaluation-', '')));
    expect(third).toBe((first ?? 0) + 2);
  });

  test('search finds answers too; what cannot be read is said', async () => {
    const { page } = await open({ kept: { tab: 'scores', scorePage: 'problems' } });
    const problems = measuredProblems(900);
    await answersTo(NEWEST, problems);
    const wanted = problems.find(({ answers }) => answers[0]?.verdict === 'wrong')?.answers[0]?.answer ?? '';
    await page.getByRole('textbox', { name: 'Find in problems and answers' }).fill(wanted);
    const list = page.getByRole('listbox', { name: /^Problems/ });
    await expect.poll(() => list.getByRole('option').count()).toBeLessThan(5);
    await panel.post({ type: 'problems', of: NEWEST, problems: [], trouble: '3 lines of a.jsonl are damaged.' });
    await page.getByText('3 lines of a.jsonl are damaged.').waitFor();
  });

  test('two thousand problems are made as they come into sight', async () => {
    await open({ kept: { tab: 'scores', scorePage: 'problems' } });
    await answersTo(NEWEST, measuredProblems(900, 2, 2000));
    const list = panel.page.getByRole('listbox', { name: /^Problems/ });
    expect(await list.getByRole('option').count()).toBeLessThan(100);
    await list.focus();
    await panel.page.keyboard.press('End');
    await panel.settle();
    expect(await list.locator('[aria-selected=true]').getAttribute('aria-posinset')).toBe('2000');
  });

  test('right and wrong completions by length, as a picture, a sentence and a table', async () => {
    const { page } = await open({ kept: { tab: 'scores', scorePage: 'lengths' } });
    await answersTo(NEWEST, measuredProblems(900));
    const summary = await page.locator('.summary').innerText();
    expect(summary).toMatch(
      /^The median right completion has 4\d tokens, the median wrong one 6\d\. \d+\.?\d?\u00a0% of the/,
    );
    const rows = await rowsOf(page.getByRole('table', { name: 'Completions by length' }));
    const sums = [1, 2, 3].map((column) => rows.reduce((sum, row) => sum + Number(row[column]), 0));
    expect((sums[0] ?? 0) + (sums[1] ?? 0)).toBe(400);
    const cut = measuredProblems(900).filter(({ answers }) => answers[0]?.finishReason === 'length').length;
    expect(sums[2]).toBe(cut);
    expect(await page.getByRole('img', { name: summary }).locator('rect.bar-above').count()).toBeGreaterThan(10);
  });
});

describe('two evaluations side by side', () => {
  const verdict = (): Promise<string> => panel.page.locator('.comparison-verdict').innerText();

  /** Presses Compare and answers as the trainer would. */
  async function compared(change: { k?: number; count?: number } = {}): Promise<EvaluationPair> {
    const { k = 1, count = 400 } = change;
    await press('Compare');
    const pair = (await asked('compare')).at(-1)?.pair;
    if (!pair) throw new Error('Nothing was compared.');
    const [before, after] = [measuredProblems(900, k, count), measuredProblems(1100, k, count)];
    await panel.post({ type: 'comparison', pair, report: reportOf(comparisonOf(before, after, pair)) });
    return pair;
  }

  test('the first and the last step suggest themselves; the answer is verdict, facts and flips', async () => {
    const { page } = await open({ kept: { tab: 'scores', scorePage: 'flips' } });
    await page.getByText('Choose two evaluations of the same problems and press Compare.').waitFor();
    const pair = await compared();
    expect(pair).toEqual({ before: { run: null, step: 0 }, after: { run: null, step: 2000 }, matters: 0.05 });
    expect(await verdict()).toBe('B is better. 166 problems were fixed, 49 broken, 185 are unchanged.');
    const facts = (await page.locator('.comparison-facts').innerText()).replaceAll('\u00a0', ' ');
    for (const fact of [
      '+29.3 points',
      '< 0.0001 (exact McNemar)',
      '9.4 points, which 400 such problems show four times in five',
    ])
      expect(facts).toContain(fact);
    await choose('Broken 49');
    const list = page.getByRole('listbox', { name: 'Problems that changed' });
    expect(await list.getByRole('option').first().innerText()).toMatch(/^broken/);
    expect(await asked('loadProblems')).toEqual([FIRST, NEWEST].map((of) => ({ type: 'loadProblems', of })));
    await answersTo(FIRST, measuredProblems(900));
    await answersTo(NEWEST, measuredProblems(1100));
    const detail = page.getByRole('region', { name: 'Chosen problem' });
    for (const [side, verdict] of [
      ['A', 'right'],
      ['B', 'wrong|no answer found'],
    ] as const)
      expect((await rowsOf(detail.getByRole('table', { name: `Completions of ${side}` })))[0]?.[0]).toMatch(
        new RegExp(verdict),
      );
    await detail
      .getByRole('button', { name: /^Open completion/ })
      .first()
      .click();
    expect((await asked('openAnswer'))[0]?.of).toEqual(FIRST);
  });

  test('too few problems are said in words; another wish for what matters asks again', async () => {
    const { page } = await open({ kept: { tab: 'scores', scorePage: 'flips' } });
    await compared({ count: 12 });
    expect(await verdict()).toMatch(/^Not enough items: to see 5 points, about [\d,]+ such problems are needed\./);
    await pick('What matters', '10 points');
    await page.getByText('press Compare').waitFor();
    const pair = await compared({ count: 12, k: 4 });
    expect(pair.matters).toBe(0.1);
    expect(await page.locator('.comparison-facts').innerText()).toContain('(paired randomization)');
    await press('Swap A and B');
    await press('Compare');
    expect((await asked('compare')).at(-1)?.pair).toMatchObject({ before: { step: 2000 }, after: { step: 0 } });
    await page.getByText('Comparing step 2,000 with step 0 …').waitFor();
  });

  test('a refusal is told with its remedy; one that was not answered can be asked again', async () => {
    const { page } = await open({ kept: { tab: 'scores', scorePage: 'flips' } });
    await press('Compare');
    const pair = (await asked('compare')).at(-1)?.pair;
    if (!pair) throw new Error('Nothing was compared.');
    const said = { text: '{0} keeps no evaluation.', args: ['/runs/one'] };
    const error = {
      code: 'badConfig',
      message: '/runs/one keeps no evaluation.',
      said,
      remedy: 'Measure a checkpoint.',
    } as const;
    await panel.post({ type: 'comparison', pair, report: { type: 'refused', error } });
    await page.getByText('/runs/one keeps no evaluation. Measure a checkpoint.').waitFor();
    await panel.post({ type: 'comparison', pair, report: null });
    await page.getByText('press Compare').waitFor();
    await press('Compare');
    expect(await asked('compare')).toHaveLength(2);
  });

  test('what a person chose elsewhere is shown and asked for', async () => {
    const { page } = await open({ kept: {} });
    const pair = { before: { run: 'baseline-run', step: 500 }, after: { run: null, step: 2000 }, matters: 0.05 };
    await panel.post({ type: 'scores', runs: [otherRun()] }, { type: 'showComparison', pair });
    expect(await page.getByRole('tab', { selected: true }).innerText()).toBe('Scores');
    await page.getByText('Comparing sft · baseline, step 500 with step 2,000 …').waitFor();
    expect(await asked('compare')).toEqual([{ type: 'compare', pair }]);
    expect(await panel.kept()).toMatchObject({ tab: 'scores', scorePage: 'flips', before: '["baseline-run",500]' });
  });

  test('ways of measuring that differ stand among the facts, and no verdict is given', async () => {
    const { page } = await open({ kept: { tab: 'scores', scorePage: 'flips' } });
    await press('Compare');
    const pair = (await asked('compare')).at(-1)?.pair;
    if (!pair) throw new Error('Nothing was compared.');
    const comparison = comparisonOf(measuredProblems(900), measuredProblems(1100), pair);
    const mismatches = [{ key: 'evaluation.temperature', before: '0', after: '0.6' }];
    const other = {
      ...comparison,
      benchmark: 'aime-2024',
      flips: { fixed: 0, broken: 0, unchanged: 400 },
      flipped: [],
    };
    await panel.post({
      type: 'comparison',
      pair,
      report: reportOf({ ...comparison, mismatches, verdict: null }, other),
    });
    expect(await verdict()).toMatch(/^The two cannot be compared: they were not measured in the same way\./);
    await page.getByText('evaluation.temperature: 0 in A, 0.6 in B').waitFor();
    await pick('Benchmark', 'aime-2024');
    expect(await verdict()).toContain('0 problems were fixed, 0 broken, 400 are unchanged.');
    expect(await page.getByRole('listbox', { name: 'Problems that changed' }).count()).toBe(0);
  });
});

describe('for everyone', () => {
  /** Each page with all that it can show. */
  async function everyPage(visit: (name: string) => Promise<void>): Promise<void> {
    await choose('All runs');
    await panel.post({ type: 'scores', runs: [otherRun()] });
    for (const name of PAGES) {
      await choose(name);
      if (name === 'Problems') await answersTo(NEWEST, measuredProblems(900, 8, 40));
      if (name === 'Compare') {
        await press('Compare');
        const pair = (await asked('compare')).at(-1)?.pair;
        if (!pair) throw new Error('Nothing was compared.');
        const [before, after] = [measuredProblems(900), measuredProblems(1100)];
        await panel.post({ type: 'comparison', pair, report: reportOf(comparisonOf(before, after, pair)) });
        await answersTo(FIRST, before);
      }
      await visit(name);
    }
  }

  test('axe-core finds nothing on any page, nor in any theme', { timeout: 240_000 }, async () => {
    await open();
    await everyPage(async (name) => {
      const isColourful = name === 'Scoreboard' || name === 'Compare';
      for (const theme of isColourful ? (Object.keys(THEMES) as ThemeName[]) : (['dark'] as const)) {
        await panel.setTheme(theme);
        await panel.screenshot(`${theme}-scores-${PAGES.indexOf(name)}`);
        expect(await panel.axeFindings(), `${name}, ${theme}`).toEqual([]);
      }
    });
  });

  test.each([400, 720])('at a width of %i nothing is wider than the page', async (width) => {
    await open({ width, height: 900 });
    await everyPage(async (name) => {
      const frame = panel.page.locator('.page-frame');
      expect(await frame.evaluate((node) => node.scrollWidth - node.clientWidth), name).toBeLessThanOrEqual(0);
      await panel.screenshot(`width-${width}-scores-${PAGES.indexOf(name)}`);
    });
  });

  test('in Korean every word of ours is Korean, and markup stays text', async () => {
    await open({ locale: 'ko', strings: korean });
    const english = Object.keys(korean).filter((sentence) => /^[A-Z][a-z]+ [a-z]+ [a-z]/.test(sentence));
    const problems = MARKUP.map((text) => ({ prompt: text, gold: text, answers: [] }));
    for (const name of PAGES) {
      await choose(korean[name] ?? '');
      if (name === 'Problems') await answersTo(NEWEST, problems);
      const text = await panel.page.locator('body').innerText();
      expect(
        english.filter((sentence) => text.includes(sentence)),
        name,
      ).toEqual([]);
    }
    expect(await panel.page.evaluate(() => 'pwned' in window)).toBe(false);
  });

  test('no control, bidirectional, zero-width or lone character of a file reaches the page', async () => {
    await open();
    const all = CONTROLS.join(' ');
    const run = otherRun();
    const evaluations = run.evaluations.map((one) => ({
      ...one,
      scores: one.scores.map((score) => ({ ...score, name: all })),
    }));
    const answer = { ...measuredProblems(900, 1, 1)[0]?.answers[0], answer: all } as MeasuredProblem['answers'][number];
    const problems = [all, ...CONTROLS].map((text) => ({ prompt: text, gold: text, answers: [answer] }));
    const check = async (name: string): Promise<void> => {
      const text = (await panel.page.locator('body').innerText()).replaceAll(/[\n\r\t]/g, ' ');
      expect(displayText(text), name).toBe(text);
    };
    await choose('All runs');
    await panel.post({ type: 'scores', runs: [{ ...run, name: all, evaluations }] });
    for (const name of PAGES) {
      await choose(name);
      if (name === 'Problems') await answersTo(NEWEST, problems);
      if (name === 'Compare') {
        await press('Compare');
        const pair = (await asked('compare')).at(-1)?.pair;
        if (!pair) throw new Error('Nothing was compared.');
        const comparison = comparisonOf(measuredProblems(900), measuredProblems(1100), pair);
        const mismatches = [{ key: all, before: all, after: all }];
        const flipped = comparison.flipped.slice(0, 3).map((item) => ({ ...item, prompt: all, gold: all }));
        const error = { code: 'badConfig', message: all, remedy: all } as const;
        await panel.post({ type: 'comparison', pair, report: { type: 'refused', error } });
        await check('refused');
        const report = reportOf({ ...comparison, benchmark: all, mismatches, flipped, verdict: null });
        await panel.post({ type: 'comparison', pair, report });
      }
      await check(name);
    }
  });
});
