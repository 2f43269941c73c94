import { expect, test } from 'vitest';
import type { Console } from '../../src/cli/console.ts';
import { CompletionReporter } from '../../src/cli/reporters/completion.ts';
import { JsonReporter } from '../../src/cli/reporters/json.ts';
import { PlainReporter } from '../../src/cli/reporters/plain.ts';
import type { Reporter } from '../../src/cli/reporters/reporter.ts';
import { TerminalReporter } from '../../src/cli/reporters/terminal.ts';
import type { Outcome } from '../../src/cli/summary.ts';
import type { RunEvent } from '../../src/protocol/events.ts';
import { paint } from '../../src/cli/paint.ts';
import { story } from '../../src/cli/story.ts';
import { apply, newRun } from '../../src/protocol/state.ts';
import { completion, events, folded, stamped, started } from './events.ts';
import { quietConsole } from '../support/quietConsole.ts';

/** A console that keeps what is written. */
function recording(more: Partial<Console> = {}): { console: Console; out: () => string; err: () => string } {
  const written = { out: '', err: '' };
  const console = quietConsole('/', {
    out: (text) => void (written.out += text),
    err: (text) => void (written.err += text),
    ...more,
  });
  return { console, out: () => written.out, err: () => written.err };
}

function tell(reporter: Reporter, told: readonly RunEvent[] = events): void {
  const run = newRun();
  for (const event of stamped(told)) {
    apply(run, event);
    reporter.event(event, run);
    reporter.tick(run, { kind: 'alive' });
  }
}

const finished: Outcome = {
  runFolder: '/runs/a b',
  run: folded(),
  state: 'finished',
  seconds: 61.3,
  error: null,
  lastWords: '',
};

/** What a person sees once all cursor movements are done. */
function screen(written: string): string[] {
  const lines: string[] = [''];
  // oxlint-disable-next-line no-control-regex
  for (const [, up, rest] of written.matchAll(/(?:\u001b\[(\d+)A\r\u001b\[J)|([^\u001b]+)/g)) {
    if (up !== undefined) lines.splice(lines.length - 1 - Number(up), Number(up));
    else
      for (const [index, part] of (rest ?? '').split('\n').entries()) {
        if (index > 0) lines.push('');
        lines[lines.length - 1] += part;
      }
  }
  return lines;
}

test('a terminal keeps the story and redraws one block below it', () => {
  const { console, out } = recording({ isTerminal: true });
  const reporter = new TerminalReporter(console);
  tell(reporter);
  expect(screen(out())).toEqual([
    'addition · arithmetic/addition-2 · 812k parameters · 100 steps',
    'cpu · onnxruntime-node 1.30.0 · Some Processor · f32 · 2 threads — No GPU adapter was found.',
    '✓     50  12+34= 2+4+0=6;1+3+0=4; → 46',
    '✗     50  12+34= 2+4+0=6;1+3+0=4; → 47 (right: 46) (cut)',
    'evaluated after step 50: arithmetic/addition-2: accuracy 94.8 % (92.1–96.7 %, n 400)',
    'The loss jumped.',
    'addition · training · step 50 / 100 · 0:25 left',
    `${'━'.repeat(30)}${'╌'.repeat(30)} 50 %`,
    'loss 0.0400 · 16.2k tok/s · accuracy 94.8 % (92.1–96.7 %, n 400)',
    '',
  ]);
  reporter.note('Stopping.');
  expect(screen(out()).at(-2)).toBe('Stopping.');
  reporter.end(finished);
  expect(screen(out()).slice(-4)).toEqual(['', 'Finished in 1:01.', 'Run folder: /runs/a b', '']);
  expect(screen(out()).filter((line) => line.includes('━'))).toEqual([]);
});

test('a trainer that does not respond is named in the block', () => {
  const { console, out } = recording({ isTerminal: true });
  new TerminalReporter(console).tick(folded(), { kind: 'notResponding', since: Date.now() - 60_000 });
  expect(out()).toContain('The trainer has not answered for 1:0');
});

test('a pipe gets plain lines without control characters, progress every five seconds of the run', () => {
  const { console, out, err } = recording();
  const reporter = new PlainReporter(console);
  tell(reporter);
  reporter.end(finished);
  // oxlint-disable-next-line no-control-regex
  expect(out() + err()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
  expect(
    out()
      .split('\n')
      .filter((line) => line.startsWith('step ')),
  ).toHaveLength(5);
  expect(out()).toContain('step 1 / 100 · 1.0 % · loss 2.00 · 16.2k tok/s\n');
  expect(out()).toContain('arithmetic/addition-2    50  accuracy');
  expect(out().endsWith('Finished in 1:01.\nRun folder: /runs/a b\n')).toBe(true);
});

test('JSON is one event per line and a summary last', () => {
  const { console, out } = recording();
  const reporter = new JsonReporter(console);
  tell(reporter);
  reporter.end(finished);
  const lines = out()
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  expect(lines.slice(0, -1)).toEqual(stamped());
  expect(lines.at(-1)).toEqual({
    type: 'summary',
    runFolder: '/runs/a b',
    state: 'finished',
    seconds: 61.3,
    scores: [
      {
        benchmark: 'arithmetic/addition-2',
        step: 50,
        name: 'accuracy',
        value: 0.948,
        n: 400,
        k: 1,
        interval: [0.921, 0.967],
      },
      {
        benchmark: 'arithmetic/addition-2',
        step: 50,
        name: 'completions/mean_length',
        value: 18.25,
        n: 400,
        k: 1,
        interval: null,
      },
    ],
  });
});

test('a failure says what happened, what it means and what to do', () => {
  const { console, err } = recording();
  const error = { code: 'outOfMemory', message: 'No room for weight q.\u001b[2J' } as const;
  new PlainReporter(console).end({ ...finished, state: 'failed', error });
  expect(err()).toBe(
    [
      'Memory ran out: No room for weight q.\\u001b[2J',
      'The model, its optimizer or the batch do not fit. Everything up to the last checkpoint is safe.',
      'Halve `training.batchSize` and double `gradientAccumulationSteps`, or make the model smaller.',
      '  valley continue "/runs/a b"',
      '',
    ].join('\n'),
  );
});

test('a loss quotes the last words', () => {
  const { console, err } = recording();
  new PlainReporter(console).end({ ...finished, state: 'lost', lastWords: 'Segmentation fault\n' });
  expect(err()).toContain('valley continue "/runs/a b"\nIts last words:\n  Segmentation fault\n');
});

test('a sample streams its tokens once, and nothing else, to standard output', () => {
  const { console, out } = recording({ isTerminal: true });
  const reporter = new CompletionReporter(console);
  reporter.sampled('2+4');
  reporter.sampled('+0=6;');
  tell(reporter, [{ type: 'completions.sampled', step: 0, purpose: 'interactive', completions: [completion] }]);
  reporter.end(finished);
  expect(out()).toBe(`${completion.text}\n`);
});

test('a sample whose first pieces were missed is printed whole', () => {
  const { console, out } = recording({ isTerminal: true });
  const reporter = new CompletionReporter(console);
  reporter.sampled('1+3+0');
  tell(reporter, [{ type: 'completions.sampled', step: 0, purpose: 'interactive', completions: [completion] }]);
  expect(out()).toBe(`1+3+0\n${completion.text}\n`);
});

test('a run without a task does not show an empty one', () => {
  if (started.type !== 'run.started') throw new Error('expected run.started');
  const first = stamped([{ ...started, task: '', name: 'sample', totalSteps: 0 }]);
  const run = newRun();
  const lines = first.flatMap((event) => {
    apply(run, event);
    return story(event, run, { width: 200, paint: paint(false), strings: {} });
  });
  expect(lines[0]).toMatch(/^sample · [^·]+ parameters$/);
});
