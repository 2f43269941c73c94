/** What the panel shows of reinforcement learning: curves in their order, alarms, groups with what each completion is worth. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import type { Completion, RunEvent } from '../../src/protocol/events.ts';
import { apply, newRun, type RunState } from '../../src/protocol/state.ts';
import { alarmsOf } from '../../webview/views/alarms.ts';
import { curveNames } from '../../webview/views/specs.ts';
import { words } from '../../webview/text.ts';
import { stamp } from '../support/goldenRun.ts';
import { bundlePanel, PanelUnderTest } from '../support/panelBrowser.ts';
import { openChromium } from '../workbench/browser.mjs';

const completion = (index: number): Completion => ({
  ...{ id: `4-rollout-${index}`, step: 4, prompt: '1+1=', text: '1+1=2\n#2', trace: '1+1=2', answer: '2', gold: '2' },
  ...{ verdict: index === 0 ? 'correct' : 'wrong', finishReason: 'stop', tokens: 8, seed: index, temperature: 1 },
  ...{ meanLogProbability: -0.1, steps: null },
  rollout: {
    group: '4-0',
    reward: index === 0 ? 1 : 0,
    rewards: { correct: index === 0 ? 1 : 0 },
    advantage: index === 0 ? 0.87 : -0.87,
  },
});

function learned(truncated: number): RunState {
  const run = newRun('grpo');
  const started: RunEvent = {
    ...{
      type: 'run.started',
      recipe: 'grpo',
      name: 'rl',
      task: 'arithmetic/addition-2',
      parameters: 1,
      executor: null,
    },
    ...{ runtime: { version: 'node', foundBy: 'cli' }, totalSteps: 20, evaluationSteps: [] },
  };
  const steps = Array.from({ length: 12 }, (_, i): RunEvent => ({
    type: 'step.finished',
    step: i + 1,
    metrics: {
      ...{ loss: 0, reward: i / 20, entropy: 0.1, frac_reward_zero_std: 0, 'clip_ratio/low_mean': 0 },
      'completions/clipped_ratio': i < 6 ? 0 : truncated,
      'completions/mean_length': 20,
    },
  }));
  const sampled: RunEvent = {
    type: 'completions.sampled',
    step: 4,
    purpose: 'training',
    completions: [completion(0), completion(1)],
  };
  for (const stamped of stamp(run, [started, sampled, ...steps])) apply(run, stamped);
  return run;
}

let browser: Browser;
let bundle: string;
beforeAll(async () => {
  [browser, bundle] = await Promise.all([openChromium(), bundlePanel()]);
});
afterAll(() => browser?.close());

test('the reward stands first, and KL only where it is measured', () => {
  const names = curveNames(learned(0));
  expect(names.slice(0, 2)).toEqual(['reward', 'completions/mean_length']);
  expect(names).not.toContain('kl');
});

test('an alarm is raised while it learns, with the metric', () => {
  const model = { run: learned(1), health: { kind: 'alive' }, revision: 1 } as Parameters<typeof alarmsOf>[0];
  const [alarm, ...others] = alarmsOf(model, words('en', {}));
  expect(alarm?.title).toBe('Every completion is cut');
  expect(alarm?.lines.join(' ')).toContain('completions/clipped_ratio 1');
  expect(others).toEqual([]);
});

test('samples tell their advantage, the detail the parts of the reward', async () => {
  const panel = await PanelUnderTest.open(browser, bundle);
  await panel.snapshot(learned(0));
  await panel.openTab('Samples');
  const rows = panel.page.locator('.sample-row');
  await expect.poll(() => rows.locator('.gain').allTextContents()).toEqual(['A +0.87', 'A -0.87']);
  await expect.poll(() => panel.page.locator('.samples .detail').textContent()).toContain('1.00 (correct 1.00)');
  await panel.openTab('Curves');
  await panel.screenshot('rollout-curves');
  expect(await panel.axeFindings()).toEqual([]);
  expect(panel.errors).toEqual([]);
});
