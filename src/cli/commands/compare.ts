/** `valley compare A B`: two evaluations of the same problems side by side, with what the difference is worth. */
import { join } from 'node:path';
import type { ComparisonReport } from '../../protocol/comparison.ts';
import { runTrainerTool } from '../../runs/launch.ts';
import { ownRuntime } from '../../runs/runtime.ts';
import type { Arguments } from '../arguments.ts';
import { comparisonLines } from '../comparisonText.ts';
import { EXIT, type Console } from '../console.ts';
import { mattersArguments } from '../options.ts';
import { toolRefusal } from '../refusing.ts';
import { runAtStep } from '../runAtStep.ts';

const PATIENCE_MS = 10 * 60_000;

/** With `--json` one line: a `ComparisonReport`. */
export async function compare(
  { words: [one = '', other = ''], options }: Arguments,
  console: Console,
): Promise<number> {
  const sides = [...(await sideArguments('before', one, console)), ...(await sideArguments('after', other, console))];
  const report = JSON.parse(
    await runTrainerTool({
      runtime: ownRuntime(),
      trainer: join(console.programs, 'trainer.mjs'),
      args: ['compare', ...sides, ...mattersArguments(options, console.strings)],
      timeoutMs: PATIENCE_MS,
    }),
  ) as ComparisonReport;
  if (options.json === true) console.out(`${JSON.stringify(report)}\n`);
  if (report.type === 'refused') return toolRefusal(report.error, console);
  if (options.json !== true)
    for (const comparison of report.comparisons)
      console.out(`${comparisonLines(comparison, console.strings).join('\n')}\n`);
  return EXIT.finished;
}

async function sideArguments(side: 'before' | 'after', word: string, console: Console): Promise<string[]> {
  const { folder, step } = await runAtStep(word, console);
  return [`--${side}`, folder, ...(step === null ? [] : [`--${side}-step`, step])];
}
