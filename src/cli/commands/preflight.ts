/** `valley preflight CONFIG`: what a training will be made of, or what benchmarks will measure, and what would ruin it, before it starts. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ConfigProblem } from '../../config/configProblem.ts';
import { learnsExamples, trains } from '../../config/plan.ts';
import { preflightProblems } from '../../config/preflightProblems.ts';
import type { EvaluationPreflight, PreflightReport } from '../../protocol/preflight.ts';
import { translate } from '../../protocol/translate.ts';
import type { Arguments } from '../arguments.ts';
import { readConfig, requireConfig } from '../configFile.ts';
import { BadInput, EXIT, type Console } from '../console.ts';
import { paint } from '../paint.ts';
import { benchmarkLines, preflightLines } from '../preflight.ts';
import { askTrainer } from '../trainerTool.ts';

/** With `--json` one line: `{type: 'preflight', file, ok, problems, report}`. Ends with 2 where an error was found. */
export async function preflight({ words, options }: Arguments, console: Console): Promise<number> {
  const [file = ''] = words;
  requireExamined(file, console);
  const path = resolve(console.cwd, file);
  const report = JSON.parse(
    await askTrainer(['preflight', '--config', path, ...(options.all === true ? ['--all'] : [])], console),
  ) as PreflightReport | EvaluationPreflight;
  const problems = [
    ...preflightProblems(report, readFileSync(path, 'utf8'), file, console.strings),
    ...readConfig(file, console).problems,
  ];
  const ok = problems.every(({ severity }) => severity !== 'error');
  if (options.json === true) console.out(`${JSON.stringify({ type: 'preflight', file, ok, problems, report })}\n`);
  else for (const line of linesOf(report, problems, console)) console.out(`${line}\n`);
  return ok ? EXIT.finished : EXIT.badInput;
}

function linesOf(
  report: PreflightReport | EvaluationPreflight,
  problems: readonly ConfigProblem[],
  { width, hasColor, strings }: Console,
): string[] {
  const look = { width: width(), paint: paint(hasColor), strings };
  return 'kind' in report ? benchmarkLines(report, problems, look) : preflightLines(report, problems, look);
}

/** Throws `BadInput` for a config that is wrong, or that neither trains nor measures benchmarks. */
function requireExamined(file: string, console: Console): void {
  const config = requireConfig(file, console);
  if (trains(config) || (config.recipe === 'evaluate' && config.benchmarks)) return;
  throw new BadInput(translate(console.strings, '{0} trains nothing: there is nothing to look at before.', file));
}

/** Throws `BadInput` for a config that is wrong, or of a recipe that learns no given examples. */
export function requireTraining(file: string, console: Console): void {
  if (learnsExamples(requireConfig(file, console))) return;
  throw new BadInput(
    translate(console.strings, '{0} learns no given examples: only configs of the recipes sft and dpo do.', file),
  );
}
