/** `valley analyse RUN`: why the newest evaluation of a run came out as it did. */
import type { AnalysisAnswer } from '../../protocol/analysis.ts';
import { analysisLines } from '../analysisText.ts';
import type { Arguments } from '../arguments.ts';
import { EXIT, type Console } from '../console.ts';
import { toolRefusal } from '../refusing.ts';
import { runAtStep } from '../runAtStep.ts';
import { askTrainer } from '../trainerTool.ts';

/** With `--json` one line: an `AnalysisAnswer`. */
export async function analyse({ words: [word = ''], options }: Arguments, console: Console): Promise<number> {
  const { folder, step } = await runAtStep(word, console);
  const asked = ['analyse', '--run-folder', folder, ...(step === null ? [] : ['--step', step])];
  const told = JSON.parse(await askTrainer(asked, console)) as AnalysisAnswer;
  if (options.json === true) console.out(`${JSON.stringify(told)}\n`);
  if (told.type === 'refused') return toolRefusal(told.error, console);
  if (options.json !== true)
    for (const analysis of told.analyses) console.out(`${analysisLines(analysis, console.strings).join('\n')}\n`);
  return EXIT.finished;
}
