/** A run in lines of text: status, completions, scores. Pure; the reporters decide when and where. */
import { displayLine } from '../protocol/displayText.ts';
import type { Completion, ExecutorIdentity, Phase, Score } from '../protocol/events.ts';
import { progress, secondsLeft, type Evaluation, type RunState } from '../protocol/state.ts';
import { stageText } from '../protocol/preparationText.ts';
import { translated } from '../protocol/sentence.ts';
import { translate, type Strings } from '../protocol/translate.ts';
import { cellsOf, cut, padEnd, padStart } from './cells.ts';
import { compact, duration, interval, number, percent, scoreValue } from './format.ts';
import type { Paint } from './paint.ts';

export interface Look {
  /** Cells in a line. */
  readonly width: number;
  readonly paint: Paint;
  readonly strings: Strings;
}

/** The block that is redrawn: where the run is, a bar, what it learns. */
export function statusBlock(run: RunState, look: Look): string[] {
  const done = progress(run);
  const head = [run.name, situation(run, look.strings), stepText(run, look.strings), leftText(run, look.strings)];
  const lines = [
    cut(joined(head), look.width),
    bar(done, look.width),
    cut(joined(learned(run, look.strings)), look.width),
  ];
  return lines.filter((line) => line !== '');
}

/** The same in one line, for a pipe. */
export const statusLine = (run: RunState, strings: Strings): string =>
  joined([stepText(run, strings), percent(progress(run)), leftText(run, strings), ...learned(run, strings)]);

const joined = (parts: readonly string[]): string => parts.filter((part) => part !== '').join(' · ');

export function situation(run: RunState, strings: Strings): string {
  if (run.status === 'queued')
    return translate(strings, 'waiting for the device (held by {0})', run.queuedBehind ?? '?');
  if (run.status === 'paused') return translate(strings, 'paused');
  const { evaluating } = run;
  if (run.phase === 'evaluating' && evaluating)
    return translate(strings, 'evaluating {0} / {1}', number(evaluating.done), number(evaluating.total));
  const { progress: under } = run.preparation;
  if (under !== null) return translate(strings, stageText(under.stage));
  return phaseText(run.phase, strings);
}

export function phaseText(phase: Phase, strings: Strings): string {
  switch (phase) {
    case 'preparing':
      return translate(strings, 'preparing');
    case 'compiling':
      return translate(strings, 'compiling');
    case 'training':
      return translate(strings, 'training');
    case 'sampling':
      return translate(strings, 'sampling');
    case 'evaluating':
      return translate(strings, 'evaluating');
    case 'saving':
      return translate(strings, 'saving');
    case 'paused':
      return translate(strings, 'paused');
    default:
      phase satisfies never;
      return phase;
  }
}

const stepText = (run: RunState, strings: Strings): string =>
  run.totalSteps === 0 ? '' : translate(strings, 'step {0} / {1}', number(run.step), number(run.totalSteps));

function leftText(run: RunState, strings: Strings): string {
  const left = secondsLeft(run);
  return left === null ? '' : translate(strings, '{0} left', duration(left));
}

/** A bar with the share behind it. */
export function bar(share: number, width: number): string {
  const label = ` ${Math.floor(share * 100)} %`;
  const cells = Math.max(5, Math.min(60, width - 6));
  const filled = Math.min(cells, Math.round(share * cells));
  return `${'━'.repeat(filled)}${'╌'.repeat(cells - filled)}${label}`;
}

function learned(run: RunState, strings: Strings): string[] {
  const loss = latest(run, 'loss');
  const pace = latest(run, 'tokens_per_second');
  const scored = run.evaluations.at(-1);
  return [
    loss === null ? '' : translate(strings, 'loss {0}', loss.toPrecision(3)),
    pace === null ? '' : translate(strings, '{0} tok/s', compact(pace)),
    scored ? headlineText(scored) : '',
  ];
}

function latest(run: RunState, name: string): number | null {
  return (Object.hasOwn(run.series, name) ? run.series[name]?.values.at(-1) : null) ?? null;
}

function headlineText({ scores }: Evaluation): string {
  const [score] = scores;
  return score ? `${displayLine(score.name, 30)} ${scoreValue(score)} (${interval(score)}, n ${number(score.n)})` : '';
}

/** Device and executor with the reason for the choice. */
export function executorLine(executor: ExecutorIdentity, strings: Strings): string {
  const { provider, version, adapter, precision, threads } = executor;
  const facts = [provider, version, adapter, precision];
  if (threads > 0)
    facts.push(threads === 1 ? translate(strings, '1 thread') : translate(strings, '{0} threads', threads));
  return `${displayLine(joined(facts), 200)} — ${displayLine(translated(strings, executor.reason, executor.reasonSaid), 400)}`;
}

/** `✓ 240  12+34= … → 46` in one line. */
export function completionLine(completion: Completion, look: Look): string {
  const { verdict, finishReason, answer, gold } = completion;
  const end = finishReason === 'length' ? translate(look.strings, ' (cut)') : '';
  const right =
    verdict === 'wrong' && gold !== null ? translate(look.strings, ' (right: {0})', displayLine(gold, 40)) : '';
  const tail = ` → ${answer === null ? '–' : displayLine(answer, 40)}${right}${end}`;
  const head = `${padStart(number(completion.step), 6)}  ${displayLine(completion.prompt, 400)} `;
  const room = Math.max(8, look.width - 2 - cellsOf(head) - cellsOf(tail));
  const trace = cut(displayLine(completion.trace || completion.text, 2000), room);
  return `${mark(completion, look.paint)} ${cut(`${head}${trace}${tail}`, Math.max(12, look.width - 2))}`;
}

function mark({ verdict }: Completion, { good, bad, warn, dim }: Paint): string {
  switch (verdict) {
    case 'correct':
      return good('✓');
    case 'wrong':
      return bad('✗');
    case 'unparsed':
      return warn('?');
    case 'ungraded':
      return dim('·');
    default:
      verdict satisfies never;
      return '?';
  }
}

/** One line per finished evaluation. */
export function evaluationLine(evaluation: Evaluation, strings: Strings): string {
  const name = displayLine(evaluation.benchmark, 60);
  return `${translate(strings, 'evaluated after step {0}', number(evaluation.step))}: ${name}: ${headlineText(evaluation)}`;
}

/** The last evaluation of each benchmark as a table; empty if nothing was evaluated. */
export function scoreTable(run: RunState, strings: Strings): string[] {
  const last = new Map(run.evaluations.map((evaluation) => [evaluation.benchmark, evaluation] as const));
  const rows = [...last.values()].flatMap(({ benchmark, step, scores }) =>
    scores.map((score, index) => row(index === 0 ? displayLine(benchmark, 60) : '', index === 0 ? step : null, score)),
  );
  if (rows.length === 0) return [];
  const heads = [
    translate(strings, 'benchmark'),
    translate(strings, 'step'),
    translate(strings, 'score'),
    translate(strings, 'value'),
    translate(strings, '95 % interval'),
    'n',
    'k',
  ];
  return aligned([heads, ...rows], [padEnd, padStart, padEnd, padStart, padStart, padStart, padStart]);
}

const row = (benchmark: string, step: number | null, score: Score): string[] => [
  benchmark,
  step === null ? '' : number(step),
  displayLine(score.name, 40),
  scoreValue(score),
  interval(score),
  number(score.n),
  number(score.k),
];

/** Columns side by side, each as wide as its widest entry. */
export function aligned(rows: readonly (readonly string[])[], pads: readonly (typeof padEnd)[]): string[] {
  const widths = pads.map((_, column) => Math.max(...rows.map((cells) => cellsOf(cells[column] ?? ''))));
  return rows.map((cells) =>
    pads
      .map((pad, column) => pad(cells[column] ?? '', widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
