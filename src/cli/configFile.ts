/** Reads configs for commands: what is wrong with one goes to standard error, as a compiler writes it. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { formatProblem, type ConfigProblem } from '../config/configProblem.ts';
import { parseConfig, type ParsedConfig } from '../config/parseConfig.ts';
import type { RunConfig } from '../config/schema.ts';
import { translate } from '../protocol/translate.ts';
import { thisMachine } from '../runs/machine.ts';
import { BadInput, type Console } from './console.ts';

/** Parses a file. A file that cannot be read throws `BadInput`. Its checkpoint must be there, unless it is not `used`. */
export function readConfig(
  file: string,
  { cwd, strings }: Console,
  used: 'whole' | 'withoutModel' = 'whole',
): ParsedConfig {
  const path = resolve(cwd, file);
  const isThere = (named: string): boolean => used === 'withoutModel' || existsSync(resolve(dirname(path), named));
  return parseConfig(readText(path, strings), shown(path, cwd), strings, { isThere, machine: thisMachine() });
}

/** The config of a file that must be good: else its problems are told, and `BadInput` is thrown. Warnings are left to the run's own log. */
export function requireConfig(file: string, console: Console, used: 'whole' | 'withoutModel' = 'whole'): RunConfig {
  const parsed = readConfig(file, console, used);
  if (parsed.ok) return parsed.config;
  tellProblems(parsed.problems, console);
  const worst = parsed.problems.find(({ severity }) => severity === 'error');
  throw new BadInput(worst ? formatProblem(worst) : file, true);
}

export function tellProblems(problems: readonly ConfigProblem[], { err, strings }: Console): void {
  for (const problem of problems) {
    const severity = problem.severity === 'warning' ? `${translate(strings, 'warning')}: ` : '';
    err(`${severity}${formatProblem(problem)}\n`);
  }
}

function readText(path: string, strings: Console['strings']): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new BadInput(translate(strings, '{0}: there is no such file.', path));
    if (code === 'EISDIR')
      throw new BadInput(translate(strings, '{0} is a folder. Name a .valley.jsonc file in it.', path));
    throw new BadInput(translate(strings, '{0} cannot be read ({1}).', path, code ?? String(error)));
  }
}

/** The path as a person would type it: relative where that is shorter. */
function shown(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short !== '' && !short.startsWith('..') ? short : path;
}
