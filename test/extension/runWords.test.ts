import { describe, expect, test } from 'vitest';
import {
  runAccessibleLabel,
  runContext,
  runDescription,
  runIcon,
  runLabel,
  runShort,
  runTooltip,
  type RunShown,
} from '../../src/extension/runWords.ts';
import { sayIn } from '../../src/extension/say.ts';
import type { Health } from '../../src/protocol/panel.ts';
import { apply, newRun, type RunStatus } from '../../src/protocol/state.ts';
import type { RunEvent } from '../../src/protocol/events.ts';
import type { RunSummary } from '../../src/runs/listRuns.ts';
import { evaluated, started, stepped } from './runFolders.ts';
import { ladderRun } from '../support/ladderRun.ts';

const say = sayIn({});
const STATUSES: readonly RunStatus[] = [
  'starting',
  'queued',
  'running',
  'paused',
  'finished',
  'stopped',
  'failed',
  'lost',
];

const summary = (more: Partial<RunSummary> = {}): RunSummary => ({
  folder: '/folder/.valley/runs/one',
  runId: 'one',
  name: 'chains',
  recipe: 'sft',
  configPath: '/folder/sft.valley.jsonc',
  attempt: 1,
  startedAt: 0,
  step: 41,
  totalSteps: 100,
  status: 'running',
  health: { kind: 'alive' },
  headline: null,
  error: null,
  ...more,
});

/** A run that took one second for each step. */
function folded(...events: readonly RunEvent[]): RunShown {
  const state = newRun();
  events.forEach((event, index) =>
    apply(state, { v: 1, runId: 'one', attempt: 1, seq: index, time: 1000 * (index + 1), event }),
  );
  return { summary: summary({ step: state.step, status: state.status }), state };
}

test('a running run says how far it is and how long it takes', () => {
  const run = folded({ ...started, evaluationSteps: [] }, stepped(1), stepped(2), stepped(30));
  expect(runDescription(run, say)).toBe('30 % · 1:10 left');
  expect(runShort(run, say)).toBe('sft 30 % · 1:10');
  expect(runLabel(run)).toBe('sft · chains');
});

test('a ladder says how many of its trainings are over', () => {
  const state = ladderRun(4);
  const run = { summary: summary({ recipe: 'ladder', status: state.status }), state };
  expect(runDescription(run, say)).toBe('4 of 9 trainings');
  expect(runShort(run, say)).toBe('ladder 4 of 9 trainings');
  expect(runContext(run.summary)).toBe('run.running.ladder');
});

test('a finished run says its score with interval and n', () => {
  const run = folded(started, evaluated, { type: 'run.finished', reason: 'completed' });
  const headline = evaluated.scores[0] ?? null;
  expect(runDescription({ ...run, summary: { ...run.summary, headline } }, say)).toBe('94.8 % ±2.1 (n 400)');
});

test('a failed run says why and where', () => {
  const error = { code: 'outOfMemory', message: 'out of memory' } as const;
  expect(runDescription({ summary: summary({ status: 'failed', error }), state: null }, say)).toBe(
    'out of memory at step 41',
  );
});

describe.each(STATUSES)('%s', (status) => {
  const run = { summary: summary({ status }), state: null };

  test('has words, an icon and a context of its own', () => {
    const others = STATUSES.filter((other) => other !== status).map((other) => ({
      summary: summary({ status: other }),
      state: null,
    }));
    expect(others.map((other) => runDescription(other, say))).not.toContain(runDescription(run, say));
    expect(runIcon(status, { kind: 'alive' }).icon).toMatch(/^[a-z-]+$/);
    expect(runContext(summary({ status }))).toBe(`run.${status}`);
  });

  test('says everything to those who listen', () => {
    expect(runAccessibleLabel(run, say)).toContain(runDescription(run, say));
    expect(runAccessibleLabel(run, say)).toContain('chains');
  });
});

test('a trainer that does not answer is shown as such, whatever its run last said', () => {
  const health: Health = { kind: 'notResponding', since: 0 };
  const run = { summary: summary({ health }), state: null };
  expect(runDescription(run, say)).toBe('not responding at step 41');
  expect(runContext(summary({ status: 'running', health }))).toBe('run.running.notResponding');
  expect(runContext(summary({ health: { ...health, abandonedOn: 'elsewhere' } }))).toBe('run.abandoned');
  expect(runContext(summary({ status: 'lost', health }))).toBe('run.lost');
  expect(runIcon('running', health).icon).toBe('warning');
});

test('text from files cannot reorder or hide what is shown', () => {
  const name = 'a\u202eb\u0000';
  const error = { code: 'internal', message: 'x\u2066y' } as const;
  const run = { summary: summary({ name, status: 'failed', error }), state: null };
  for (const text of [runLabel(run), runDescription(run, say), runTooltip(run, say), runAccessibleLabel(run, say)])
    expect(['\u202e', '\u0000', '\u2066'].filter((hidden) => text.includes(hidden))).toEqual([]);
});

test('words are in the language of the editor', () => {
  const korean = sayIn({ 'stopped at step {0}': '{0}단계에서 중지됨' });
  expect(runDescription({ summary: summary({ status: 'stopped' }), state: null }, korean)).toBe('41단계에서 중지됨');
});
