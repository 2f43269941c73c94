/** `valley regrade RUN`: the completions that a run has kept, graded by the verifier of today, as a run of their own. */
import { dirname, join } from 'node:path';
import { displayText } from '../../protocol/displayText.ts';
import type { Score } from '../../protocol/events.ts';
import type { RegradedEvaluation, RegradeReport } from '../../protocol/regrade.ts';
import { translate, type Strings } from '../../protocol/translate.ts';
import { readLease } from '../../runs/facts.ts';
import { newRunFolder, runsRootOf } from '../../runs/runsRoot.ts';
import type { Arguments } from '../arguments.ts';
import { EXIT, type Console } from '../console.ts';
import { number, percent } from '../format.ts';
import { locateRun, newFolder } from '../locate.ts';
import { text } from '../options.ts';
import { toolRefusal } from '../refusing.ts';
import { askTrainer } from '../trainerTool.ts';

/** With `--json` one line: a `RegradeReport`. */
export async function regrade({ words: [word = ''], options }: Arguments, console: Console): Promise<number> {
  const from = await locateRun(word, console);
  const out = text(options, 'out');
  const folder = out === null ? await besides(from) : newFolder(out, console);
  const printed = await askTrainer(['regrade', '--run-folder', from, '--out', folder], console);
  const report = JSON.parse(printed) as RegradeReport;
  if (options.json === true) console.out(`${JSON.stringify(report)}\n`);
  if (report.type === 'refused') return toolRefusal(report.error, console);
  if (options.json === true) return EXIT.finished;
  const { strings } = console;
  for (const evaluation of report.evaluations) console.out(`${displayText(lineOf(evaluation, strings))}\n`);
  const completions = report.evaluations.reduce((sum, one) => sum + one.completions, 0);
  const [count, seconds] = [number(completions), report.seconds.toFixed(1)];
  console.out(`${translate(strings, '{0} completions graded in {1} s: {2}', count, seconds, report.runFolder)}\n`);
  return EXIT.finished;
}

async function besides(from: string): Promise<string> {
  const name = (await readLease(from))?.name ?? '';
  return newRunFolder(runsRootOf(join(dirname(from), 'any')), `regrade ${name}`.trim(), new Date());
}

function lineOf(evaluation: RegradedEvaluation, strings: Strings): string {
  const { benchmark, step, verifierBefore, verifierAfter, before, after, changed, completions } = evaluation;
  return translate(
    strings,
    '{0}, step {1}: {2} ({3}) before, {4} ({5}) now; {6} of {7} verdicts changed',
    ...[benchmark, step, scoreText(before), verifierBefore ?? '–', scoreText(after), verifierAfter],
    ...[number(changed), number(completions)],
  );
}

const scoreText = (score: Score | null): string => (score === null ? '–' : percent(score.value));
