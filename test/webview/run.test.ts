import { expect, test } from 'vitest';
import type { Score } from '../../src/protocol/events.ts';
import type { Health, PanelAction } from '../../src/protocol/panel.ts';
import { hear, newModel, type Model } from '../../webview/model.ts';
import { actionsOf, standingOf, type Standing } from '../../webview/standing.ts';
import { words } from '../../webview/text.ts';
import { restoreUi } from '../../webview/uiState.ts';
import { alarmsOf } from '../../webview/views/alarms.ts';
import { figuresOf, trendOf, trustNote } from '../../webview/views/figures.ts';
import { scoreRows } from '../../webview/views/scoreRows.ts';
import { curveNames, lengthSpec, metricSpec, scoreSpec, waitingForEvaluation } from '../../webview/views/specs.ts';
import { folded, GOLDEN, goldenRun, stamp } from '../support/goldenRun.ts';

const en = words('en', {});
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

function modelAt(step: number, health: Health = { kind: 'alive' }): Model {
  const model = newModel();
  hear(model, { type: 'snapshot', run: folded(goldenRun(step)), health, locale: 'en', strings: {} });
  return model;
}

test('a snapshot and the events after it make the same run as all events', () => {
  const events = goldenRun();
  const model = newModel();
  const snapshot = folded(events.slice(0, 900));
  hear(model, {
    type: 'snapshot',
    run: structuredClone(snapshot),
    health: { kind: 'alive' },
    locale: 'en',
    strings: {},
  });
  hear(model, { type: 'events', events: events.slice(900) });
  expect(model.run).toEqual(folded(events));
});

test('a snapshot replaces everything', () => {
  const model = modelAt(500);
  hear(model, { type: 'samples', file: 'a.jsonl', completions: [], problem: null });
  hear(model, { type: 'streaming', text: '1+1', done: false });
  hear(model, {
    type: 'snapshot',
    run: folded(goldenRun(10)),
    health: { kind: 'ended' },
    locale: 'ko',
    strings: { a: 'b' },
  });
  expect([model.run.step, model.files.size, model.streaming, model.health.kind, model.locale, model.revision]).toEqual([
    10,
    0,
    null,
    'ended',
    'ko',
    2,
  ]);
});

test('a dead or silent process overrules the last event, unless the run had ended', () => {
  const { run } = modelAt(100);
  const lost: Health = { kind: 'lost', lastWords: 'Killed' };
  expect(standingOf(run, { kind: 'alive' })).toBe('running');
  expect(standingOf(run, lost)).toBe('lost');
  expect(standingOf(run, { kind: 'notResponding', since: 1 })).toBe('notResponding');
  expect(standingOf(folded(goldenRun()), lost)).toBe('finished');
});

const ACTIONS: [Standing, PanelAction[]][] = [
  ['queued', ['stop']],
  ['running', ['pause', 'stop', 'saveCheckpoint']],
  ['paused', ['resume', 'stop', 'saveCheckpoint']],
  ['notResponding', ['stop', 'openLog']],
  ['finished', ['sample', 'evaluate']],
  ['stopped', ['continue', 'openLog']],
  ['failed', ['continue', 'openLog']],
  ['lost', ['continue', 'openLog']],
];
test.each(ACTIONS)('a run that is %s offers what makes sense', (standing, actions) => {
  expect(actionsOf(standing, modelAt(500).run)).toEqual(actions);
});

test('key figures: value, interval and number of problems of the newest evaluation', () => {
  const { run } = modelAt(GOLDEN.steps);
  const [loss, accuracy, length, truncated, wrong] = figuresOf(run, en);
  expect(loss?.label).toBe('loss');
  expect(Number(loss?.value)).toBeCloseTo(0.18, 1);
  expect([accuracy, length, truncated, wrong].map((figure) => plain(figure?.value ?? ''))).toEqual([
    '97.0 %',
    '41.6 tok',
    '0.6 %',
    '1.2 %',
  ]);
  expect(plain(accuracy?.note ?? '')).toBe('94.8 – 98.3 % · n 400');
});

test('before anything is known, figures are dashes', () => {
  expect(figuresOf(newModel().run, en).map(({ value }) => value)).toEqual(['–', '–', '–', '–', '–']);
});

test('an interval is ± where it is even and written out where it is lopsided', () => {
  const score = { name: 'accuracy', value: 0.5, n: 400, k: 4, unit: 'share' } as const;
  expect(trustNote(en, { ...score, interval: [0.45, 0.55] })).toBe('±5.0 · n 400 · k 4');
  expect(plain(trustNote(en, { ...score, value: 1, k: 1, interval: [0.99, 1] }))).toBe('99.0 – 100.0 % · n 400');
  expect(trustNote(en, { ...score, k: 1, interval: null })).toBe('n 400');
});

test('the trend compares with a tenth of the way ago', () => {
  const ramp = Array.from({ length: 100 }, (_, at) => 100 - at);
  expect(trendOf(ramp)).toBe('falling');
  expect(trendOf(ramp.toReversed())).toBe('rising');
  expect(trendOf(ramp.map(() => 3))).toBe('level');
  expect(trendOf([1])).toBeNull();
});

test('every score of every evaluation is a row with its interval, newest first', () => {
  const rows = scoreRows(modelAt(500).run, en);
  expect(rows.length).toBe(3 * 4);
  expect(rows[0]).toEqual({
    step: '500',
    benchmark: 'arithmetic/addition-3',
    score: 'accuracy',
    value: expect.stringMatching(/^\d+\.\d\u00a0%$/),
    interval: expect.stringMatching(/^\d+\.\d\u00a0–\u00a0\d+\.\d\u00a0%$/),
    n: '400',
    k: '1',
  });
});

test('the accuracy picture has an interval at every point', () => {
  const spec = scoreSpec(modelAt(1000), 'accuracy', en);
  expect(spec.lines.length).toBe(1);
  expect(spec.lines[0]?.steps).toEqual([0, 250, 500, 750, 1000]);
  for (const [at, interval] of (spec.lines[0]?.intervals ?? []).entries()) {
    const value = spec.lines[0]?.values[at] ?? Number.NaN;
    expect(interval && interval[0] <= value && value <= interval[1]).toBe(true);
  }
});

test('further metrics become curves after the known ones, whatever they are called', () => {
  const model = modelAt(10);
  const names = ['__proto__', 'constructor', '', 'kl'];
  const metrics = Object.fromEntries(names.map((name) => [name, 1]));
  hear(model, { type: 'events', events: stamp(model.run, [{ type: 'step.finished', step: 11, metrics }]) });
  expect(curveNames(model.run).slice(6).toSorted()).toEqual(names.toSorted());
  for (const name of names) expect(metricSpec(model, name, en, 0).lines[0]?.values).toEqual([1]);
});

test('lengths of right and wrong completions are drawn apart', () => {
  const { lines } = lengthSpec(modelAt(1000), en);
  expect(lines.map(({ label }) => label)).toEqual(['right', 'wrong']);
  expect(lines.every(({ steps, values }) => steps.length === values.length && steps.length > 3)).toBe(true);
});

test('an empty picture says what comes and when', () => {
  expect(waitingForEvaluation(folded(goldenRun().slice(0, 1)), en)).toBe('First evaluation before the first step.');
  const events = goldenRun(200).filter(({ event }) => !event.type.startsWith('evaluation'));
  const run = folded(events);
  expect(waitingForEvaluation(run, en)).toMatch(/^First evaluation after step 250, in about \d\u00a0s\.$/);
  expect(waitingForEvaluation({ ...run, status: 'queued', evaluationSteps: [] }, en)).toBe(
    'Appears with the first evaluation.',
  );
  expect(waitingForEvaluation({ ...run, status: 'stopped' }, en)).toBe('No evaluation in this run.');
});

test('alarms: a failure with its remedy, a lost and a silent trainer, a loss that is no number', () => {
  const model = modelAt(100);
  expect(alarmsOf(model, en)).toEqual([]);
  const lost = alarmsOf(modelAt(100, { kind: 'lost', lastWords: 'Kil\u0007led' }), en);
  expect(lost[0]?.lines.at(-1)).toBe('Its last words: Kil\\u0007led');
  expect(lost[0]?.actions).toEqual(['continue', 'openLog']);
  expect(alarmsOf(modelAt(100, { kind: 'notResponding', since: 1 }), en)[0]?.severity).toBe('warning');
  const [abandoned] = alarmsOf(modelAt(100, { kind: 'notResponding', since: 1, abandonedOn: 'elsewhere' }), en);
  expect(abandoned?.lines.join()).toContain('another machine, elsewhere');
  expect(abandoned?.actions).toContain('continue');
  hear(model, {
    type: 'events',
    events: stamp(model.run, [{ type: 'step.finished', step: 101, metrics: { loss: null } }]),
  });
  expect(alarmsOf(model, en)[0]?.title).toBe('Not a finite number: loss');
  const error = { code: 'diskFull', message: 'No space on /data' } as const;
  hear(model, { type: 'events', events: stamp(model.run, [{ type: 'run.failed', error }]) });
  const [failed] = alarmsOf(model, en);
  expect([failed?.title, failed?.lines[0]]).toEqual(['The disk is full', 'No space on /data']);
  expect(failed?.lines.at(-1)).toContain('Free space');
});

test('what the editor kept is taken field by field', () => {
  const fresh = restoreUi(null);
  expect(fresh.tab).toBe('overview');
  expect(
    restoreUi({ tab: 'samples', sampleFilter: 'wrong', sampleSearch: '7+', sampleChosen: '5-training-0' }),
  ).toEqual({
    ...fresh,
    tab: 'samples',
    sampleFilter: 'wrong',
    sampleSearch: '7+',
    sampleChosen: '5-training-0',
  });
  for (const kept of [{ tab: 'nowhere', smoothing: 3, sampleFile: 7 }, 'text', 7, [], { __proto__: { tab: 'log' } }])
    expect(restoreUi(kept)).toEqual(fresh);
});

test('the loss of held-out rows stands beside accuracy, and alone where no row has an answer', () => {
  const run = structuredClone(modelAt(100).run);
  const loss: Score = { name: 'eval_loss', value: 2.34567, n: 12, k: 1, interval: [2.3, 2.39], unit: 'nats' };
  const accuracy: Score = { name: 'accuracy', value: 0.5, n: 12, k: 1, interval: null, unit: 'share' };
  const figures = (scores: readonly Score[]): string[] => {
    run.evaluations = [{ step: 100, benchmark: 'rows.jsonl', scores, time: 1 }];
    return figuresOf(run, en).map(({ label, value, note }) => plain(`${label} ${value} ${note}`));
  };
  expect(figures([accuracy, loss])).toContain('held-out loss 2.346 ±0.045 · n 12');
  expect(figures([accuracy, loss])).toContain('accuracy 50.0 % n 12');
  expect(figures([loss]).filter((text) => /held-out|accuracy/.test(text))).toEqual([
    'held-out loss 2.346 ±0.045 · n 12',
  ]);
});

test('what was planned may be known only when the rows are read', () => {
  const run = folded(stamp(newModel().run, [{ type: 'plan.changed', totalSteps: 12, evaluationSteps: [0, 12] }]));
  expect(run).toMatchObject({ totalSteps: 12, evaluationSteps: [0, 12] });
});
