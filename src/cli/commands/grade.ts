/** `valley grade --in answers.jsonl --out verdicts.jsonl`: a verdict for each row with `gold` and `prediction`. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { displayLine } from '../../protocol/displayText.ts';
import { GRADE_VERDICTS, GRADERS, type GradeNews, type GradeReport, type GraderName } from '../../protocol/grading.ts';
import { translate, type Strings } from '../../protocol/translate.ts';
import { runTrainerTool } from '../../runs/launch.ts';
import { ownRuntime } from '../../runs/runtime.ts';
import type { Arguments } from '../arguments.ts';
import { padEnd, padStart } from '../cells.ts';
import { BadInput, EXIT, type Console } from '../console.ts';
import { number, percent } from '../format.ts';
import { text } from '../options.ts';

/** Commands of users may take long. */
const PATIENCE_MS = 24 * 60 * 60_000;
const NAME = 16;
const COUNT = 12;

/** With `--json` one line: a `GradeReport`. */
export async function grade({ options }: Arguments, console: Console): Promise<number> {
  const { strings } = console;
  const grader = graderIn(options, strings);
  const args = [
    ...['--file', input(options, console), '--out', output(options, console), '--grader', grader],
    ...(options.strict === true ? ['--strict'] : []),
    ...patternFor(grader, options, strings),
    ...commandFor(grader, options, strings),
  ];
  const printed = await runTrainerTool({
    runtime: ownRuntime(),
    trainer: join(console.programs, 'trainer.mjs'),
    args: ['grade', ...args],
    cwd: console.cwd,
    timeoutMs: PATIENCE_MS,
    ...(console.isTerminal && options.json !== true ? { onLine: (line: string) => tellProgress(line, console) } : {}),
  });
  const report = JSON.parse(printed.trim().split('\n').at(-1) ?? '') as GradeReport;
  console.out(options.json === true ? `${JSON.stringify(report)}\n` : `${table(report, strings).join('\n')}\n`);
  for (const line of badRows(report, strings)) console.err(`${line}\n`);
  return report.rows > 0 ? EXIT.finished : EXIT.badInput;
}

type Options = Arguments['options'];

function graderIn(options: Options, strings: Strings): GraderName {
  const given = text(options, 'grader') ?? 'math';
  const found = GRADERS.find((name) => name === given);
  if (found !== undefined) return found;
  throw new BadInput(translate(strings, '--grader is {0}; it may be {1}.', given, GRADERS.join(', ')));
}

function input(options: Options, { cwd, strings }: Console): string {
  const given = text(options, 'in');
  if (given === null) throw new BadInput(translate(strings, '--in is missing: the file with the answers.'));
  const path = resolve(cwd, given);
  if (existsSync(path)) return path;
  throw new BadInput(translate(strings, '{0}: there is no such file.', given));
}

function output(options: Options, { cwd, strings }: Console): string {
  const given = text(options, 'out');
  if (given === null) throw new BadInput(translate(strings, '--out is missing: the file for the verdicts.'));
  if (resolve(cwd, given) !== resolve(cwd, text(options, 'in') ?? '')) return resolve(cwd, given);
  throw new BadInput(translate(strings, '--out names the file with the answers. Choose another name.'));
}

function patternFor(grader: GraderName, options: Options, strings: Strings): string[] {
  const pattern = text(options, 'pattern');
  if (grader !== 'regex') return [];
  if (pattern === null) throw new BadInput(translate(strings, 'The grader regex needs --pattern.'));
  try {
    return [`--pattern=${new RegExp(pattern, 'gmu').source}`];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new BadInput(translate(strings, '--pattern cannot be read: {0}', error.message));
  }
}

function commandFor(grader: GraderName, options: Options, strings: Strings): string[] {
  const command = text(options, 'command');
  if (grader !== 'command') return [];
  if (command === null) throw new BadInput(translate(strings, 'The grader command needs --command.'));
  if (options.yes !== true)
    throw new BadInput(
      translate(
        strings,
        'This would run “{0}” once for each row. Say --yes if you trust it.',
        displayLine(command, 200),
      ),
    );
  return ['--command', JSON.stringify(command.split(/\s+/).filter((word) => word !== ''))];
}

function tellProgress(line: string, { err, strings }: Console): void {
  const news = JSON.parse(line) as GradeNews;
  if (news.type === 'grading') err(`\r${translate(strings, '{0} rows', number(news.rows))}`);
  if (news.type === 'graded') err('\r\u001b[K');
}

function table({ verdicts, rows, accuracy, out, seconds }: GradeReport, strings: Strings): string[] {
  const lines = GRADE_VERDICTS.filter((verdict) => verdicts[verdict] > 0).map(
    (verdict) => `${padEnd(verdict, NAME)}${padStart(number(verdicts[verdict]), COUNT)}`,
  );
  const head = `${padEnd(translate(strings, 'verdict'), NAME)}${padStart(translate(strings, 'rows'), COUNT)}`;
  const pace = seconds > 0 ? Math.round(rows / seconds) : rows;
  return [
    head,
    ...lines,
    '',
    ...(accuracy === null ? [] : [accuracyLine(accuracy, strings)]),
    translate(strings, '{0} rows at {1} rows/s, verdicts in {2}', number(rows), number(pace), out),
  ];
}

function accuracyLine(
  { share, interval: [low, high], n }: NonNullable<GradeReport['accuracy']>,
  strings: Strings,
): string {
  const bounds = `${(low * 100).toFixed(1)}–${(high * 100).toFixed(1)} %`;
  return translate(strings, 'correct: {0} ({1}, n {2})', percent(share), bounds, number(n));
}

const badRows = ({ bad }: GradeReport, strings: Strings): string[] =>
  bad.map(({ rows, line, rule, detail }) =>
    translate(
      strings,
      '{0} rows not graded: {1}, first in line {2} ({3})',
      number(rows),
      rule,
      line,
      displayLine(detail, 160),
    ),
  );
