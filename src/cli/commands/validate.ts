/** `valley validate CONFIG…`: every problem of every file, and whether all may start. */
import type { ConfigProblem } from '../../config/configProblem.ts';
import { translate } from '../../protocol/translate.ts';
import type { Arguments } from '../arguments.ts';
import { readConfig, tellProblems } from '../configFile.ts';
import { EXIT, type Console } from '../console.ts';

/** With `--json` one line per file: `{type: 'validation', file, ok, problems}`. */
export function validate({ words, options }: Arguments, console: Console): number {
  const verdicts = words.map((file) => {
    const { ok, problems } = readConfig(file, console);
    if (options.json === true) console.out(`${JSON.stringify({ type: 'validation', file, ok, problems })}\n`);
    else tell(file, ok, problems, console);
    return ok;
  });
  return verdicts.every(Boolean) ? EXIT.finished : EXIT.badInput;
}

function tell(file: string, ok: boolean, problems: readonly ConfigProblem[], console: Console): void {
  tellProblems(problems, console);
  const verdict = !ok
    ? translate(console.strings, 'cannot be run')
    : problems.length > 0
      ? translate(console.strings, 'can be run, with warnings')
      : translate(console.strings, 'can be run');
  console.out(`${file}: ${verdict}\n`);
}
