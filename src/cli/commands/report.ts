/** `valley report RUN…`: what a ladder came to, or several beside each other, in words and as a page with its figures. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { reportIn, REPORT_FILES, type ReportAnswer } from '../../protocol/report/report.ts';
import { reportFiles } from '../../protocol/report/reportFiles.ts';
import { displayText } from '../../protocol/displayText.ts';
import { translate } from '../../protocol/translate.ts';
import type { Arguments } from '../arguments.ts';
import { EXIT, type Console } from '../console.ts';
import { locateRun, newFolder } from '../locate.ts';
import { mattersArguments, text } from '../options.ts';
import { toolRefusal } from '../refusing.ts';
import { askTrainer } from '../trainerTool.ts';

/** With `--json` one line: a `ReportAnswer`. With `--out` the report as files, in the language of the terminal. */
export async function report({ words, options }: Arguments, console: Console): Promise<number> {
  const wanted = text(options, 'out');
  const out = wanted === null ? null : newFolder(wanted, console);
  const ladders: string[] = [];
  for (const word of words)
    ladders.push('--ladder', await locateRun(word, console, { accepts: ({ recipe }) => recipe === 'ladder' }));
  const told = await askTrainer(['report', ...ladders, ...mattersArguments(options, console.strings)], console);
  const answer = JSON.parse(told) as ReportAnswer;
  if (options.json === true) console.out(`${told}\n`);
  if (answer.type === 'refused') return toolRefusal(answer.error, console);
  if (options.json !== true) console.out(`${answerLines(answer, console).join('\n')}\n`);
  if (out !== null) write(out, answer, console);
  return EXIT.finished;
}

type Reported = Extract<ReportAnswer, { readonly type: 'reported' }>;

const sayIn =
  ({ strings }: Console) =>
  (sentence: string, ...args: readonly (string | number)[]): string =>
    translate(strings, sentence, ...args);

function answerLines({ report: told }: Reported, console: Console): string[] {
  const { title, subtitle, answer } = reportIn(sayIn(console), told);
  return [title, subtitle, '', ...answer.map((words) => `- ${words}`)].map(displayText);
}

function write(out: string, { report: told, verdicts }: Reported, console: Console): void {
  const { language } = console;
  for (const [name, content] of reportFiles(told, verdicts, { language, say: sayIn(console) })) {
    const file = join(out, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  console.err(`${translate(console.strings, 'The report lies in {0}.', join(out, REPORT_FILES.page))}\n`);
}
