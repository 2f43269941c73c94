import { expect, test } from 'vitest';
import { apply, newRun } from '../../src/protocol/state.ts';
import type { RunEvent, Score } from '../../src/protocol/events.ts';
import { metricName, words } from '../../webview/text.ts';
import { figuresOf } from '../../webview/views/figures.ts';
import { curveNames, metricSpec, pairRewardsSpec, scoreSpec } from '../../webview/views/specs.ts';

const score = (name: string, value: number, unit: Score['unit']): Score => ({
  ...{ name, value, unit, n: 20, k: 1, interval: [value - 0.1, value + 0.1] },
});
const metrics = (step: number) => ({
  ...{ loss: 0.7 - step / 100, 'rewards/chosen': -step / 10, 'rewards/rejected': -step / 5 },
  ...{ 'rewards/accuracies': 0.75, 'rewards/margins': step / 10, 'logps/chosen': -20, 'logps/rejected': -30 },
});
const events: readonly RunEvent[] = [
  {
    ...{ type: 'run.started', recipe: 'dpo', name: 'pairs', task: 'pairs.jsonl', parameters: 1000, executor: null },
    ...{ runtime: { version: '', foundBy: 'cli' }, totalSteps: 4, evaluationSteps: [4] },
  },
  ...[1, 2, 3, 4].map((step): RunEvent => ({ type: 'step.finished', step, metrics: metrics(step) })),
  {
    ...{ type: 'evaluation.finished', step: 4, benchmark: 'pairs.jsonl' },
    scores: [score('eval_rewards/accuracies', 0.8, 'share'), score('eval_loss', 0.52, 'nats')],
  },
];

function learned() {
  const run = newRun();
  for (const [seq, event] of events.entries())
    apply(run, { v: 1, runId: 'a', attempt: 1, seq, time: seq * 1000, event });
  return { run, revision: 1, health: { kind: 'alive' } } as Parameters<typeof pairRewardsSpec>[0];
}

const english = words('en', {});

test('loss and margin stand first, and every metric of a pair has a name of its own', () => {
  const names = curveNames(learned().run);
  expect(names.slice(0, 3)).toEqual(['loss', 'rewards/margins', 'rewards/accuracies']);
  for (const name of names.filter((one) => one.includes('/')))
    expect(
      metricName((sentence) => sentence, name),
      name,
    ).not.toBe(name);
});

test('what both completions are worth is one chart of two lines', () => {
  const { lines } = pairRewardsSpec(learned(), english, 0);
  expect(lines.map(({ label, values }) => [label, values])).toEqual([
    ['chosen', [-0.1, -0.2, -0.3, -0.4]],
    ['rejected', [-0.2, -0.4, -0.6, -0.8]],
  ]);
});

test('shares of pairs are told in per cent, held out with their interval', () => {
  expect(metricSpec(learned(), 'rewards/accuracies', english, 0).format(0.75)).toBe('75.0\u00a0%');
  expect(scoreSpec(learned(), 'eval_rewards/accuracies', english).includes).toEqual([0, 1]);
  const figures = figuresOf(learned().run, english);
  expect(figures.slice(0, 3).map(({ label, value }) => [label, value])).toEqual([
    ['loss', expect.any(String)],
    ['held-out pairs told right', '80.0\u00a0%'],
    ['held-out loss', '0.520'],
  ]);
});
